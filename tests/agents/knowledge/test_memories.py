"""Memories: what is written, what it replaces, and what stays readable."""

import pytest

from agents.knowledge.errors import EntryForgotten, MemoryFull, MemoryInvalid, MemoryNameTaken
from agents.knowledge.queries import current, entries_for, history_of, memories_for, with_entries
from agents.knowledge.reach import memory_of
from agents.models import Memory, MemoryEntry, Word
from agents.services import memories
from agents.services.memories import Origin, entry_forget, memory_create, memory_delete, memory_write
from console.access import Actor, Role
from console.errors import NotAllowed, NotFound
from console.ids import new_id
from console.models import AuditEntry
from tests.factories import AgentFactory, MemoryFactory, ProjectFactory


@pytest.fixture
def write(admin, memory):
    def writing(content, **options):
        return memory_write(actor=admin, memory=memory, content=content, **options)

    return writing


def counting(memory):
    return list(memory.entries.filter(superseded_at=None).order_by("pk").values_list("content", flat=True))


# Making one -----------------------------------------------------------------------------------------------------------


def test_a_memory_is_of_the_organization_a_project_or_an_agent(admin, project):
    agent = AgentFactory(organization=project.organization)
    for scope in ("organization", "project", "agent"):
        memory_create(actor=admin, name="Facts", scope=scope, project=project, agent=agent)
    owners = Memory.objects.order_by("pk").values_list("scope", "project_id", "agent_id")
    assert list(owners) == [("organization", None, None), ("project", project.pk, None), ("agent", None, agent.pk)]


def test_a_name_is_taken_once_in_its_scope(admin, project, memory):
    with pytest.raises(MemoryNameTaken):
        memory_create(actor=admin, name="customers", project=project)
    memory_create(actor=admin, name="customers", scope="organization")
    with pytest.raises(MemoryNameTaken):
        memory_create(actor=admin, name="Customers", scope="organization")


@pytest.mark.parametrize(
    ("options", "field"),
    [({"name": ""}, "name"), ({"scope": "planet"}, "scope"), ({"scope": "agent"}, "agent_id"),
     ({"description": "x" * 5_001}, "description")],
)  # fmt: skip
def test_what_cannot_be_a_memory_is_refused(admin, project, options, field):
    with pytest.raises(MemoryInvalid) as refused:
        memory_create(actor=admin, project=project, **{"name": "Facts", **options})
    assert refused.value.problems[0].path == (field,)


def test_a_project_s_memory_is_not_there_for_who_is_not_in_it(admin, project, memory):
    MemoryFactory(organization=project.organization, project=None, scope="organization", name="Wide")
    elsewhere = ProjectFactory(organization=project.organization)
    neighbour = Actor(organization_id=project.organization_id, roles={elsewhere.pk: Role.MEMBER})
    assert {row.name for row in memories_for(admin)} == {"Customers", "Wide"}
    assert {row.name for row in memories_for(neighbour)} == {"Wide"}


def test_runs_of_another_project_can_not_use_it(project, memory):
    elsewhere = ProjectFactory(organization=project.organization)
    named = {"organization_id": project.organization_id, "memory_id": memory.public_id}
    assert memory_of(project_id=project.pk, **named) == memory
    with pytest.raises(NotFound, match=memory.public_id):
        memory_of(project_id=elsewhere.pk, **named)


# Writing --------------------------------------------------------------------------------------------------------------


def test_something_new_is_created_and_the_same_again_changes_nothing(memory, write):
    assert [write("Likes tea.").action, write("Likes tea.").action] == ["created", "unchanged"]
    assert counting(memory) == ["Likes tea."]


def test_under_the_same_key_it_replaces_what_was_known_and_that_stays_readable(admin, memory, write):
    first = write("The limit is 100.", key="limit").entry
    second = write("The limit is 200.", key="limit")
    first.refresh_from_db()
    assert (second.action, counting(memory)) == ("updated", ["The limit is 200."])
    assert (first.replaced_by, first.superseded_by, first.superseded_at is not None) == (second.entry, "Ada", True)
    assert [entry.content for entry in history_of(admin, second.entry)] == ["The limit is 200.", "The limit is 100."]


def test_an_entry_can_be_named_that_is_to_be_replaced(memory, write):
    first = write("Likes tea.", tags=["drinks"]).entry
    second = write("Likes coffee.", replaces=first)
    assert (second.action, second.entry.tags, counting(memory)) == ("updated", ["drinks"], ["Likes coffee."])
    with pytest.raises(EntryForgotten):
        write("Likes water.", replaces=first)


def test_other_tags_are_a_change_and_none_are_not(write):
    write("Likes tea.", tags=["b", " a ", "", "b"])
    assert write("Likes tea.").action == "unchanged"
    assert write("Likes tea.", tags=["a", "b"]).action == "unchanged"
    changed = write("Likes tea.", tags=["c"])
    assert (changed.action, changed.entry.tags) == ("updated", ["c"])


def test_content_that_is_no_text_is_kept_as_json(write):
    assert write({"name": "Zoë", "n": [1, None]}).entry.content == '{"name": "Zoë", "n": [1, null]}'


