"""The part of an agent's form that names a git repository.

A token can be pasted and is never given back: of one that is kept, the form offers to keep or to rotate it.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from django import forms
from pydantic import JsonValue

from agents.models import Credential
from agents.outgoing.urls import LONGEST_URL
from agents.sources.cloning.refs import LONGEST_REF
from console.display.options import Option
from console.forms.service import ServiceForm

AUTHS = (
    Option("None", "none", is_current=True),
    Option("From credential", "credential"),
    Option("Inline token", "inline"),
)
TOKEN_ACTS = (Option("Keep the token", "keep", is_current=True), Option("Rotate it", "rotate"))
#: A token to be pasted, where nothing was: left out, it would stand for the one that is kept.
_BLANK = " "
_PLAIN = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}

Source = Mapping[str, JsonValue]


class GitPart(ServiceForm):
    #: The field of a problem by the last part of its path.
    GIT_FIELDS: ClassVar = {
        "url": "git_url",
        "ref": "git_ref",
        "auth": "git_auth",
        "mode": "git_auth",
        "credential_id": "git_credential",
        "token": "git_token",
    }

    git_url = forms.CharField(
        label="Repository URL", help_text="https only, without a user name or password",
        widget=forms.TextInput(attrs={"maxlength": LONGEST_URL, "inputmode": "url", **_PLAIN}),
    )  # fmt: skip
    git_ref = forms.CharField(
        label="Ref", required=False, help_text="Branch, tag or commit SHA. Blank is the default branch.",
        widget=forms.TextInput(attrs={"maxlength": LONGEST_REF, **_PLAIN}),
    )  # fmt: skip
    git_auth = forms.CharField(label="Auth")
    git_credential = forms.ChoiceField(label="Credential", help_text="It holds the token, or name:token.")
    git_token_act = forms.CharField(label="The token that is kept", required=False)
    git_token = forms.CharField(
        label="Token", help_text="Kept encrypted for this agent alone, and never shown again.",
        widget=forms.PasswordInput(attrs={**_PLAIN, "autocomplete": "new-password"}),
    )  # fmt: skip

    #: Whether the agent has a token of its own.
    has_token = False

    @staticmethod
    def git_initial(source: Source) -> dict[str, JsonValue]:
        """Return what the fields show of a source that is kept."""
        auth = source.get("auth")
        auth = auth if isinstance(auth, dict) else {}
        mode = str(auth.get("mode", "none"))
        return {
            "git_url": source.get("url", ""),
            "git_ref": source.get("ref", ""),
            "git_auth": mode,
            "git_credential": auth.get("credential_id", "") if mode == "credential" else "",
            "git_token_act": "keep",
        }

    def offer_credentials(self, credentials: Iterable[Credential]) -> None:
        offered = [(credential.public_id, f"{credential.name} ****{credential.hint}") for credential in credentials]
        first = "Choose a credential" if offered else "No credentials yet"
        self.fields["git_credential"].choices = [("", first), *offered]  # type: ignore[attr-defined]

    def git_source(self) -> dict[str, JsonValue]:
        """Return what was typed, as it is sent; a token that is to be kept is left out."""
        mode = self._typed("git_auth")
        auth: dict[str, JsonValue] = {"mode": mode}
        if mode == "credential":
            auth["credential_id"] = self._typed("git_credential") or None
        elif mode == "inline" and (self._typed("git_token_act") != "keep" or not self.has_token):
            auth["token"] = self.sent("git_token") or _BLANK
        return {"kind": "git", "url": self._typed("git_url"), "ref": self._typed("git_ref"), "auth": auth}

    @property
    def has_lost_token(self) -> bool:
        """Say whether a token was typed into the form that is shown again, without it."""
        return self.is_bound and bool(self.sent("git_token"))

    def _typed(self, name: str) -> str:
        return str(self[name].value() or "").strip()
