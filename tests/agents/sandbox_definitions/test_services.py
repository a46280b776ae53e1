import pytest

from agents.errors import (
    AgentInvalid,
    SandboxDefinitionInUse,
    SandboxDefinitionInvalid,
    SandboxDefinitionNameTaken,
)
from agents.models import Agent
from agents.queries import sandbox_definition_users_for, sandbox_definitions_for
from agents.sandbox_definitions.shape import NetworkPolicy
from agents.services.agents import agent_archive, agent_publish, agent_register, agent_update
from agents.services.sandbox_definitions import (
    sandbox_definition_archive,
    sandbox_definition_create,
    sandbox_definition_update,
    sandbox_definition_users,
    settings_of,
)
from agents.spec import AgentSpec, parse_spec
from console.access import Actor, Role
from console.errors import NotAllowed
from console.models import AuditEntry
from tests.agents.sandbox_definitions.conftest import LITTLE
from tests.factories import SandboxDefinitionFactory
from tests.support.agents import HELLO, published_agent

WEB = {"network": "allow_list", "allowed_domains": ["PyPI.org", "*.example.com", "pypi.org"]}


@pytest.fixture
def definition(admin, machines):
    return sandbox_definition_create(actor=admin, name="Small", sandbox={**WEB, "memory_mb": 512})


def problems(admin, **sandbox):
    with pytest.raises(SandboxDefinitionInvalid) as caught:
        sandbox_definition_create(actor=admin, name="Small", sandbox=sandbox)
    return [(problem.dotted_path, problem.message) for problem in caught.value.problems]


def test_a_definition_is_added_and_the_trail_says_so(definition):
    assert settings_of(definition).allowed_domains == ["pypi.org", "*.example.com"]
    entry = AuditEntry.objects.get(action="sandbox_definition.create")
    assert (entry.target_id, entry.after["memory_mb"]) == (definition.public_id, 512)


