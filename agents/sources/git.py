"""The files of a commit, cloned when a run begins: `{"kind": "git", "url", "ref", "auth": {"mode", …}}`.

A token that is sent is kept as a credential of the agent's own, of which the spec holds the id. What was cloned is kept
by organization, URL, commit and login, so that nobody gets from the cache what they could not have cloned themselves.
"""

import hashlib
import hmac
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from agents.credentials import SecretUnreadable, reveal
from agents.errors import AgentRunFailed, FailureCode
from agents.models import Agent, Credential
from agents.outgoing.policy import guarded
from agents.redaction import LEAST_LENGTH, Redactor
from agents.services.git_tokens import own_token, token_keep
from agents.sources.archive import entrypoint_file_problem
from agents.sources.base import Code, FetchContext, Source
from agents.sources.cache import Held, WaitStopped, code_cache
from agents.sources.cloning.clone import Cloning, Wanted, cloning
from agents.sources.cloning.errors import CloneFailed
from agents.sources.cloning.refs import Found, ref_problem, whole_commit
from agents.sources.cloning.secret import login, token_problem
from agents.sources.cloning.urls import repository, repository_problem
from console.access import Actor
from console.errors import Problem
from console.ids import from_public

_REBIND = "Choose another one under From credential, or paste the inline token anew, then publish."
_BOTH = "Use a credential or a token, not both."


