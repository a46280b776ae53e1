"""A git source as it is saved, and its token as it is kept."""

import logging

import pytest

from agents.credentials import reveal
from agents.errors import AgentInvalid
from agents.models import Agent, AgentRunStatus, Credential
from agents.queries import credential_users_for, credentials_for
from agents.services.agents import agent_archive, agent_publish, agent_register, agent_update
from agents.services.credentials import credential_create, credential_delete
from agents.services.git_tokens import own_token
from console.errors import Conflict
from console.models import AuditEntry
from tests.agents.sources.git.asked import OTHER, TOKEN, URL, git
from tests.factories import AgentRunFactory, ProjectFactory

pytestmark = pytest.mark.django_db


def register(admin, source: dict[str, object], **spec: object) -> Agent:
    return agent_register(actor=admin, name="cloned", spec={"source": source, **spec})


def change(admin, agent: Agent, source: dict[str, object]) -> None:
    agent_update(actor=admin, agent=agent, name=agent.name, spec={"source": source})


def problems(admin, source: dict[str, object], **spec: object) -> list[str]:
    with pytest.raises(AgentInvalid) as raised:
        register(admin, source, **spec)
    assert not Agent.objects.exists()
    assert not Credential.objects.filter(name__startswith="Git token").exists()
    return [f"{'.'.join(map(str, problem.path))}: {problem.message}" for problem in raised.value.problems]


def test_a_repository_is_kept_as_it_was_given(admin):
    agent = register(admin, {"kind": "git", "url": f" {URL} ", "ref": "v1.2.0"})
    assert agent.draft["source"] == {"kind": "git", "url": URL, "ref": "v1.2.0", "auth": {"mode": "none"}}
    assert agent.draft["entrypoint_file"] == "main.py"


@pytest.mark.parametrize(
    ("source", "path"),
    [
        (git("http://github.com/acme/agent.git"), "source.url"),
        (git("git@github.com:acme/agent.git"), "source.url"),
        (git("https://ada:secret@github.com/acme/agent.git"), "source.url"),
        (git("https://127.0.0.1/agent.git"), "source.url"),
        (git(ref="--upload-pack=id"), "source.ref"),
        ({"kind": "git"}, "source.url"),
        ({"kind": "git", "url": URL, "branch": "main"}, "source.branch"),
        ({"kind": "git", "url": 5}, "source.url"),
        (git(mode="ssh"), "source.auth.mode"),
        (git(mode="credential"), "source.auth.credential_id"),
        (git(mode="credential", credential_id="cred_01K9X4Z7QD8M3V5T2B6N8C1F0A"), "source.auth.credential_id"),
        (git(mode="credential", credential_id="nonsense"), "source.auth.credential_id"),
        (git(mode="inline"), "source.auth.token"),
        (git(mode="inline", token="short"), "source.auth.token"),
        (git(mode="inline", token=f"{TOKEN}\nhost=evil.example"), "source.auth.token"),
    ],
)
def test_save_rejected_for_what_can_not_be_cloned(admin, source, path):
    assert [problem.partition(":")[0] for problem in problems(admin, source)] == [path]


@pytest.mark.parametrize(
    "auth",
    [
        {"mode": "credential", "credential_id": "cred_x", "token": TOKEN},
        {"mode": "inline", "credential_id": "cred_x", "token": TOKEN},
        {"mode": "credential", "token": TOKEN},
        {"mode": "none", "credential_id": "cred_x", "token": TOKEN},
    ],
)
def test_save_rejected_for_both_a_credential_and_an_inline_token(admin, auth):
    assert problems(admin, git(**auth)) == ["source.auth: Use a credential or a token, not both."]


def test_save_rejected_for_a_login_that_the_mode_does_not_use(admin):
    assert problems(admin, git(mode="none", token=TOKEN)) == [
        "source.auth: Set mode to credential or inline, or leave credential and token out."
    ]


def test_save_rejected_for_an_entrypoint_file_that_is_no_path_of_a_module(admin):
    for name in ("../main.py", "/main.py", "main", "a\\b.py"):
        assert [p.partition(":")[0] for p in problems(admin, git(), entrypoint_file=name)] == ["entrypoint_file"]
    assert register(admin, git(), entrypoint_file="agents/main.py").draft["entrypoint_file"] == "agents/main.py"


def test_a_credential_of_another_organization_is_none(admin):
    other = ProjectFactory()
    foreign = Credential.objects.create(organization_id=other.organization_id, name="theirs", ciphertext="v1:k1:x")
    assert problems(admin, git(mode="credential", credential_id=foreign.public_id)) == [
        "source.auth.credential_id: There is no such credential in this organization."
    ]