def test_only_an_org_admin_may_change_them(project, machines, definition):
    actor = Actor(organization_id=project.organization_id, roles={None: Role.PROJECT_ADMIN_OWNER})

    for act in (
        lambda: sandbox_definition_create(actor=actor, name="x", sandbox={}),
        lambda: sandbox_definition_update(actor=actor, definition=definition, name="x", sandbox={}),
        lambda: sandbox_definition_archive(actor=actor, definition=definition),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize(
    ("sandbox", "path", "words"),
    [
        ({"network": "lan"}, "network", "Use one of: none, proxy_only, allow_list, internet."),
        ({"network": "allow_list"}, "allowed_domains", "Name at least one domain"),
        ({"network": "internet", "allowed_domains": ["a.example"]}, "allowed_domains", "Only the network allow_list"),
        ({"network": "allow_list", "allowed_domains": ["10.0.0.1"]}, "allowed_domains.0", "addresses can't be allowed"),
        ({"cpus": 0}, "cpus", "Use 0.1 to 256 processors"),
        ({"cpus": True}, "cpus", "processors"),
        ({"memory_mb": 1}, "memory_mb", "Use 64 to 1,048,576 MB"),
        ({"disk_mb": 1}, "disk_mb", "Use 64 to 1,048,576 MB"),
        ({"pids": 1}, "pids", "Use 16 to 32,768 processes"),
        ({"gpus": 1}, "gpus", "Extra inputs are not permitted"),
        ({"image": "ubuntu"}, "image", "does not allow the image ubuntu"),
        ({"runtime": "runsc"}, "runtime", "does not allow the runtime runsc"),
        ({"cpus": 9}, "cpus", "The machine has 8 processors"),
    ],
)
def test_what_can_not_be_is_refused_at_its_field(admin, machines, sandbox, path, words):
    [(found, message)] = problems(admin, **sandbox)

    assert found == path
    assert words in message


def test_what_a_backend_can_not_enforce_is_refused_at_save(admin, machines, settings):
    settings.CALLBOARD_SANDBOX_IMAGES = ["team/image"]
    machines[:] = [LITTLE]

    found = problems(admin, cpus=1, memory_mb=512, image="team/image")

    assert found == [("cpus", "No control groups."), ("image", "No images.")]


def test_one_machine_that_can_not_is_enough_to_refuse(admin, machines):
    machines.append(LITTLE)

    assert problems(admin, cpus=1) == [("cpus", "No control groups.")]


def test_where_no_machine_answers_nothing_is_promised(admin, machines):
    machines.clear()

    assert problems(admin, cpus=1) == [
        ("", "No machine with sandboxes answers, so nothing can be promised. Start a worker.")
    ]
    assert sandbox_definition_create(actor=admin, name="Plain", sandbox={"network": "none"}).name == "Plain"


def test_what_the_operator_allows_can_be_named(admin, machines, settings):
    settings.CALLBOARD_SANDBOX_IMAGES = ["team/image"]
    settings.CALLBOARD_SANDBOX_RUNTIMES = ["runsc"]

    made = sandbox_definition_create(actor=admin, name="Hard", sandbox={"image": "team/image", "runtime": "runsc"})

    assert (made.settings["image"], made.settings["runtime"]) == ("team/image", "runsc")


def test_a_name_is_taken_whatever_its_case(admin, definition):
    with pytest.raises(SandboxDefinitionNameTaken):
        sandbox_definition_create(actor=admin, name="SMALL", sandbox={})


def test_an_agents_draft_has_what_its_definition_says(admin, definition):
    agent = published_agent(admin, sandbox_definition_id=definition.public_id)

    spec = parse_spec(agent.latest.spec)
    assert isinstance(spec, AgentSpec)
    assert spec.sandbox is not None
    assert (spec.sandbox.network, spec.sandbox.memory_mb) == (NetworkPolicy.ALLOW_LIST, 512)


def test_a_change_reaches_drafts_and_never_what_is_published(admin, definition):
    agent = published_agent(admin, sandbox_definition_id=definition.public_id)

    sandbox_definition_update(actor=admin, definition=definition, name="Small", sandbox={"network": "none"})

    agent.refresh_from_db()
    assert (agent.draft["sandbox"]["network"], agent.status) == ("none", "changed")
    assert agent.latest.spec["sandbox"]["network"] == "allow_list"
    assert agent_publish(actor=admin, agent=agent).spec["sandbox"]["network"] == "none"
    assert Agent.objects.get(pk=agent.pk).status == "published"


def test_a_change_back_leaves_nothing_to_publish(admin, definition):
    agent = published_agent(admin, sandbox_definition_id=definition.public_id)
    before = dict(definition.settings)

    sandbox_definition_update(actor=admin, definition=definition, name="Small", sandbox={"network": "none"})
    sandbox_definition_update(actor=admin, definition=definition, name="Small", sandbox=before)

    assert Agent.objects.get(pk=agent.pk).status == "published"


def test_what_was_published_before_there_were_definitions_is_the_same_as_its_draft(admin):
    agent = published_agent(admin)

    assert "sandbox" not in agent.latest.spec
    agent_update(actor=admin, agent=agent, name=agent.name, spec=agent.latest.spec)
    assert Agent.objects.get(pk=agent.pk).status == "published"


def test_a_definition_in_use_is_not_archived(admin, definition):
    agent = published_agent(admin, sandbox_definition_id=definition.public_id)
    agent_update(actor=admin, agent=agent, name="hello", spec={"source": {"kind": "paste", "code": HELLO}})

    with pytest.raises(SandboxDefinitionInUse, match="hello"):
        sandbox_definition_archive(actor=admin, definition=definition)

    agent_archive(actor=admin, agent=agent)
    sandbox_definition_archive(actor=admin, definition=definition)
    assert not sandbox_definitions_for(admin).exists()


def test_who_has_a_definition_is_said_once(admin, definition):
    published_agent(admin, sandbox_definition_id=definition.public_id)

    assert sandbox_definition_users(definition) == ["hello"]
    assert sandbox_definition_users_for(admin) == {definition.public_id: ["hello"]}


@pytest.mark.parametrize(
    ("spec", "path", "words"),
    [
        ({"sandbox_definition_id": "sbx_01K9X4Z7QD8M3V5T2B6N8C1F0A"}, "sandbox_definition_id", "There is no such"),
        ({"sandbox": {"network": "internet"}}, "sandbox", "Name a sandbox definition"),
    ],
)
def test_an_agent_can_not_make_up_a_sandbox_of_its_own(admin, spec, path, words):
    with pytest.raises(AgentInvalid) as caught:
        agent_register(actor=admin, name="hello", spec={"source": {"kind": "paste", "code": HELLO}, **spec})

    [problem] = caught.value.problems
    assert problem.dotted_path == path
    assert words in problem.message


def test_a_definition_of_another_organization_is_none(admin):
    theirs = SandboxDefinitionFactory()

    with pytest.raises(AgentInvalid, match="no such sandbox definition"):
        published_agent(admin, sandbox_definition_id=theirs.public_id)


def test_what_an_agent_sends_along_is_replaced_by_what_the_definition_says(admin, definition):
    agent = published_agent(admin, sandbox_definition_id=definition.public_id, sandbox={"network": "internet"})

    assert agent.latest.spec["sandbox"] == definition.settings


@pytest.mark.parametrize(
    ("changes", "path"), [({"network": "internet"}, "network"), ({"dockerfile": "RUN true"}, "dockerfile")]
)
def test_an_agent_can_not_contradict_its_definition(admin, machines, settings, changes, path):
    settings.CALLBOARD_SANDBOX_IMAGES = ["team/image"]
    image = sandbox_definition_create(actor=admin, name="Image", sandbox={"image": "team/image"})

    with pytest.raises(AgentInvalid) as caught:
        published_agent(admin, sandbox_definition_id=image.public_id, **changes)

    assert path in [problem.dotted_path for problem in caught.value.problems]
