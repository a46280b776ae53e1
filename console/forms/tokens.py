from datetime import timedelta

from django import forms

_NEVER = "never"
_LIFETIMES = (("30", "in 30 days"), ("90", "in 90 days"), ("365", "in a year"), (_NEVER, "never"))


class TokenForm(forms.Form):
    """A token of one's own."""

    use_required_attribute = False

    name = forms.CharField(
        label="Name", max_length=255, help_text="What will use it, such as nightly seeding.",
        error_messages={"required": "Name what will use the token.", "max_length": "Use at most 255 characters."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    expires = forms.ChoiceField(label="Expires", choices=_LIFETIMES, initial="90")

    def lifetime(self) -> timedelta | None:
        chosen = self.cleaned_data["expires"]
        return None if chosen == _NEVER else timedelta(days=int(chosen))
