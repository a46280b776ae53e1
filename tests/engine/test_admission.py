import pytest

from console.access import Actor, Role
from console.ids import new_id
from orchestration import admission, journal, sweeper, transitions, workers
from orchestration.models import Run, StepRun, Trigger
from orchestration.services.bulk import RunSeed, runs_start
from orchestration.steps.base import Ok
from tests.engine.conftest import chain, finish, note
from tests.factories import AgentFactory, PipelineVersionFactory, ProjectFactory


@pytest.fixture
def seed(django_capture_on_commit_callbacks):
    """Start so many runs of an agent that carries so many at once."""

    def seed(project, *, runs: int, concurrency: int = 100):
        agent = AgentFactory(organization=project.organization, concurrency=concurrency)
        graph = chain(note("a", config={"agent": str(agent.pk)}))
        version = PipelineVersionFactory(pipeline__project=project, graph=graph.model_dump(mode="json"))
        actor = Actor(organization_id=project.organization_id, label="Ada", roles={None: Role.ORG_ADMIN})
        seeds = [RunSeed(new_id(), f"run {n}", {}) for n in range(runs)]
        with django_capture_on_commit_callbacks(execute=True):
            runs_start(actor=actor, version=version, seeds=seeds, trigger=Trigger.CSV)
        return agent

    return seed


def count(status: str, **where) -> int:
    return StepRun.objects.filter(status=status, **where).count()


def test_only_as_many_as_the_agent_carries_are_offered(project, seed):
    seed(project, runs=5, concurrency=2)
    assert (count("ready"), count("queued")) == (2, 3)


def test_what_runs_counts_against_the_cap_as_what_is_offered_does(project, seed):
    seed(project, runs=5, concurrency=2)
    journal.claim("control", "a worker")
    assert admission.admit(project.organization_id) == 0


def test_what_finishes_admits_what_waits(project, seed):
    seed(project, runs=4, concurrency=1)
    finish(Run.objects.order_by("id").first())
    assert set(Run.objects.values_list("status", flat=True)) == {"completed"}


def test_what_names_no_agent_is_offered_and_does_not_wait_for_ever(project, seed):
    agent = seed(project, runs=2, concurrency=1)
    StepRun.objects.filter(status="queued").update(agent_id=new_id())
    assert admission.admit_everywhere() == 1
    assert count("ready") == 2
    assert count("ready", agent_id=agent.pk) == 1


def test_an_organization_has_no_more_in_flight_than_its_cap(project, seed, settings):
    settings.CALLBOARD_ORGANIZATION_CAP = 3
    for _ in range(2):
        seed(project, runs=5)
    assert (count("ready"), count("queued")) == (3, 7)


def test_one_agents_backlog_does_not_hold_up_another(project, seed, settings):
    settings.CALLBOARD_ORGANIZATION_CAP = 4
    busy = seed(project, runs=20, concurrency=2)
    other = seed(project, runs=5, concurrency=2)
    assert count("ready", agent_id=busy.pk) == count("ready", agent_id=other.pk) == 2


def test_a_small_organization_is_served_before_a_large_ones_backlog(project, seed):
    large, small = project, ProjectFactory()
    seed(large, runs=10)
    seed(small, runs=2)
    served = [journal.claim("control", "a worker").organization_id for _ in range(4)]
    assert served.count(small.organization_id) == 2


def test_the_sweeper_admits_what_was_forgotten(project, seed):
    agent = seed(project, runs=2, concurrency=1)
    claim = journal.claim("control", "a worker")
    transitions.finish(claim, Ok())  # as by a worker that dies before it makes room
    assert count("queued", agent_id=agent.pk) == 1
    sweeper.sweep()
    assert count("queued", agent_id=agent.pk) == 0


def test_an_attempt_that_was_lost_keeps_its_slot_and_goes_first(seed, project):
    seed(project, runs=4, concurrency=2)
    claim = journal.claim("control", "a worker that dies")
    workers.end_leases(["a worker that dies"])
    sweeper.sweep()
    assert (count("queued"), count("ready")) == (2, 2)
    again = journal.claim("control", "another worker")
    assert (again.run_id, again.attempt) == (claim.run_id, 2)
