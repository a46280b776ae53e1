"""What a person may do with their own account: be called otherwise, change the password, end sessions."""

from django.db import transaction
from django.db.models import QuerySet

from console import audit
from console.access import Actor
from console.errors import Invalid, Problem
from console.models import BrowserSession, User
from console.signing_in.passwords import password_problems
from console.signing_in.sessions import live_sessions
from console.storable import unstorable

LONGEST_NAME = 255


class AccountInvalid(Invalid):
    code = "account_invalid"


def sessions_of(person: User) -> "QuerySet[BrowserSession]":
    """Return a person's live sessions, the one seen last first."""
    return live_sessions().filter(user=person).order_by("-seen_at", "-pk")


@transaction.atomic
def account_rename(*, actor: Actor, person: User, name: str) -> None:
    name, before = name.strip(), person.name
    problems = list(unstorable({"name": name}))
    if not 1 <= len(name) <= LONGEST_NAME:
        problems.append(Problem(f"Write your name, with at most {LONGEST_NAME} characters.", "name"))
    if problems:
        raise AccountInvalid.of(problems)
    person.name = name
    person.save(update_fields=["name"])
    audit.record(actor=actor, action="account.rename", target=person, before={"name": before}, after={"name": name})


@transaction.atomic
def password_change(*, actor: Actor, person: User, current: str, new: str) -> None:
    """Give a person another password and end all of their sessions; the caller begins the present one anew.

    Who has no password yet, having come by a link or by single sign-on, needs no present one.
    """
    problems = password_problems(new, person, "new")
    if person.has_usable_password() and not person.check_password(current):
        problems.insert(0, Problem("This is not your present password.", "current"))
    if problems:
        raise AccountInvalid.of(problems)
    person.set_password(new)
    person.save(update_fields=["password"])
    BrowserSession.objects.filter(user=person).delete()
    audit.record(actor=actor, action="account.password", target=person)


@transaction.atomic
def session_end(*, actor: Actor, session: BrowserSession) -> None:
    """Sign one browser out, at once."""
    audit.record(actor=actor, action="session.end", target=session, before={"address": session.address})
    session.delete()


@transaction.atomic
def sessions_end(*, actor: Actor, person: User) -> int:
    """Sign a person out everywhere, here too; return how many browsers that were."""
    ended, _ = BrowserSession.objects.filter(user=person).delete()
    audit.record(actor=actor, action="session.end_all", target=person, before={"sessions": ended})
    return ended