def test_a_step_that_is_carried_out_twice_writes_once_and_says_the_same(memory, write):
    origin = Origin(new_id(), "remember", "run:remember:1")
    for key, expected in (("", "created"), ("limit", "created")):
        step = origin._replace(idempotency_key=f"{origin.idempotency_key}{key}")
        answers = [write(f"The limit is 100. {key}", key=key, origin=step) for _ in range(2)]
        assert [answer.action for answer in answers] == [expected] * 2
        assert answers[0].entry == answers[1].entry
    assert memory.entries.count() == 2


def test_a_step_s_entry_says_which_run_it_was_and_no_person_did(memory, project):
    run_id = new_id()
    platform = Actor.platform(project.organization_id, label="pipeline Triage")
    entry = memory_write(actor=platform, memory=memory, content="Likes tea.", origin=Origin(run_id, "remember")).entry
    assert (entry.run_id, entry.node_id, entry.written_by) == (run_id, "remember", "pipeline Triage")
    assert not AuditEntry.objects.filter(action="memory.write").exists()


def test_what_a_person_writes_is_on_the_record(write):
    entry = write("Likes tea.").entry
    assert AuditEntry.objects.get().after == {"entry": entry.public_id, "did": "created"}


@pytest.mark.parametrize(
    ("content", "options", "path"),
    [("", {}, ("content",)), (" \n", {}, ("content",)), ("x" * 20_001, {}, ("content",)), ("a\0", {}, ("content",)),
     ("x", {"key": "k" * 129}, ("key",)), ("x", {"tags": ["t" * 65]}, ("tags", 0)),
     ("x", {"tags": [str(n) for n in range(21)]}, ("tags",)), ("x", {"tags": ["a\0"]}, ("tags", 0))],
)  # fmt: skip
def test_what_cannot_be_remembered_is_refused_with_its_place(write, content, options, path):
    with pytest.raises(MemoryInvalid) as refused:
        write(content, **options)
    assert refused.value.problems[0].path == path


def test_all_that_is_wrong_is_told_at_once(write):
    with pytest.raises(MemoryInvalid) as refused:
        write("", key="k" * 129, tags=["t" * 65])
    assert [problem.path[0] for problem in refused.value.problems] == ["content", "key", "tags"]


def test_a_memory_is_full_some_day_and_can_still_be_corrected(memory, write, monkeypatch):
    monkeypatch.setattr(memories, "MOST_ENTRIES", 1)
    write("The limit is 100.", key="limit")
    with pytest.raises(MemoryFull):
        write("Likes tea.")
    assert write("The limit is 200.", key="limit").action == "updated"


# Forgetting -----------------------------------------------------------------------------------------------------------


def test_what_is_forgotten_counts_no_more_and_stays_in_the_history(admin, memory, write):
    entry = write("Likes tea.").entry
    entry_forget(actor=admin, entry=entry)
    entry.refresh_from_db()
    assert (counting(memory), entry.superseded_by, entry.replaced_by) == ([], "Ada", None)
    assert [row.content for row in entries_for(admin, memory)] == ["Likes tea."]
    assert not current(entries_for(admin, memory)).exists()
    with pytest.raises(EntryForgotten):
        entry_forget(actor=admin, entry=entry)


def test_what_was_forgotten_can_be_learned_anew(admin, memory, write):
    entry_forget(actor=admin, entry=write("Likes tea.", key="drink").entry)
    assert write("Likes tea.", key="drink").action == "created"


def test_words_are_counted_for_what_counts_alone(admin, memory, write):
    write("Likes green tea.", key="drink")
    entry = write("Likes black tea.", key="drink").entry
    assert sorted(Word.objects.values_list("word", "uses")) == [("black", 1), ("likes", 1), ("tea", 1)]
    entry_forget(actor=admin, entry=entry)
    assert not Word.objects.exists()


def test_a_memory_goes_with_all_that_was_ever_written(admin, memory, write):
    write("The limit is 100.", key="limit")
    write("The limit is 200.", key="limit")
    memory_delete(actor=admin, memory=memory)
    assert (Memory.objects.count(), MemoryEntry.objects.count(), Word.objects.count()) == (0, 0, 0)


# Reading --------------------------------------------------------------------------------------------------------------


def test_a_memory_says_how_much_counts_and_when_it_was_written(admin, memory, write):
    write("The limit is 100.", key="limit")
    newest = write("The limit is 200.", key="limit").entry
    MemoryFactory(project=memory.project, name="Empty")
    rows = {row.name: (row.entry_count, row.last_written_at) for row in with_entries(memories_for(admin))}
    assert rows == {"Customers": (1, newest.created_at), "Empty": (0, None)}


def test_a_viewer_writes_nothing(project, memory, write):
    entry = write("Likes tea.").entry
    viewer = Actor(organization_id=project.organization_id, roles={project.pk: Role.VIEWER})
    for attempt in (
        lambda: memory_create(actor=viewer, name="x", project=project),
        lambda: memory_write(actor=viewer, memory=memory, content="x"),
        lambda: entry_forget(actor=viewer, entry=entry),
        lambda: memory_delete(actor=viewer, memory=memory),
    ):
        with pytest.raises(NotAllowed):
            attempt()
