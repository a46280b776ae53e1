"""The agent's form and page, so far as they say in which sandbox it runs."""

import pytest

from agents.models import Agent
from agents.services.sandbox_definitions import sandbox_definition_update
from tests.agents.sandbox_definitions.conftest import machines
from tests.factories import SandboxDefinitionFactory
from tests.support.agents import HELLO, published_agent

__all__ = ["machines"]
TYPED = {
    "runtime": "python", "name": "web", "source": "paste", "code": HELLO, "entrypoint": "run",
    "entrypoint_file": "main.py", "run_timeout_s": "300", "concurrency": "5", "network": "internet",
}  # fmt: skip


def text(answer):
    return answer.content.decode()


@pytest.fixture
def definition(project):
    settings = {"network": "allow_list", "allowed_domains": ["pypi.org"], "image": "", "runtime": "", "memory_mb": 1024}
    return SandboxDefinitionFactory(organization=project.organization, name="Packages", settings=settings)


def test_the_form_offers_definitions_with_what_they_say(client, definition):
    page = text(client.get("/agents/new"))

    assert f'<option value="{definition.public_id}">Packages: 1 host, 1 GB memory</option>' in page


def test_a_chosen_definition_says_itself_what_can_be_reached(client, definition):
    client.post("/agents/new", {**TYPED, "sandbox_definition_id": definition.public_id})

    draft = Agent.objects.get().draft
    assert (draft["sandbox_definition_id"], draft["network"], draft["sandbox"]["memory_mb"]) == (
        definition.public_id, "none", 1024,
    )  # fmt: skip


def test_without_one_the_agents_own_network_counts(client):
    client.post("/agents/new", TYPED)

    draft = Agent.objects.get().draft
    assert (draft["network"], "sandbox" in draft) == ("internet", False)


def test_what_was_chosen_is_chosen_when_the_form_is_opened_again(client, admin, definition):
    agent = published_agent(admin, sandbox_definition_id=definition.public_id)

    page = text(client.get(f"/agents/{agent.public_id}/edit"))

    assert f'<option value="{definition.public_id}" selected>' in page


def test_a_definition_of_another_organization_is_refused_at_its_field(client):
    theirs = SandboxDefinitionFactory()

    answer = client.post("/agents/new", {**TYPED, "sandbox_definition_id": theirs.public_id})

    assert answer.status_code == 422
    assert "There is no such sandbox definition in this organization." in text(answer)


def test_the_agents_page_says_what_its_version_has(client, admin, definition, machines):
    agent = published_agent(admin, sandbox_definition_id=definition.public_id)
    sandbox_definition_update(actor=admin, definition=definition, name="Renamed", sandbox={"network": "none"})

    page = text(client.get(f"/agents/{agent.public_id}"))

    for words in ("Renamed", "Named hosts", "pypi.org", "1 GB memory"):
        assert words in page


def test_two_versions_with_different_sandboxes_can_be_compared(client, admin, definition, machines):
    agent = published_agent(admin, sandbox_definition_id=definition.public_id)
    sandbox_definition_update(actor=admin, definition=definition, name="Packages", sandbox={"network": "none"})
    client.post(f"/agents/{agent.public_id}/publish")

    page = text(client.get(f"/agents/{agent.public_id}/versions"))

    assert "allow_list" in page
