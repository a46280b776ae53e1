from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from django import forms
from django.http import QueryDict

from agents.errors import ModelInvalid
from agents.llm.settings import EndpointSettings, settings_problems
from agents.models import Credential, ModelEndpoint, Provider
from agents.models.topics import LONGEST_TOPIC
from console.display.endpoints import price_text
from console.errors import Problem
from console.forms.service import ServiceForm

_PRICES = ("input_price", "output_price")


class TopicForm(ServiceForm):
    """A topic and the reference of the model that does its work; the page makes the select of models."""

    topic = forms.CharField(
        label="Topic", help_text="As stages and prompt agents name it, such as review",
        widget=forms.TextInput(attrs={"maxlength": LONGEST_TOPIC, "autocapitalize": "off", "autocomplete": "off"}),
    )  # fmt: skip
    model = forms.CharField(label="Model", required=False)

    def __init__(self, sent: QueryDict | None = None) -> None:
        super().__init__(sent)


class EndpointForm(ServiceForm):
    """A model that may be called."""

    display_name = forms.CharField(label="Display name", help_text="Unique in the organization")
    provider = forms.ChoiceField(label="Provider", choices=Provider.choices)
    model_id = forms.CharField(label="Model id", help_text="As the provider writes it, such as gpt-4.1-mini")
    base_url = forms.CharField(
        label="Base URL", required=False,
        help_text="OpenAI-compatible servers need one, such as http://localhost:11434/v1",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    credential_id = forms.ChoiceField(label="Credential", required=False, help_text="The API key")
    input_price = forms.CharField(
        label="Price of input", required=False, help_text="US dollars for a million tokens",
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    output_price = forms.CharField(
        label="Price of output", required=False, help_text="Without prices costs are unknown, not zero",
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip

    def __init__(
        self,
        *,
        credentials: Iterable[Credential],
        endpoint: ModelEndpoint | None = None,
        sent: QueryDict | None = None,
    ) -> None:
        super().__init__(sent, initial=_initial(endpoint) if endpoint else {"provider": Provider.OPENAI})
        named = [(row.public_id, f"{row.name} ****{row.hint}") for row in credentials]
        field = self.fields["credential_id"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # declared above
        field.choices = [("", "None"), *named]

    def settings(self) -> EndpointSettings:
        """Return the model that was typed; raise ModelInvalid where a price is no number."""
        prices: dict[str, Decimal | None] = dict.fromkeys(_PRICES)
        bad = []
        for name in _PRICES:
            try:
                prices[name] = Decimal(text) if (text := self.sent(name)) else None
            except InvalidOperation:
                bad.append(Problem("Write a number, such as 0.40.", name))
        settings = EndpointSettings(
            display_name=self.sent("display_name"),
            provider=self.sent("provider"),
            model_id=self.sent("model_id"),
            base_url=self.sent("base_url"),
            credential_id=self.sent("credential_id"),
            input_price=None if bad else prices["input_price"],
            output_price=None if bad else prices["output_price"],
        )
        if bad:
            raise ModelInvalid.of([*settings_problems(settings), *bad])
        return settings


def _initial(endpoint: ModelEndpoint) -> dict[str, str]:
    return {
        "display_name": endpoint.display_name,
        "provider": endpoint.provider,
        "model_id": endpoint.model_id,
        "base_url": endpoint.base_url,
        "credential_id": endpoint.credential.public_id if endpoint.credential else "",
        "input_price": price_text(endpoint.input_price),
        "output_price": price_text(endpoint.output_price),
    }
