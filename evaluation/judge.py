"""Judges a run with a model, or with none where the judge is `builtin/rules`."""

import threading
from functools import partial

from agents.errors import ModelCallFailed
from agents.llm.catalogue import ModelRef
from agents.llm.prompt import Usage
from agents.llm.structured import Structured, ask_structured
from agents.models import AgentRun, ModelEndpoint, Purpose
from evaluation.case import Case
from evaluation.items import Item, Origin
from evaluation.judgement import Judgement
from evaluation.judging.fence import Fence
from evaluation.judging.prompt import fingerprint, judge_prompt
from evaluation.judging.questions import Question, questions_of
from evaluation.judging.reply import JudgeReply, items_of, reply_problem
from evaluation.rules import judge_by_rules

_LONGEST_REASONING = 20_000
_LONGEST_RAW_REPLY = 200_000


def judge_case(*, judge: ModelRef, case: Case, agent_run: AgentRun, stop: threading.Event | None = None) -> Judgement:
    """Judge a case. A model that can't be reached or understood leaves it ungraded; nothing is raised for it.

    May take minutes, and must not be called in a transaction. Raises CallStopped soon after `stop` is set.
    """
    if judge.endpoint is None:
        return judge_by_rules(case)
    questions = questions_of(case)
    try:
        answer = _ask(judge.endpoint, case, questions, agent_run, stop)
    except ModelCallFailed as failure:
        return _ungraded(judge, case, questions, f"The judge gave no answer. {failure.sentence}")
    if answer.value is None:
        trouble = f"The judge's answer could not be read. {answer.problem}"
        return _ungraded(judge, case, questions, trouble, raw=answer.raw, usage=answer.usage)
    return Judgement(
        items=(*items_of(answer.value, questions, step_count=case.evidence.step_count), *case.program_items()),
        model=judge.label,
        reasoning=answer.value.reasoning[:_LONGEST_REASONING],
        raw_reply=answer.raw[:_LONGEST_RAW_REPLY],
        prompt_sha256=fingerprint(case, questions),
        usage=answer.usage,
    )


def _ask(
    endpoint: ModelEndpoint,
    case: Case,
    questions: tuple[Question, ...],
    agent_run: AgentRun,
    stop: threading.Event | None,
) -> Structured[JudgeReply]:
    return ask_structured(
        endpoint=endpoint,
        prompt=judge_prompt(case, questions, Fence.new()),
        shape=JudgeReply,
        check=partial(reply_problem, questions=questions),
        purpose=Purpose.JUDGE,
        agent_run=agent_run,
        stop=stop,
    )


def _ungraded(
    judge: ModelRef,
    case: Case,
    questions: tuple[Question, ...],
    trouble: str,
    *,
    raw: str = "",
    usage: Usage | None = None,
) -> Judgement:
    unanswered = [Item(question.text, Origin.JUDGE, passed=None, evidence="Not judged.") for question in questions]
    return Judgement(
        items=(*unanswered, *case.program_items()),
        model=judge.label,
        reasoning="",
        trouble=trouble,
        raw_reply=raw[:_LONGEST_RAW_REPLY],
        prompt_sha256=fingerprint(case, questions),
        usage=usage or Usage(),
    )
