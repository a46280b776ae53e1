from django import forms

from console.forms.members import JoinForm


class SetUpForm(JoinForm):
    """The first organization and its admin."""

    organization = forms.CharField(label="Organization", help_text="Everything belongs to it. You can rename it.")
    name = forms.CharField(label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(label="Your e-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))

    field_order = ("organization", "name", "email", "password")
