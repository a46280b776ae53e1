import threading
from collections.abc import Mapping

from django.db import transaction
from pydantic import JsonValue

from agents.errors import CallStopped
from agents.llm.catalogue import ModelRef, resolve_judge
from agents.models import AgentRun, AgentRunStatus, VerdictWord
from agents.redaction import storable
from agents.services.progress import Superseded
from console import audit
from console.access import Actor, Permission, require
from evaluation.case import Case
from evaluation.errors import JudgeUnresolved, NotGradable
from evaluation.evidence import Evidence
from evaluation.field import AgentFieldConfig
from evaluation.items import Item, failure_mode
from evaluation.judge import judge_case
from evaluation.judgement import Judgement
from evaluation.material import material_of
from evaluation.models import Verdict
from orchestration import transitions
from orchestration.events import Event, EventKind


def grade(
    *,
    agent_run: AgentRun,
    config: AgentFieldConfig,
    seed: Mapping[str, JsonValue],
    evidence: Evidence,
    judge: ModelRef,
    by: str = "",
    stop: threading.Event | None = None,
) -> Verdict:
    """Judge a run and keep the verdict beside the earlier ones. `seed` is the frozen seed's axes; `by` blank is nobody.

    May take minutes and must not be called in a transaction. Raises Superseded, having kept nothing but what the model
    was asked, if the run was cancelled or has another attempt by then, and soon after `stop` is set. Grading twice only
    adds a verdict.
    """
    try:
        judgement = judge_case(judge=judge, case=Case.of(config, seed, evidence), agent_run=agent_run, stop=stop)
    except CallStopped as stopped:
        raise Superseded from stopped
    return _keep(agent_run, judgement, by)


def grade_run(
    *, agent_run: AgentRun, config: AgentFieldConfig, judge: ModelRef, stop: threading.Event | None = None
) -> Verdict:
    """Grade a run by what its rows say of it, as `grade` does."""
    _, seed, evidence = material_of(agent_run)
    return grade(agent_run=agent_run, config=config, seed=seed, evidence=evidence, judge=judge, stop=stop)


def regrade(*, actor: Actor, agent_run: AgentRun) -> Verdict:
    """Judge a finished run anew, by the field it was run with and the judge of today, and tell its page.

    Raises NotGradable for a run without a result and JudgeUnresolved where there is no judge. May take minutes.
    """
    require(actor, Permission.RUN, project_id=agent_run.project_id)
    if agent_run.status != AgentRunStatus.COMPLETED:
        raise NotGradable("Only a run that has completed has a result to grade.")
    config, seed, evidence = material_of(agent_run)
    judge = resolve_judge(agent_run.organization_id, config.judge_model)
    if judge is None:
        raise JudgeUnresolved(_NO_JUDGE)
    judgement = judge_case(judge=judge, case=Case.of(config, seed, evidence), agent_run=agent_run)
    with transaction.atomic():
        # The pipeline's run is locked before the agent's, as everywhere: the other order could deadlock with a cancel.
        told = {"agent_run": agent_run.public_id, "verdict": judgement.ruling.word.value, "model": judgement.model}
        transitions.append(agent_run.run_id, [Event(EventKind.AGENT_VERDICT, told)])
        # What was asked for is done with the verdict itself: whoever sees the one must not find the other still open.
        AgentRun.objects.filter(pk=agent_run.pk).update(regrade_by="", regrade_until=None)
        verdict = _keep(agent_run, judgement, actor.label)
        audit.record(
            actor=actor, action="agent_run.regrade", target=agent_run,
            after={"verdict": verdict.verdict, "number": verdict.number, "judge": verdict.model},
        )  # fmt: skip
    return verdict


_NO_JUDGE = "No judge model is resolvable for the run. Pick one on the field's Models popover or set the org default."


@transaction.atomic
def _keep(agent_run: AgentRun, judgement: Judgement, by: str) -> Verdict:
    """Add a verdict and make it the one that counts. The lock on the run gives each verdict a number of its own."""
    wanted = AgentRun.objects.filter(status__in=[AgentRunStatus.RUNNING, AgentRunStatus.COMPLETED])
    if wanted.select_for_update().filter(pk=agent_run.pk, attempt=agent_run.attempt).first() is None:
        raise Superseded
    last = agent_run.verdicts.order_by("-number").values_list("number", flat=True).first() or 0
    ruling = judgement.ruling
    verdict = Verdict.objects.create(
        organization_id=agent_run.organization_id, agent_run=agent_run, number=last + 1, verdict=ruling.word,
        reasoning=storable(judgement.reasoning), ungraded_reason=storable(ruling.ungraded_reason),
        items=[_item(item) for item in judgement.items], model=judgement.model, is_rules=judgement.is_rules,
        raw_reply=storable(judgement.raw_reply), prompt_sha256=judgement.prompt_sha256,
        tokens=judgement.usage.tokens, cost=judgement.usage.cost, graded_by=by,
    )  # fmt: skip
    agent_run.verdict, agent_run.judge = ruling.word, judgement.model
    agent_run.failure_mode = storable(failure_mode(judgement.items)) if ruling.word == VerdictWord.FAIL else ""
    agent_run.save(update_fields=["verdict", "failure_mode", "judge"])
    return verdict


def _item(item: Item) -> dict[str, JsonValue]:
    return item._replace(name=storable(item.name), evidence=storable(item.evidence)).as_json()
