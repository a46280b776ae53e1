"""Every operation of the API, called by those who may not."""

import json
from http import HTTPStatus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from console.access import Role, Scope
from console.models import ApiToken, AuditEntry, Membership
from tests.console.tenancy.conftest import body_of, browser_of, token_of
from tests.console.tenancy.routes import (
    Operation,
    addresses,
    filled,
    is_of_somebody,
    operations,
    parameters,
    unknown_parameters,
)
from tests.console.tenancy.world import CANARY, PARAMETERS, furnished

#: What takes a link of its own, and asks nobody who they are.
BY_LINK = {"PUT /api/agent-archives/uploads/{secret}"}
ALL = [operation for operation in operations() if str(operation) not in BY_LINK]
OF_SOMEBODY = [operation for operation in ALL if is_of_somebody(operation.path)]
#: Changes that concern nobody but whoever makes them, so that every role may make them.
ONES_OWN = {
    "PUT /api/me", "DELETE /api/me/sessions", "DELETE /api/me/sessions/{session_id}",
    "DELETE /api/me/tokens/{token_id}",
}  # fmt: skip


def call(operation: Operation, url: str, *, client: Client | None = None, token: str = ""):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    made = client or browser_of(None)
    if operation.takes_file:
        return made.post(url, {"file": SimpleUploadedFile("tasks.csv", b"user\nx\n")}, headers=headers)
    body = b"" if operation.example is None else json.dumps(operation.example).encode()
    return made.generic(operation.method.upper(), url, body, content_type="application/json", headers=headers)


def everything(world, wanted=tuple(ALL), **whom):
    return {
        (str(operation), url): call(operation, url, **whom)
        for operation in wanted
        for url in addresses(operation.path, world)
    }


def statuses(answers) -> set[tuple[str, int]]:
    return {(name, answer.status_code) for (name, _), answer in answers.items()}


def leaks(answers) -> list[str]:
    return [url for (_, url), answer in answers.items() if CANARY.lower() in body_of(answer).lower()]


def test_the_matrix_can_name_a_thing_for_every_parameter_of_every_operation():
    assert [(str(operation), names) for operation in ALL if (names := unknown_parameters(operation.path))] == []


def test_it_sees_the_operations():
    assert {"GET /api/me", "DELETE /api/agents/{agent_id}"} <= {str(operation) for operation in ALL}


def test_what_takes_a_link_is_closed_without_one(world):
    by_link = [operation for operation in operations() if str(operation) in BY_LINK]
    assert {str(operation) for operation in by_link} == BY_LINK
    for token in ("", token_of(world.owner)):
        assert {status for _, status in statuses(everything(world, by_link, token=token))} == {HTTPStatus.FORBIDDEN}


def test_every_operation_asks_who_is_there(world):
    answers = everything(world)

    assert {status for _, status in statuses(answers)} == {HTTPStatus.UNAUTHORIZED}
    assert leaks(answers) == []


@pytest.mark.parametrize("how", ["revoked", "of one who left", "made up", "of one who is barred"])
def test_a_token_that_is_worth_nothing_any_more_opens_nothing(world, how):
    token = token_of(world.owner)
    if how == "revoked":
        ApiToken.objects.update(revoked_at=world.task.created_at)
    elif how == "of one who left":
        Membership.objects.filter(user=world.owner).delete()
    elif how == "of one who is barred":
        world.owner.is_active = False
        world.owner.save()
    else:
        token = "cb_made-up"

    assert {status for _, status in statuses(everything(world, token=token))} == {HTTPStatus.UNAUTHORIZED}


def test_every_thing_of_ours_is_not_there_for_a_strangers_token(world, stranger):
    answers = everything(world, OF_SOMEBODY, token=token_of(stranger))

    assert {found for found in statuses(answers) if found[1] != HTTPStatus.NOT_FOUND} == set()
    assert leaks(answers) == []


def test_every_thing_of_ours_is_not_there_for_a_strangers_session(world, stranger):
    answers = everything(world, OF_SOMEBODY, client=browser_of(stranger))

    assert {found for found in statuses(answers) if found[1] != HTTPStatus.NOT_FOUND} == set()
    assert leaks(answers) == []


def test_no_list_and_no_answer_to_a_stranger_has_a_word_of_ours(world, stranger):
    rest = [operation for operation in ALL if operation not in OF_SOMEBODY]

    assert leaks(everything(world, rest, token=token_of(stranger))) == []


def test_no_filter_by_a_thing_of_ours_tells_a_stranger_of_it(world, stranger):
    token = token_of(stranger)
    filtering = [(item, name) for item in ALL for name in item.queries if name in PARAMETERS and item.is_reading]
    assert filtering
    for operation, name in filtering:
        for url in addresses(operation.path, world):
            answer = call(operation, f"{url}?{name}={PARAMETERS[name](world)[0]}", token=token)
            assert answer.status_code == HTTPStatus.NOT_FOUND, (str(operation), name)


def test_a_thing_of_ours_is_not_found_under_a_thing_of_the_strangers(world, stranger):
    """Paths with two ids: the first is the asker's own, the second is not."""
    theirs = furnished(stranger.memberships.get().organization.projects.get(), stranger, word="Theirs")
    nested = [item for item in ALL if sum(name in PARAMETERS for name in parameters(item.path)) > 1]
    assert nested
    for operation in nested:
        first, *others = parameters(operation.path)
        values = {first: PARAMETERS[first](theirs)[0], **{name: PARAMETERS[name](world)[0] for name in others}}
        answer = call(operation, filled(operation.path, values), token=token_of(stranger))
        assert answer.status_code == HTTPStatus.NOT_FOUND, str(operation)


