"""What is said of a model when it is added, and what is wrong with it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal

from agents.models import Provider
from agents.outgoing.urls import url_problem
from console.errors import Problem
from console.storable import unstorable

_LONGEST_NAME = 255
_HIGHEST_PRICE = Decimal(100_000)
_PRICE_DECIMALS = 4
_RESERVED_NAME = re.compile(r"builtin/.*|model_[0-9A-Z]{26}")
#: What people paste along with an address and the client adds itself.
_ADDED_BY_CLIENT: Mapping[str, re.Pattern[str]] = {
    Provider.OPENAI: re.compile(r"/chat/completions$"),
    Provider.OPENAI_COMPATIBLE: re.compile(r"/chat/completions$"),
    Provider.ANTHROPIC: re.compile(r"/v1(/messages)?$"),
    Provider.GOOGLE: re.compile(r"/v1(beta|alpha)?(/models)?$"),
}


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """A model as it is added or changed. Prices are in US dollars per million tokens; None is unknown, not free."""

    display_name: str
    provider: str
    model_id: str
    base_url: str = ""
    credential_id: str = ""
    input_price: Decimal | None = None
    output_price: Decimal | None = None


def settings_problems(settings: EndpointSettings) -> list[Problem]:
    """Return everything wrong with the settings that can be told without looking anything up."""
    return [
        *unstorable(asdict(settings)),
        *_name_problems(settings),
        *_provider_problems(settings),
        *[Problem(message, "base_url") for message in _url_problems(settings.base_url.strip())],
        *_price_problems(settings),
    ]


def normalized_url(settings: EndpointSettings) -> str:
    """Return the base URL in the form that is kept: without a slash at its end and what the client adds itself."""
    url = settings.base_url.strip().rstrip("/")
    return _ADDED_BY_CLIENT[settings.provider].sub("", url)


def _name_problems(settings: EndpointSettings) -> list[Problem]:
    found = []
    name, model_id = settings.display_name.strip(), settings.model_id.strip()
    if not 1 <= len(name) <= _LONGEST_NAME:
        found.append(Problem(f"Give the model a name of at most {_LONGEST_NAME} characters.", "display_name"))
    if _RESERVED_NAME.fullmatch(name):
        found.append(Problem(f"The name {name!r} is reserved. Choose another.", "display_name"))
    if not 1 <= len(model_id) <= _LONGEST_NAME:
        found.append(Problem("Write the provider's id of the model, of at most 255 characters.", "model_id"))
    return found


def _provider_problems(settings: EndpointSettings) -> list[Problem]:
    if settings.provider not in Provider.values:
        known = ", ".join(Provider.values)
        return [Problem(f"There is no provider {settings.provider!r}. Use one of: {known}.", "provider")]
    if settings.base_url.strip():
        return []
    if settings.provider == Provider.OPENAI_COMPATIBLE:
        return [Problem("Write where the server is, such as http://localhost:11434/v1.", "base_url")]
    if not settings.credential_id:
        return [Problem(f"{Provider(settings.provider).label} needs an API key. Choose a credential.", "credential_id")]
    return []


def _url_problems(url: str) -> list[str]:
    if not url:
        return []
    problem = url_problem(url)
    if not problem and ("?" in url or "#" in url):
        problem = "Write the URL without what follows ? or #."
    return [problem] if problem else []


def _price_problems(settings: EndpointSettings) -> list[Problem]:
    prices = (("input_price", settings.input_price), ("output_price", settings.output_price))
    found = [
        Problem(message, name) for name, price in prices if price is not None and (message := _price_problem(price))
    ]
    if (settings.input_price is None) != (settings.output_price is None):
        missing = "input_price" if settings.input_price is None else "output_price"
        found.append(Problem("Give both prices, or leave both out: with one alone no cost can be told.", missing))
    return found


def _price_problem(price: Decimal) -> str:
    if not price.is_finite() or not 0 <= price <= _HIGHEST_PRICE:
        return f"Use 0 to {_HIGHEST_PRICE:,} US dollars per million tokens."
    exponent = price.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_PRICE_DECIMALS:
        return f"Use at most {_PRICE_DECIMALS} decimal places."
    return ""
