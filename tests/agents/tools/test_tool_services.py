import pytest

from agents.errors import CredentialInUse, ToolError, ToolInUse, ToolInvalid, ToolNameTaken
from agents.models import Tool
from agents.queries import credential_users_for
from agents.services.credentials import credential_create, credential_delete
from agents.services.tools import tool_archive, tool_create, tool_try, tool_update
from agents.tools.catalogue import find_tool
from agents.tools.description import ToolDescription
from agents.tools.examples import example_input
from agents.tools.uses import users_of
from console.access import Actor, Role
from console.errors import NotAllowed
from console.models import AuditEntry
from tests.factories import OrganizationFactory, PipelineFactory, PipelineVersionFactory

URL = "https://desk.example.com/tickets/{{id}}"


def described(**changes) -> ToolDescription:
    return ToolDescription(**{"name": "desk", "url": URL, **changes})


@pytest.fixture
def credential(admin):
    return credential_create(actor=admin, name="desk-key", value="a secret value")


def problems_of(admin, **changes) -> dict[str, str]:
    with pytest.raises(ToolInvalid) as raised:
        tool_create(actor=admin, description=described(**changes))
    return {problem.dotted_path: problem.message for problem in raised.value.problems}


def test_a_tool_is_added_changed_and_archived_with_a_trail(admin):
    tool = tool_create(actor=admin, description=described())
    tool_update(actor=admin, tool=tool, description=described(name="Desk", method="PUT"))
    tool_archive(actor=admin, tool=tool)
    tool.refresh_from_db()
    assert (tool.name, tool.method, tool.archived_at is not None) == ("Desk", "PUT", True)
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["tool.create", "tool.update", "tool.archive"]


def test_a_name_is_unique_whatever_its_case_until_it_is_archived(admin):
    tool = tool_create(actor=admin, description=described())
    with pytest.raises(ToolNameTaken):
        tool_create(actor=admin, description=described(name="DESK"))
    tool_archive(actor=admin, tool=tool)
    tool_create(actor=admin, description=described())


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": " "}, "name"),
        ({"name": "a\0"}, "name"),
        ({"description": "x" * 5_001}, "description"),
        ({"method": "BREW"}, "method"),
        ({"url": "ftp://desk.example.com/"}, "url"),
        ({"url": "https://{{host}}/"}, "url"),
        ({"url": "http://169.254.169.254/"}, "url"),
        ({"url": "https://user:password@desk.example.com/"}, "url"),
        ({"body": '{"a": {{b}}}'}, "body"),
        ({"method": "GET", "body": "{}"}, "body"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"timeout_s": 301}, "timeout_s"),
        ({"headers": ({"name": "Host", "value": "x"},)}, "headers.0.name"),
        ({"headers": ({"name": "a b", "value": "x"},)}, "headers.0.name"),
        ({"headers": ({"name": "A", "value": "x\r\nB: y"},)}, "headers.0.value"),
        ({"headers": ({"name": "Authorization", "value": "Bearer x"},)}, "headers.0.value"),
        ({"headers": ({"name": "A"},)}, "headers.0.value"),
        ({"headers": ({"name": "A", "credential_id": "cred_0"},)}, "headers.0.credential_id"),
        ({"credential_id": "cred_0"}, "credential_id"),
        ({"send_as": "smoke"}, "send_as"),
        ({"send_as": "header", "credential_header": "Content-Length"}, "credential_header"),
        ({"input_schema": {"type": "objekt"}}, "input_schema.type"),
        ({"output_schema": {"$ref": "https://example.com/a"}}, "output_schema.$ref"),
        ({"input_schema": {"properties": {"x": {}}, "additionalProperties": False}}, "url"),
    ],
)
def test_what_does_not_fit_is_named(admin, changes, path):
    assert path in problems_of(admin, **changes)


def test_every_problem_is_told_at_once(admin):
    assert {"name", "url", "timeout_s"} <= set(problems_of(admin, name="", url="x", timeout_s=0))


