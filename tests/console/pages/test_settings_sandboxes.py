import pytest

from agents.models import SandboxDefinition
from console.access import Role
from tests.agents.sandbox_definitions.conftest import LITTLE, machines
from tests.console.pages.conftest import client_as
from tests.factories import ProjectFactory, SandboxDefinitionFactory
from tests.support.agents import published_agent

__all__ = ["machines"]
SANDBOXES = "/settings/sandboxes"
TYPED = {"name": "Packages", "network": "allow_list", "allowed_domains": "PyPI.org\r\n\r\n*.example.com"}


def text(answer):
    return answer.content.decode()


@pytest.fixture
def definition(project):
    settings = {"network": "allow_list", "allowed_domains": ["pypi.org"], "image": "", "runtime": "", "memory_mb": 1024}
    return SandboxDefinitionFactory(organization=project.organization, name="Packages", settings=settings)


def test_an_empty_list_says_what_a_definition_is_for(client):
    assert "No sandbox definitions yet" in text(client.get(SANDBOXES))


def test_a_definition_is_added_and_listed(client, machines):
    answer = client.post(f"{SANDBOXES}/new", {**TYPED, "memory_mb": "512", "cpus": "1.5"}, follow=True)

    assert answer.redirect_chain == [(SANDBOXES, 303)]
    made = SandboxDefinition.objects.get()
    assert made.settings["allowed_domains"] == ["pypi.org", "*.example.com"]
    assert (made.settings["memory_mb"], made.settings["cpus"]) == (512, 1.5)
    assert "1.5 CPU, 512 MB memory" in text(answer)


def test_hosts_that_do_not_count_are_not_kept(client, machines):
    client.post(f"{SANDBOXES}/new", {**TYPED, "network": "none"})

    assert SandboxDefinition.objects.get().settings["allowed_domains"] == []


def test_a_form_with_problems_keeps_what_was_typed(client, machines):
    answer = client.post(f"{SANDBOXES}/new", {**TYPED, "allowed_domains": "pypi.org\n10.0.0.1", "memory_mb": "lots"})

    page = text(answer)
    assert answer.status_code == 422
    assert "Use 64 to 1,048,576 MB" in page
    assert "lots" in page
    assert "10.0.0.1" in page


def test_a_host_that_can_not_be_allowed_is_named_by_its_line(client, machines):
    answer = client.post(f"{SANDBOXES}/new", {**TYPED, "allowed_domains": "pypi.org\n10.0.0.1"})

    assert "Host 2: Write a name: addresses can&#x27;t be allowed." in text(answer)


def test_what_can_not_be_held_here_is_said_before_and_refused_after(client, machines, monkeypatch):
    machines[:] = [LITTLE]
    monkeypatch.setattr("console.views.settings_sandboxes.machines", lambda: machines)

    assert "No control groups." in text(client.get(f"{SANDBOXES}/new"))
    answer = client.post(f"{SANDBOXES}/new", {"name": "Fast", "network": "none", "cpus": "1"})

    assert (answer.status_code, SandboxDefinition.objects.exists()) == (422, False)


def test_images_and_runtimes_are_those_that_the_operator_allows(client, machines, settings):
    settings.CALLBOARD_SANDBOX_IMAGES = ["team/image"]
    settings.CALLBOARD_SANDBOX_RUNTIMES = ["runsc"]

    page = text(client.get(f"{SANDBOXES}/new"))

    assert '<option value="team/image">' in page
    assert '<option value="runsc">' in page


def test_a_definition_is_changed(client, definition, machines):
    page = text(client.get(f"{SANDBOXES}/{definition.public_id}"))
    assert "pypi.org" in page
    assert 'value="1024"' in page

    client.post(f"{SANDBOXES}/{definition.public_id}", {**TYPED, "name": "Renamed"})

    definition.refresh_from_db()
    assert (definition.name, definition.settings.get("memory_mb")) == ("Renamed", None)


def test_one_in_use_says_by_whom_and_can_not_be_archived(client, admin, definition):
    published_agent(admin, sandbox_definition_id=definition.public_id)

    page = text(client.get(f"{SANDBOXES}/{definition.public_id}"))
    assert "agent hello" in page
    assert "Choose another sandbox in its agents first" in page

    assert client.post(f"{SANDBOXES}/{definition.public_id}/archive").status_code == 409
    definition.refresh_from_db()
    assert definition.archived_at is None


def test_one_that_nobody_has_is_archived(client, definition):
    answer = client.post(f"{SANDBOXES}/{definition.public_id}/archive", follow=True)

    assert "Packages is archived" in text(answer)
    assert client.get(f"{SANDBOXES}/{definition.public_id}").status_code == 404


def test_the_list_asks_no_more_for_more(client, admin, project, django_assert_max_num_queries):
    for number in range(12):
        definition = SandboxDefinitionFactory(organization=project.organization)
        published_agent(admin, name=f"a{number}", sandbox_definition_id=definition.public_id)

    with django_assert_max_num_queries(12):
        assert "a11" in text(client.get(SANDBOXES))


@pytest.mark.parametrize("path", ["", "/new"])
def test_only_an_org_admin_sees_the_pages(project, path):
    assert client_as(project, Role.PROJECT_ADMIN_OWNER).get(f"{SANDBOXES}{path}").status_code == 403


def test_another_organizations_definition_is_not_there(client):
    theirs = SandboxDefinitionFactory(organization=ProjectFactory().organization)

    assert client.get(f"{SANDBOXES}/{theirs.public_id}").status_code == 404
    assert client.post(f"{SANDBOXES}/{theirs.public_id}/archive").status_code == 404


def test_archiving_takes_a_post(client, definition):
    assert client.get(f"{SANDBOXES}/{definition.public_id}/archive").status_code == 405
