from django import forms

from agents.services.credentials import LONGEST_NAME
from console.forms.service import ServiceForm


class SecretInput(forms.Textarea):
    """Takes a secret of any number of lines, hides what is typed, and never gives it back."""

    def __init__(self) -> None:
        super().__init__(attrs={"rows": 2, "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"})

    def format_value(self, value: object) -> str:  # noqa: ARG002  # whatever it is, it is not shown
        return ""


class RotateForm(ServiceForm):
    value = forms.CharField(label="New value", widget=SecretInput, help_text="Runs that start from now on use it.")

    def secret(self) -> str:
        """Return the secret without the line ends that a browser adds and the blanks that copying adds."""
        return self.sent("value").replace("\r\n", "\n")


class CredentialForm(RotateForm):
    name = forms.CharField(
        label="Name", help_text="Unique in the organization. Agents and models choose it by this name.",
        widget=forms.TextInput(attrs={"maxlength": LONGEST_NAME, "autocomplete": "off"}),
    )  # fmt: skip
    value = forms.CharField(label="Value", widget=SecretInput, help_text="Kept encrypted, and never shown again.")

    field_order = ("name", "value")