def test_a_credential_of_another_organization_is_not_there(admin):
    other = Actor(organization_id=OrganizationFactory().pk, roles={None: Role.ORG_ADMIN})
    theirs = credential_create(actor=other, name="theirs", value="a secret value")
    assert "credential_id" in problems_of(admin, credential_id=theirs.public_id)
    headers = ({"name": "A", "credential_id": theirs.public_id},)
    assert "headers.0.credential_id" in problems_of(admin, headers=headers)


@pytest.mark.parametrize("how", ["whole", "header"])
def test_a_credential_that_a_tool_uses_is_in_use(admin, credential, how):
    by_header = {"headers": ({"name": "A", "credential_id": credential.public_id},)}
    tool = tool_create(
        actor=admin, description=described(**({"credential_id": credential.public_id} if how == "whole" else by_header))
    )
    assert credential_users_for(admin)[credential.public_id] == ["tool desk"]
    with pytest.raises(CredentialInUse, match="tool desk"):
        credential_delete(actor=admin, credential=credential)
    assert AuditEntry.objects.filter(after__contains="a secret value").count() == 0
    tool_archive(actor=admin, tool=tool)
    assert credential.public_id not in credential_users_for(admin)


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_tool_that_a_pipeline_calls_is_in_use(admin, project, by):
    tool = tool_create(actor=admin, description=described())
    graph = {"nodes": [{"id": "a", "kind": "tool", "config": {"tool_id": tool.public_id if by == "id" else "desk"}}]}
    pipeline = PipelineFactory(project=project, name="support")
    pipeline.latest = PipelineVersionFactory(pipeline=pipeline, graph=graph)
    pipeline.save()
    with pytest.raises(ToolInUse, match="the pipeline support"):
        tool_archive(actor=admin, tool=tool)
    PipelineVersionFactory(pipeline=PipelineFactory(name="theirs"), graph=graph)
    assert users_of(tool) == ["the pipeline support"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_tools_are_for_those_who_register_agents(admin, role):
    actor = Actor(organization_id=admin.organization_id, roles={None: role})
    tool = tool_create(actor=admin, description=described())
    for act in (
        lambda: tool_create(actor=actor, description=described(name="b")),
        lambda: tool_update(actor=actor, tool=tool, description=described(name="b")),
        lambda: tool_archive(actor=actor, tool=tool),
        lambda: tool_try(actor=actor, tool=tool, input={}),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert Tool.objects.get().name == "desk"


def test_a_trial_is_told_with_its_error_and_leaves_a_trail(admin):
    tried = tool_try(actor=admin, tool=tool_create(actor=admin, description=described()), input={})
    assert (tried.output, tried.error.code) == (None, "tool_template_unfilled")
    assert AuditEntry.objects.filter(action="tool.try").count() == 1


def test_a_tool_is_found_by_id_and_by_name(admin):
    tool = tool_create(actor=admin, description=described())
    assert find_tool(admin.organization_id, tool.public_id) == find_tool(admin.organization_id, "Desk") == tool


@pytest.mark.parametrize("ref", ["", "gone", "tool_01K9X4Z7QD8M3V5T2B6N8C1F0A"])
def test_a_tool_that_is_not_there_is_told_by_its_name(admin, ref):
    tool_create(actor=admin, description=described())
    with pytest.raises(ToolError, match="There is no tool") as raised:
        find_tool(admin.organization_id, ref)
    assert raised.value.code == "tool_not_found"


def test_another_organizations_tool_is_not_found(admin):
    tool = tool_create(actor=admin, description=described())
    with pytest.raises(ToolError):
        find_tool(OrganizationFactory().pk, tool.public_id)


def test_an_example_of_the_input_has_what_is_required_and_what_is_named(admin):
    schema = {"required": ["n"], "properties": {"n": {"type": "integer", "minimum": 3}}}
    tool = tool_create(actor=admin, description=described(input_schema=schema))
    assert example_input(tool) == {"id": "…", "n": 3}
