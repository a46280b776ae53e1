from collections.abc import Iterable

from django import forms
from django.http import QueryDict

from agents.models import Credential
from console.forms.service import ServiceForm
from console.models import OutgoingWebhook


class ChoiceForm(ServiceForm):
    """How one wants to be told."""

    by_email = forms.BooleanField(required=False)

    def __init__(self, *, email: str, by_email: bool) -> None:
        super().__init__(initial={"by_email": by_email})
        self.fields["by_email"].label = f"Send e-mails to {email}"


class WebhookForm(ServiceForm):
    """Where an organization is told of what waits."""

    url = forms.CharField(
        label="URL", help_text="It is sent a JSON body by POST",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    credential_id = forms.ChoiceField(label="Signing credential", help_text="Its value is the key of the signature")
    is_enabled = forms.BooleanField(label="Tell this URL what waits", required=False)

    def __init__(
        self, *, credentials: Iterable[Credential], hook: OutgoingWebhook | None, sent: QueryDict | None
    ) -> None:
        super().__init__(sent, initial=_initial(hook))
        field = self.fields["credential_id"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # declared above
        field.choices = [("", "None"), *((row.public_id, row.name) for row in credentials)]


def _initial(hook: OutgoingWebhook | None) -> dict[str, object]:
    if hook is None:
        return {"is_enabled": True}
    return {"url": hook.url, "credential_id": hook.credential.public_id, "is_enabled": hook.is_enabled}
