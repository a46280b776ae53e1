"""Models as they are shown: their prices, and what the last test found."""

import re
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus

from agents.models import ModelEndpoint
from console.display.numbers import NOTHING

_ANSWERED = re.compile(r"The provider answered (\d{3}): (.*)", re.DOTALL)
_CENTS = Decimal("0.01")
_KEY_REFUSED: frozenset[int] = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_REMEDIES: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "Check its model id and its base URL, then test again.",
    HTTPStatus.TOO_MANY_REQUESTS: "Wait, or raise the limit with the provider, then test again.",
}
_NO_ANSWER_REMEDY = "Check its base URL and that the server is up, then test again."
_OTHER_REMEDY = "Test again later, or look at the provider's status."


@dataclass(frozen=True, slots=True)
class TestNote:
    """What a failed test means: a lead, what was said, and what to do. `is_key` where the credential is to blame."""

    __test__ = False  # no test, though its name begins like one

    lead: str
    said: str
    remedy: str
    is_key: bool


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """A model in the list. `answered` is the HTTP status of a failed test, if there was an answer at all."""

    endpoint: ModelEndpoint
    input_price: str
    output_price: str
    answered: str
    note: TestNote | None


def endpoint_row(endpoint: ModelEndpoint) -> EndpointRow:
    match = _ANSWERED.fullmatch(endpoint.test_error)
    return EndpointRow(
        endpoint,
        _dollars(endpoint.input_price),
        _dollars(endpoint.output_price),
        answered=match[1] if match else "",
        note=_note(endpoint, match) if endpoint.test_error else None,
    )


def price_text(price: Decimal | None) -> str:
    """Write a price with its cents, and with more places where it has more: 0.40, 15.00, 0.075."""
    if price is None:
        return ""
    short = price.normalize()
    return f"{short:f}" if _places(short) > _places(_CENTS) else f"{price.quantize(_CENTS):f}"


def _dollars(price: Decimal | None) -> str:
    return NOTHING if price is None else f"${price_text(price)}"


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _note(endpoint: ModelEndpoint, match: re.Match[str] | None) -> TestNote:
    name = endpoint.display_name
    if match is None:
        said = f"{endpoint.test_error.strip().rstrip('.')}."
        return TestNote(f"{name} gave no answer.", said, _NO_ANSWER_REMEDY, is_key=False)
    status = int(match[1])
    said = f"The provider answered {status}: “{match[2].strip().rstrip('.')}”."
    if status in _KEY_REFUSED:
        return TestNote(f"{name} refused its key.", said, "Give it a credential, then test again.", is_key=True)
    return TestNote(f"{name} refused the call.", said, _REMEDIES.get(status, _OTHER_REMEDY), is_key=False)