def test_a_neighbour_of_another_project_sees_nothing_of_this_one(world, neighbour):
    of_the_organization = {
        "agent_id", "model_id", "credential_id", "token_id", "membership_id", "invitation_id", "tool_id",
        "definition_id", "archive_id",
    }  # fmt: skip
    of_the_project = [item for item in OF_SOMEBODY if not of_the_organization & set(parameters(item.path))]
    assert of_the_project

    answers = everything(world, of_the_project, token=token_of(neighbour))

    refused = {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}  # changing a project itself takes an Org Admin
    assert {found for found in statuses(answers) if found[1] not in refused} == set()
    assert leaks(answers) == []


def test_every_change_is_forbidden_to_a_viewer(world, viewer):
    before = AuditEntry.objects.count()
    changing = [operation for operation in ALL if not operation.is_reading and str(operation) not in ONES_OWN]

    token = token_of(viewer)
    made = AuditEntry.objects.count() - before
    answers = everything(world, changing, token=token)

    assert {found for found in statuses(answers) if found[1] != HTTPStatus.FORBIDDEN} == set()
    assert AuditEntry.objects.count() == before + made


def test_every_change_is_forbidden_to_a_token_that_may_only_read(world):
    changing = [operation for operation in ALL if not operation.is_reading]

    answers = everything(world, changing, token=token_of(world.owner, Scope.READ))

    assert {found for found in statuses(answers) if found[1] != HTTPStatus.FORBIDDEN} == set()


def test_a_viewer_reads_what_there_is_or_is_told_that_the_role_does_not_allow_it(world, viewer):
    reading = [operation for operation in ALL if operation.is_reading]

    found = {status for _, status in statuses(everything(world, reading, token=token_of(viewer)))}

    assert found == {HTTPStatus.OK, HTTPStatus.FORBIDDEN}


def test_every_operation_is_really_there(world):
    """Otherwise a 404 for a stranger would say nothing."""
    reading = [operation for operation in ALL if operation.is_reading]

    answers = everything(world, reading, token=token_of(world.owner))

    assert {status for _, status in statuses(answers)} == {HTTPStatus.OK}


def test_a_session_alone_changes_nothing_without_the_key_of_its_forms(world):
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.force_login(world.owner)
    changing = [operation for operation in ALL if not operation.is_reading]

    answers = everything(world, changing, client=strict)

    assert {found for found in statuses(answers) if found[1] != HTTPStatus.FORBIDDEN} == set()
    assert {answer.json()["error"]["code"] for answer in answers.values()} == {"csrf_failed"}
    assert Membership.objects.get(user=world.owner).role == Role.ORG_ADMIN


def bodies_with_things_of(world) -> list[tuple[str, str, dict]]:
    code = {"kind": "paste", "code": "def run(task_input, *, proxy_url, run_token):\n    return ''\n"}
    agent = {"name": "mine", "source": code}
    zipped = {"kind": "zip", "archive_id": world.archive.public_id}
    model = {"display_name": "mine", "provider": "openai", "model_id": "gpt"}
    config = {"agent_id": world.agent.public_id, "judge_model": "builtin/rules"}
    field = {"key": "answer", "title": "Answer", "mode": "agent", "agentConfig": config}
    judged = {**field, "agentConfig": {**config, "judge_model": world.model.public_id}}
    credential_id = world.credential.public_id
    prompt = {"name": "asker", "runtime": "prompt", "instructions": "Be brief."}
    return [
        ("POST", "/api/agents", {**agent, "env": [{"name": "KEY", "credential_id": credential_id}]}),
        ("POST", "/api/agents", {**agent, "name": "zipped", "source": zipped}),
        ("POST", "/api/models", {**model, "credential_id": credential_id}),
        ("PUT", "/api/models/defaults", {"judge": world.model.public_id}),
        ("PUT", "/api/models/topics", {"topics": [{"topic": "review", "model": world.model.public_id}]}),
        ("POST", "/api/agents", {**prompt, "model": world.model.public_id}),
        ("POST", "/api/tools", {"name": "mine", "url": "https://example.com", "credential_id": credential_id}),
        ("POST", "/api/v1/workflows", {"name": "mine", "fields": [field]}),
        ("POST", "/api/v1/workflows", {"name": "mine too", "fields": [judged]}),
        ("POST", "/api/memories", {"name": "mine", "scope": "agent", "agent_id": world.agent.public_id}),
        ("POST", "/api/knowledge/search", {"query": "it", "source_ids": [world.source.public_id]}),
        ("POST", "/api/knowledge/search", {"query": "it", "memory_ids": [world.memory.public_id]}),
    ]


def test_no_thing_of_ours_can_be_put_to_use_in_a_thing_of_the_strangers(world, stranger):
    token = token_of(stranger)
    for method, url, body in bodies_with_things_of(world):
        answer = send(method, url, body, token)
        if answer.status_code == HTTPStatus.CREATED:  # a draft may be wrong: what counts is that it is never published
            answer = send("POST", f"{url}/{answer.json()['id']}/publish", None, token)
        assert answer.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}, (url, answer.content)
        assert CANARY.lower() not in answer.content.decode().lower()


def test_what_is_ours_can_be_put_to_use_by_us(world):
    token = token_of(world.owner)
    for method, url, body in bodies_with_things_of(world):
        assert send(method, url, body, token).status_code in {HTTPStatus.OK, HTTPStatus.CREATED}, url


def send(method: str, url: str, body, token: str):
    data = b"" if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}"}
    return browser_of(None).generic(method, url, data, content_type="application/json", headers=headers)
