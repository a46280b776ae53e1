from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest

from console.models import User


class SignInForm(forms.Form):
    """E-mail and password. A wrong one and an unknown one get the same answer."""

    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label="Password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.user: User | None = None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if {"email", "password"} <= cleaned.keys():
            # An unknown address takes as long as a known one: the backend hashes the password all the same.
            found = authenticate(self.request, username=cleaned["email"].lower(), password=cleaned["password"])
            if not isinstance(found, User):
                raise forms.ValidationError("This e-mail and password do not belong together.")
            self.user = found
        return cleaned
