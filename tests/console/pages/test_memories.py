import pytest

from agents.models import Memory, MemoryEntry
from agents.services.memories import Origin, entry_forget, memory_write
from console.access import Actor, Role
from console.ids import new_id, to_public
from tests.console.pages.conftest import client_as
from tests.factories import AgentFactory, MemoryFactory, ProjectFactory
from tests.support.answers import prose

MEMORIES = "/memories"


@pytest.fixture
def memory(project):
    return MemoryFactory(project=project, name="Customers", description="What they told us")


@pytest.fixture
def path(memory):
    return f"{MEMORIES}/{memory.public_id}"


@pytest.fixture
def write(admin, memory):
    def writing(content, **options):
        return memory_write(actor=admin, memory=memory, content=content, **options).entry

    return writing


def test_an_empty_list_says_what_a_memory_is_and_makes_one(client):
    page = prose(client.get(MEMORIES))
    assert "No memories yet" in page
    assert f'href="{MEMORIES}/new"' in page


def test_the_list_says_for_whom_each_is(client, project, memory):
    organization = project.organization
    agent = AgentFactory(organization=organization, name="triage")
    MemoryFactory(organization=organization, project=None, scope="organization", name="Wide")
    MemoryFactory(organization=organization, project=None, scope="agent", agent=agent, name="Tricks")
    MemoryFactory(project=ProjectFactory(organization=organization), name="Elsewhere")
    page = prose(client.get(MEMORIES))
    for words in (f"project {project.name}", "whole organization", "agent triage", "0 entries"):
        assert words in page
    assert "Elsewhere" not in page


@pytest.mark.parametrize("scope", ["project", "organization", "agent"])
def test_a_memory_is_created(client, project, scope):
    agent = AgentFactory(organization=project.organization)
    sent = {"name": "Facts", "scope": scope, "agent_id": agent.public_id if scope == "agent" else ""}
    answer = client.post(f"{MEMORIES}/new", sent, follow=True)
    memory = Memory.objects.get()
    assert answer.redirect_chain == [(f"{MEMORIES}/{memory.public_id}", 303)]
    assert (memory.scope, "Nothing is remembered yet" in prose(answer)) == (scope, True)


def test_a_form_with_problems_says_so_at_the_field(client, memory):
    taken = client.post(f"{MEMORIES}/new", {"name": "customers", "scope": "project"})
    assert (taken.status_code, "This name is taken." in prose(taken)) == (422, True)
    agentless = client.post(f"{MEMORIES}/new", {"name": "Facts", "scope": "agent"})
    assert (agentless.status_code, "Choose the agent that the memory is for." in prose(agentless)) == (422, True)


def test_an_entry_is_written_and_the_same_again_is_told(client, path):
    sent = {"content": "Larkfield wants\r\ninvoices by e-mail.", "key": "", "tags": "billing, north"}
    page = prose(client.post(f"{path}/write", sent, follow=True))
    assert "It is remembered." in page
    assert ("billing" in page, "north" in page) == (True, True)
    assert MemoryEntry.objects.get().content == "Larkfield wants\ninvoices by e-mail."
    assert "This was known already" in prose(client.post(f"{path}/write", sent, follow=True))


def test_what_cannot_be_written_is_kept_in_the_form(client, path):
    answer = client.post(f"{path}/write", {"content": "Likes tea.", "key": "k" * 129})
    page = prose(answer)
    assert (answer.status_code, "Use a key of at most 128" in page, "Likes tea." in page) == (422, True, True)
    assert "Write what is to be remembered." in prose(client.post(f"{path}/write", {"content": ""}))


def test_an_entry_is_replaced_and_its_history_is_readable(client, path, write):
    first = write("The limit is 100.", key="limit", tags=["rules"])
    form = prose(client.get(f"{path}/entries/{first.public_id}/replace"))
    assert ("The limit is 100." in form, 'value="rules"' in form, 'name="key"' in form) == (True, True, False)
    sent = {"content": "The limit is 200.", "tags": "rules"}
    page = prose(client.post(f"{path}/entries/{first.public_id}/replace", sent, follow=True))
    for words in ("The limit is 200.", "The limit is 100.", "replaced", "limit"):
        assert words in page
    old = prose(client.get(f"{path}/entries/{first.public_id}"))
    assert ("It counts no more" in old, "See what took its place" in old, "Forget" in old) == (True, True, False)


def test_what_is_forgotten_is_left_out_unless_all_is_asked_for(client, path, write):
    entry = write("Likes tea.")
    assert "It is forgotten." in prose(client.post(f"{path}/entries/{entry.public_id}/forget", follow=True))
    assert "Likes tea." not in prose(client.get(path))
    page = prose(client.get(f"{path}?show=all"))
    assert ("Likes tea." in page, "forgotten" in page) == (True, True)
    assert client.post(f"{path}/entries/{entry.public_id}/forget").status_code == 409


def test_an_entry_of_a_run_names_it(client, path, memory, project):
    run_id = new_id()
    platform = Actor.platform(project.organization_id, label="pipeline Triage")
    entry = memory_write(
        actor=platform, memory=memory, content="<b>Likes tea</b>", origin=Origin(run_id, "remember")
    ).entry
    page = prose(client.get(f"{path}/entries/{entry.public_id}"))
    for words in (to_public("run", run_id), "pipeline Triage", "&lt;b&gt;Likes tea&lt;/b&gt;"):
        assert words in page


def test_a_memory_is_deleted(client, path, write):
    write("Likes tea.")
    assert "its 1 entry and" in prose(client.get(path))
    assert "Customers is deleted" in prose(client.post(f"{path}/delete", follow=True))
    assert not Memory.objects.exists()


def test_the_pages_take_as_many_queries_for_many_as_for_one(
    client, admin, project, path, write, django_assert_max_num_queries
):
    MemoryFactory.create_batch(5, project=project)
    entry = write("Fact", key="fact")
    for number in range(6):
        write(f"Fact {number}")
        entry = write(f"Fact is {number}", key="fact")
    for page, most in ((MEMORIES, 6), (path, 7), (f"{path}/entries/{entry.public_id}", 9)):
        with django_assert_max_num_queries(most):
            assert client.get(page).status_code == 200


def test_a_viewer_looks_and_is_offered_no_change(project, path, write):
    entry = write("Likes tea.")
    client = client_as(project, Role.VIEWER)
    page = prose(client.get(f"{path}/entries/{entry.public_id}"))
    assert ("Likes tea." in page, "Forget" in page, "/replace" in page) == (True, False, False)
    assert client.post(f"{path}/entries/{entry.public_id}/forget").status_code == 403
    assert client.post(f"{path}/write", {"content": "x"}).status_code == 403


def test_another_organization_s_memory_does_not_exist(path, admin, write):
    entry = write("Likes tea.")
    entry_forget(actor=admin, entry=entry)
    client = client_as(ProjectFactory())
    assert {client.get(path).status_code, client.post(f"{path}/delete").status_code} == {404}


def test_wrong_methods_are_refused(client, path):
    assert client.get(f"{path}/delete").status_code == 405
    assert client.post(path).status_code == 405
