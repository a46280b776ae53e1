import json

import pytest

from agents.llm.catalogue import RULES
from agents.models import AgentRunStatus
from agents.services.models import defaults_set
from console.access import Actor, Role
from console.errors import NotAllowed
from evaluation.errors import JudgeUnresolved, NotGradable
from evaluation.services.regrading import carry_out, regrade_ask
from orchestration.models import Run, RunEvent, Trigger
from orchestration.states import RunStatus
from tests.factories import AgentRunFactory, PipelineVersionFactory


@pytest.fixture
def agent_run(project, admin):
    defaults_set(actor=admin, judge=RULES, simulator=RULES)
    node = {"id": "answer", "kind": "agent_field", "config": {"criteria": [{"type": "contains", "value": "Hello"}]}}
    version = PipelineVersionFactory(pipeline__project=project, graph={"nodes": [node]})
    run = Run.objects.create(
        organization=project.organization, project=project, pipeline=version.pipeline, version=version,
        status=RunStatus.COMPLETED, trigger=Trigger.MANUAL,
    )  # fmt: skip
    return AgentRunFactory(project=project, run_id=run.pk)


def told(agent_run) -> list[tuple[str, str]]:
    events = RunEvent.objects.filter(run_id=agent_run.run_id).order_by("seq")
    return [(event.kind, json.loads(event.data).get("state", "")) for event in events]


def test_asking_is_told_and_carrying_out_leaves_nothing_asked(agent_run, admin):
    regrade_ask(actor=admin, agent_run=agent_run)
    agent_run.refresh_from_db()
    assert agent_run.regrade_by == "Ada"
    carry_out(agent_run.pk)
    agent_run.refresh_from_db()
    assert (agent_run.regrade_by, agent_run.verdict) == ("", "PASS")
    assert told(agent_run) == [("agent.regrade", "asked"), ("agent.verdict", "")]


def test_what_cannot_be_carried_out_is_given_up_and_told(agent_run, admin):
    regrade_ask(actor=admin, agent_run=agent_run)
    agent_run.status = AgentRunStatus.CANCELLED
    agent_run.save(update_fields=["status"])
    carry_out(agent_run.pk)
    agent_run.refresh_from_db()
    assert agent_run.regrade_by == ""
    assert told(agent_run)[-1] == ("agent.regrade", "given_up")


def test_it_is_done_once_however_often_it_is_carried_out(agent_run, admin):
    regrade_ask(actor=admin, agent_run=agent_run)
    carry_out(agent_run.pk)
    carry_out(agent_run.pk)
    assert agent_run.verdicts.count() == 1


def test_a_run_without_a_result_cannot_be_asked_for(agent_run, admin):
    agent_run.status = AgentRunStatus.FAILED
    with pytest.raises(NotGradable):
        regrade_ask(actor=admin, agent_run=agent_run)
    assert told(agent_run) == []


def test_without_a_judge_nothing_is_asked(agent_run, admin):
    defaults_set(actor=admin, judge="", simulator="")
    with pytest.raises(JudgeUnresolved):
        regrade_ask(actor=admin, agent_run=agent_run)


def test_a_viewer_may_not_ask(agent_run, project):
    viewer = Actor(organization_id=project.organization_id, roles={None: Role.VIEWER})
    with pytest.raises(NotAllowed):
        regrade_ask(actor=viewer, agent_run=agent_run)