def test_a_credential_that_a_clone_needs_can_not_be_deleted(admin):
    credential = credential_create(actor=admin, name="github", value=TOKEN)
    register(admin, git(mode="credential", credential_id=credential.public_id))
    assert credential_users_for(admin) == {credential.public_id: ["agent cloned"]}
    with pytest.raises(Conflict, match="github is used by agent cloned"):
        credential_delete(actor=admin, credential=credential)


def test_an_inline_token_becomes_a_hidden_credential_of_the_agent(admin):
    agent = register(admin, git(mode="inline", token=f" {TOKEN}\n"))
    own = own_token(agent)
    assert reveal(own) == TOKEN
    assert agent.draft["source"]["auth"] == {"mode": "inline", "credential_id": own.public_id}
    assert list(credentials_for(admin)) == []


def test_an_inline_token_is_in_no_row_audit_or_log_in_the_clear(admin, caplog):
    with caplog.at_level(logging.DEBUG):
        agent = register(admin, git(mode="inline", token=TOKEN))
        change(admin, agent, git(mode="inline", token=OTHER))
        agent_publish(actor=admin, agent=agent)
    told = [str(values) for model in (Agent, Credential, AuditEntry) for values in model.objects.values()]
    told += [str(agent.versions.values()), caplog.text]
    assert TOKEN not in "".join(told)
    assert OTHER not in "".join(told)
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == [
        "credential.create",
        "agent.register",
        "credential.rotate",
        "agent.update",
        "agent.publish",
    ]


def test_a_token_that_is_not_sent_again_is_kept_and_one_that_is_takes_its_place(admin):
    agent = register(admin, git(mode="inline", token=TOKEN))
    own = own_token(agent)
    change(admin, agent, git(ref="v2", mode="inline"))
    assert reveal(own_token(agent)) == TOKEN
    change(admin, agent, git(ref="v2", mode="inline", credential_id=own.public_id))
    assert reveal(own_token(agent)) == TOKEN
    change(admin, agent, git(ref="v2", mode="inline", token=OTHER))
    assert own_token(agent).pk == own.pk
    assert reveal(own_token(agent)) == OTHER
    assert own_token(agent).rotated_at is not None


def test_the_hidden_credential_of_one_agent_is_of_no_use_to_another(admin):
    own = own_token(register(admin, git(mode="inline", token=TOKEN)))
    env = [{"name": "STOLEN", "credential_id": own.public_id}]
    for source, spec in (
        (git(mode="credential", credential_id=own.public_id), {}),
        (git(mode="inline", credential_id=own.public_id), {}),
        (git(), {"env": env}),
    ):
        with pytest.raises(AgentInvalid):
            agent_register(actor=admin, name="thief", spec={"source": source, **spec})


def test_a_token_that_nothing_uses_any_more_is_deleted(admin):
    agent = register(admin, git(mode="inline", token=TOKEN))
    change(admin, agent, git())
    assert own_token(agent) is None
    assert AuditEntry.objects.filter(action="credential.delete").exists()


def test_a_token_stays_while_the_published_version_or_a_run_under_way_uses_it(admin, project):
    agent = register(admin, git(mode="inline", token=TOKEN))
    version = agent_publish(actor=admin, agent=agent)
    agent.refresh_from_db()
    change(admin, agent, git())
    assert own_token(agent) is not None
    run = AgentRunFactory(project=project, agent=agent, version=version, status=AgentRunStatus.QUEUED)
    agent_publish(actor=admin, agent=agent)
    assert own_token(agent) is not None
    run.status = AgentRunStatus.COMPLETED
    run.save()
    agent = Agent.objects.get(pk=agent.pk)
    change(admin, agent, git(ref="main"))
    assert own_token(agent) is None


def test_an_archived_agent_takes_its_token_along(admin):
    agent = register(admin, git(mode="inline", token=TOKEN))
    agent_publish(actor=admin, agent=agent)
    agent.refresh_from_db()
    agent_archive(actor=admin, agent=agent)
    assert own_token(agent) is None


def test_an_agent_whose_name_is_taken_leaves_no_token(admin):
    register(admin, git())
    with pytest.raises(Conflict):
        register(admin, git(mode="inline", token=TOKEN))
    assert not Credential.objects.exists()


def test_a_new_token_needs_no_new_version(admin):
    agent = register(admin, git(mode="inline", token=TOKEN))
    agent_publish(actor=admin, agent=agent)
    agent = Agent.objects.select_related("latest").get(pk=agent.pk)
    change(admin, agent, git(mode="inline", token=OTHER))
    assert agent.status == "published"
