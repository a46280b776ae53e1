from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest

from console.models import User
from console.signing_in.back_off import Guard, TooManyTries
from console.signing_in.visitors import address_of


class SignInForm(forms.Form):
    """E-mail and password. A wrong one and an unknown one get the same answer.

    `wait_seconds` is how long whoever tried too often has to wait; then the password is not even looked at.
    """

    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label="Password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.user: User | None = None
        self.wait_seconds = 0

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if {"email", "password"} <= cleaned.keys():
            self.user = self._person(cleaned["email"].lower(), cleaned["password"])
        return cleaned

    def _person(self, email: str, password: str) -> User:
        guard = Guard(email, address_of(self.request))
        try:
            guard.count()
        except TooManyTries as error:
            self.wait_seconds = error.seconds
            raise forms.ValidationError(str(error)) from error
        # An unknown address takes as long as a known one: the backend hashes the password all the same.
        found = authenticate(self.request, username=email, password=password)
        if not isinstance(found, User):
            raise forms.ValidationError("This e-mail and password do not belong together.")
        guard.forgive()
        return found
