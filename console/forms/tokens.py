from datetime import timedelta

from django import forms

from console.access import Scope

_NEVER = "never"
_SCOPES = (
    (Scope.READ, "Read: look at everything you may see"),
    (Scope.RUN, "Run: also seed, rerun, re-grade and cancel"),
    (Scope.WRITE, "Write: everything your role allows"),
)
_LIFETIMES = (("30", "in 30 days"), ("90", "in 90 days"), ("365", "in a year"), (_NEVER, "never"))


class TokenForm(forms.Form):
    """A token of one's own."""

    use_required_attribute = False

    name = forms.CharField(
        label="Name", max_length=255, help_text="What will use it, such as nightly seeding.",
        error_messages={"required": "Name what will use the token.", "max_length": "Use at most 255 characters."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    scope = forms.ChoiceField(label="Scope", choices=_SCOPES, initial=Scope.WRITE)
    expires = forms.ChoiceField(label="Expires", choices=_LIFETIMES, initial="90")

    def lifetime(self) -> timedelta | None:
        chosen = self.cleaned_data["expires"]
        return None if chosen == _NEVER else timedelta(days=int(chosen))