class _Auth(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mode: Literal["none", "credential", "inline"] = "none"
    credential_id: str | None = None
    token: str | None = Field(default=None, repr=False)


class _Git(BaseModel):
    """`ref` is a branch, a tag or a commit's SHA; blank is the default branch."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: Literal["git"]
    url: str
    ref: str = ""
    auth: _Auth = _Auth()


class _Cloned(NamedTuple):
    held: Held
    commit: str


class GitSource(Source):
    """A commit of a repository, by branch, tag or SHA."""

    def problems(
        self,
        data: Mapping[str, JsonValue],
        *,
        entrypoint: str,  # noqa: ARG002  # what the file defines shows when it runs
        entrypoint_file: str,
    ) -> list[Problem]:
        try:
            git = _Git.model_validate(data)
        except ValidationError as error:
            return [Problem(_sentence(item["type"], item["loc"]), "source", *item["loc"]) for item in error.errors()]
        found = []
        if problem := repository_problem(git.url, guarded(settings.CALLBOARD_TRUSTED_HOSTS)):
            found.append(Problem(problem, "source", "url"))
        if problem := ref_problem(git.ref):
            found.append(Problem(problem, "source", "ref"))
        if not_a_path := entrypoint_file_problem(entrypoint_file):
            found.append(Problem(not_a_path, "entrypoint_file"))
        return [*found, *_auth_problems(git.auth)]

    def problems_for(self, data: Mapping[str, JsonValue], agent: Agent) -> list[Problem]:
        auth = _Git.model_validate(data).auth
        if auth.mode == "none" or auth.token:
            return []
        if auth.mode == "inline":
            own = own_token(agent)
            is_known = own is not None and auth.credential_id in {None, "", own.public_id}
            return [] if is_known else [Problem("Paste the token.", "source", "auth", "token")]
        known = Credential.objects.filter(organization_id=agent.organization_id, agent=None)
        if known.filter(pk__in=_keys(auth)).exists():
            return []
        return [Problem("There is no such credential in this organization.", "source", "auth", "credential_id")]

    def stored(self, data: dict[str, JsonValue], *, actor: Actor, agent: Agent) -> dict[str, JsonValue]:
        git = _Git.model_validate(data)
        auth: dict[str, JsonValue] = {"mode": git.auth.mode}
        if git.auth.mode == "credential":
            auth["credential_id"] = git.auth.credential_id
        elif git.auth.mode == "inline":
            own = token_keep(actor=actor, agent=agent, token=git.auth.token) if git.auth.token else own_token(agent)
            assert own is not None  # noqa: S101  # seen to by problems_for
            auth["credential_id"] = own.public_id
        return {"kind": "git", "url": git.url, "ref": git.ref, "auth": auth}

    def fetch(self, data: Mapping[str, JsonValue], context: FetchContext) -> Code:
        git = _Git.model_validate(data)
        secret = _secret(git.auth, context)
        hidden = (secret, *login(secret)[1:]) if secret else ()
        try:
            cloned = _cloned(git, secret, context)
        except CloneFailed as error:
            detail = Redactor(hidden)(error.sentence)
            raise AgentRunFailed(FailureCode.AGENT_CODE_FETCH_FAILED, detail) from error
        except WaitStopped as error:
            raise AgentRunFailed(FailureCode.AGENT_CODE_FETCH_FAILED) from error
        return Code(
            context.entrypoint_file, folder=cloned.held.folder, hold=cloned.held, secrets=hidden,
            origin={"kind": "git", "url": git.url, "ref": git.ref, "commit": cloned.commit},
        )  # fmt: skip


def _cloned(git: _Git, secret: str, context: FetchContext) -> _Cloned:
    """Return the folder with the files that a ref means now: from the cache, or cloned."""
    wanted = Wanted(repository(git.url), git.ref, secret)
    if commit := whole_commit(wanted.ref):
        context.on_line(f"The agent's code is {wanted.repository.url} at {commit}.")
        return _kept(wanted, Found(commit), context, None)
    with cloning(wanted, stop=context.stop, on_line=context.on_line) as clone:
        found = clone.resolve()
        name = wanted.ref or "its default branch"
        context.on_line(f"The agent's code is {wanted.repository.url} at {name}, which is commit {found.commit}.")
        return _kept(wanted, found, context, clone)


def _kept(wanted: Wanted, found: Found, context: FetchContext, under_way: Cloning | None) -> _Cloned:
    """Return the folder of a commit from the cache; where it is not there, from the clone that is or is now begun."""
    is_new = False

    def fill(folder: Path) -> None:
        nonlocal is_new
        is_new = True
        if under_way is not None:
            under_way.fill(folder, found)
            return
        with cloning(wanted, stop=context.stop, on_line=context.on_line) as clone:
            clone.fill(folder, found)

    held = code_cache().hold(_key(wanted, found.commit, context), fill, context.stop)
    if not is_new:
        context.on_line("This commit was cloned before: its files are taken from this machine.")
    return _Cloned(held, found.commit)


def _key(wanted: Wanted, commit: str, context: FetchContext) -> str:
    """Return what a clone is kept under. It says nothing of the secret to who can list the cache."""
    proof = hmac.new(settings.SECRET_KEY.encode(), wanted.secret.encode(), hashlib.sha256).hexdigest()
    parts = (str(context.organization_id), wanted.repository.url, commit, proof)
    return f"git-{hashlib.sha256('|'.join(parts).encode()).hexdigest()}"


def _secret(auth: _Auth, context: FetchContext) -> str:
    """Return the login to clone with, blank for none; raise AgentRunFailed where it can't be had any more."""
    if auth.mode == "none":
        return ""
    own = Credential.objects.filter(organization_id=context.organization_id)
    credential = own.filter(pk__in=_keys(auth)).first()
    if credential is None:
        detail = f"The repository's git credential was deleted. {_REBIND}"
        raise AgentRunFailed(FailureCode.AGENT_SECRET_UNRESOLVED, detail)
    try:
        secret = reveal(credential)
    except SecretUnreadable as error:
        detail = f"The repository's git credential can't be decrypted: {error} {_REBIND}"
        raise AgentRunFailed(FailureCode.AGENT_SECRET_UNRESOLVED, detail) from error
    if problem := token_problem(secret):
        raise AgentRunFailed(FailureCode.AGENT_SECRET_UNRESOLVED, f"{credential.name} is no git token. {problem}")
    return secret.strip()


def _keys(auth: _Auth) -> list[uuid.UUID]:
    """Return the key of the credential that is named, if that is a credential's id."""
    key = from_public(Credential.ID_PREFIX, str(auth.credential_id))
    return [key] if key else []


def _auth_problems(auth: _Auth) -> list[Problem]:
    """Return what contradicts itself; of several logins none is meant."""
    if auth.credential_id and auth.token:
        return [Problem(_BOTH, "source", "auth")]
    if auth.mode == "none" and (auth.credential_id or auth.token):
        return [Problem("Set mode to credential or inline, or leave credential and token out.", "source", "auth")]
    if auth.mode == "credential" and auth.token:
        return [Problem(_BOTH, "source", "auth")]
    if auth.mode == "credential" and not auth.credential_id:
        return [Problem("Choose a credential.", "source", "auth", "credential_id")]
    if auth.token and (problem := _token_problem(auth.token)):
        return [Problem(problem, "source", "auth", "token")]
    return []


def _token_problem(token: str) -> str:
    if not token.strip():
        return "Paste the token."
    if len(token.strip()) < LEAST_LENGTH:
        return f"Use at least {LEAST_LENGTH} characters: shorter ones can't be masked in logs."
    return token_problem(token)


def _sentence(kind: str, place: tuple[str | int, ...]) -> str:
    if kind == "missing":
        return f"Give the repository's {place[-1]}."
    if kind == "extra_forbidden":
        return "There is no such part of a git source. It has url, ref and auth."
    return "Use none, credential or inline." if place[-1:] == ("mode",) else "Write this as text."
