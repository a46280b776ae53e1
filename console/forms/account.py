from django import forms

from console.forms.service import ServiceForm
from console.services.account import LONGEST_NAME


class NameForm(ServiceForm):
    name = forms.CharField(
        label="Name",
        help_text="Stands beside what you do, in every organization you belong to.",
        widget=forms.TextInput(attrs={"autocomplete": "name", "maxlength": LONGEST_NAME}),
    )


class PasswordForm(ServiceForm):
    current = forms.CharField(label="Present password", widget=forms.PasswordInput)
    new = forms.CharField(
        label="New password",
        help_text="At least 12 characters. Your other browsers are signed out.",
        widget=forms.PasswordInput,
    )

    def typed(self, name: str) -> str:
        """Return a password as it was typed."""
        return str(self.data.get(name, ""))
