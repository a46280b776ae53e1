"""Every page, asked for by those who may not."""

import re
from http import HTTPStatus

import pytest
from django.test import Client

from console.models import AuditEntry
from tests.console.tenancy.conftest import body_of, browser_of
from tests.console.tenancy.routes import (
    Route,
    addresses,
    admin_pages,
    filled,
    is_of_somebody,
    pages,
    parameters,
    unknown_parameters,
)
from tests.console.tenancy.world import CANARY, PARAMETERS, unknown_like

METHODS = ("get", "post")
#: Pages for people who are not signed in, and for programs that only ask whether Callboard is up.
PUBLIC = {"sign-in", "account_login", "sign-in-link", "healthz"}
#: One's own second factors. Each asks for the password again, or leads to where one is asked for it.
MFA = {route.name for route in pages() if route.name.startswith("mfa_")}
#: Changes that concern nobody but whoever makes them.
ONES_OWN = {
    "sign-in", "sign-in-link", "sign-out", "project-choose", "home-seen", "settings-token-new", "settings-token-revoke",
    "account-name", "account-password", "account-end-all", "account_login", "account_logout", "account_reauthenticate",
    *MFA,
}  # fmt: skip
OF_SOMEBODY = [route for route in pages() if is_of_somebody(route.pattern)]
OF_NOBODY = [route for route in pages() if not is_of_somebody(route.pattern)]


def without_chance(body: str) -> str:
    """Return a body without ids, keys, nonces and numbers, which differ from one answer to the next."""
    return re.sub(r"[\w+/=-]{20,}|\w+…\w+|\d+", "", body)


def ask(client: Client, method: str, url: str):
    return getattr(client, method)(url)


def is_leading_to_sign_in(answer) -> bool:
    return answer.status_code == HTTPStatus.FOUND and answer["Location"].startswith("/sign-in")


def test_the_matrix_can_name_a_thing_for_every_parameter_of_every_page():
    assert [(route, names) for route in pages() if (names := unknown_parameters(route.pattern))] == []


def test_it_sees_the_pages():
    assert {"agents", "agent", "pipelines", "runs", "settings-credential"} <= {route.name for route in pages()}


@pytest.mark.parametrize("method", METHODS)
def test_nobody_signed_in_sees_nothing_but_how_to_sign_in(world, method):
    answers = {
        url: ask(browser_of(None), method, url)
        for route in pages()
        if route.name not in PUBLIC
        for url in addresses(route.pattern, world)
    }

    assert [
        (url, answer.status_code)
        for url, answer in answers.items()
        if not is_leading_to_sign_in(answer) and answer.status_code not in {404, 405}
    ] == []
    assert [url for url, answer in answers.items() if CANARY in body_of(answer)] == []


def test_every_page_of_a_thing_is_not_there_for_a_stranger(world, stranger):
    client = browser_of(stranger)
    answers = {
        (url, method): ask(client, method, url)
        for route in OF_SOMEBODY
        for url in addresses(route.pattern, world)
        for method in METHODS
    }

    assert [(key, got.status_code) for key, got in answers.items() if got.status_code not in {404, 405}] == []
    assert [key for key, got in answers.items() if CANARY in body_of(got)] == []
    for url in {url for url, _ in answers}:
        assert 404 in {answers[url, method].status_code for method in METHODS}, url


def test_a_strangers_thing_is_answered_as_one_that_is_not_there_at_all(world, stranger):
    client = browser_of(stranger)
    differing = []
    for route in OF_SOMEBODY:
        names = parameters(route.pattern)
        ours = {name: PARAMETERS[name](world)[0] if name in PARAMETERS else "1" for name in names}
        unknown = {name: unknown_like(value) if name in PARAMETERS else value for name, value in ours.items()}
        of_ours, of_unknown = (client.get(filled(route.pattern, values)) for values in (ours, unknown))
        if without_chance(body_of(of_ours)) != without_chance(body_of(of_unknown)):
            differing.append(route.pattern)
    assert differing == []


@pytest.mark.parametrize("method", METHODS)
def test_no_other_page_shows_a_stranger_a_word_of_ours(world, stranger, method):
    client = browser_of(stranger)
    answers = {route: ask(client, method, url) for route in OF_NOBODY for url in addresses(route.pattern, world)}

    assert [route for route, answer in answers.items() if CANARY in body_of(answer)] == []
    assert [route for route, answer in answers.items() if answer.status_code >= 500 and route.name != "healthz"] == []


def test_every_change_is_forbidden_to_a_viewer(world, viewer):
    before = AuditEntry.objects.count()
    answers = {
        url: browser_of(viewer).post(url)
        for route in pages()
        if route.name not in ONES_OWN
        for url in addresses(route.pattern, world)
    }

    assert [(url, got.status_code) for url, got in answers.items() if got.status_code not in {403, 404, 405}] == []
    assert AuditEntry.objects.count() == before


def test_every_page_that_is_asked_for_is_really_there(world):
    """Otherwise a 404 for a stranger would say nothing."""
    client = browser_of(world.owner)
    missing = [
        route
        for route in OF_SOMEBODY
        if all(client.get(url).status_code == HTTPStatus.NOT_FOUND for url in addresses(route.pattern, world))
    ]
    assert missing == []


def test_looking_changes_nothing(world):
    before = AuditEntry.objects.count()
    client = browser_of(world.owner)
    answers = {url: client.get(url) for route in pages() for url in addresses(route.pattern, world)}

    assert AuditEntry.objects.count() == before
    assert [url for url, answer in answers.items() if answer.status_code >= 500 and url != "/healthz"] == []


def test_a_neighbour_of_another_project_sees_nothing_of_this_one(world, neighbour):
    client = browser_of(neighbour)
    of_the_project = {"pipeline_id", "dataset_id", "task_id", "run_id", "source_id", "memory_id"}
    answers = {
        (url, method): ask(client, method, url)
        for route in OF_SOMEBODY
        if of_the_project & set(parameters(route.pattern))
        for url in addresses(route.pattern, world)
        for method in METHODS
    }

    assert [(key, got.status_code) for key, got in answers.items() if got.status_code not in {404, 405}] == []


@pytest.mark.parametrize("method", METHODS)
def test_the_admin_is_for_superusers_alone(world, viewer, stranger, method):
    def closed(route: Route, client: Client) -> bool:
        values = dict.fromkeys(parameters(route.pattern), str(world.agent.pk))
        answer = ask(client, method, filled(route.pattern, values))
        return answer.status_code in {302, 403, 404, 405} and CANARY not in body_of(answer)

    apart = {"login", "jsi18n", "logout"}
    for user in (None, stranger, viewer, world.owner):
        client = browser_of(user)
        assert [route for route in admin_pages() if route.name not in apart and not closed(route, client)] == []
