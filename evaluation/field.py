"""The settings of an agent field: which agent, who judges it by what, and what the rows say."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.llm.catalogue import resolve_model
from agents.models import Agent
from console.errors import Problem
from console.ids import from_public
from evaluation.criteria import CRITERION_TYPES, Criterion
from evaluation.errors import FieldInvalid
from evaluation.rubric import rubric_problem
from evaluation.seeding.wiring import wiring_problems

MOST_CRITERIA = 50


class AgentFieldConfig(BaseModel):
    """An agent field as it is saved.

    `judge_model` is a reference as `agents.llm.catalogue` reads it, blank for the organization's default;
    `odyssey_seed_columns` maps an axis to a column, or to true for the column of its own name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    agent_id: str = ""
    judge_model: str = ""
    rubric: str = ""
    criteria: Annotated[tuple[Criterion, ...], Field(max_length=MOST_CRITERIA)] = ()
    odyssey_seed_columns: dict[str, str | bool | None] = Field(default_factory=dict)


def parse_field(data: Mapping[str, Any]) -> AgentFieldConfig:
    """Return the settings that `data` describes; raise FieldInvalid with a problem for each that does not fit."""
    try:
        return AgentFieldConfig.model_validate(data)
    except ValidationError as error:
        raise FieldInvalid.of([_problem(item) for item in error.errors(include_url=False)]) from error


def problems(data: Mapping[str, Any], organization_id: uuid.UUID) -> list[Problem]:
    """Return all that keeps a field with these settings from being published."""
    try:
        return _config_problems(parse_field(data), organization_id)
    except FieldInvalid as error:
        wrong = list(error.problems)
    told = {problem.path[:1] for problem in wrong if problem.path[0] != "criteria"}
    others = _config_problems(parse_field(_without_wrong(data, wrong)), organization_id)
    return [*wrong, *(problem for problem in others if problem.path[:1] not in told)]


def _without_wrong(data: Mapping[str, Any], wrong: Iterable[Problem]) -> dict[str, Any]:
    """Return the settings without those of a wrong shape; criteria keep their places."""
    good = dict(data)
    for problem in wrong:
        match problem.path:
            case ("criteria", int(place), *_):
                good["criteria"] = [*good["criteria"][:place], {"type": "non_empty"}, *good["criteria"][place + 1 :]]
            case (str(name), *_):
                good.pop(name, None)
    return good


def _config_problems(config: AgentFieldConfig, organization_id: uuid.UUID) -> list[Problem]:
    return [
        *_agent_problems(config.agent_id, organization_id),
        *_judge_problems(config.judge_model, organization_id),
        *_rubric_problems(config),
        *_criteria_problems(config),
        *_wiring_problems(config),
    ]


def _agent_problems(agent_id: str, organization_id: uuid.UUID) -> Iterator[Problem]:
    if not agent_id:
        yield Problem("Choose the agent that fills in this field.", "agent_id")
        return
    key = from_public(Agent.ID_PREFIX, agent_id)
    agent = None if key is None else Agent.objects.filter(organization_id=organization_id, pk=key).first()
    if agent is None:
        yield Problem(f"There is no agent {agent_id!r} here. Choose another.", "agent_id")
    elif agent.archived_at is not None:
        yield Problem(f"The agent {agent.name} is archived. Choose another.", "agent_id")
    elif agent.latest_id is None:
        yield Problem(f"The agent {agent.name} is a draft, and a draft can't be dispatched. Publish it.", "agent_id")


def _judge_problems(judge_model: str, organization_id: uuid.UUID) -> Iterator[Problem]:
    # A blank one is settled when a run starts: the organization may set its default until then.
    if judge_model.strip() and resolve_model(organization_id, judge_model) is None:
        message = f"There is no model {judge_model!r} here, or more than one. Choose the judge by its id."
        yield Problem(message, "judge_model")


def _rubric_problems(config: AgentFieldConfig) -> Iterator[Problem]:
    if (message := rubric_problem(config.rubric)) is not None:
        yield Problem(message, "rubric")


def _criteria_problems(config: AgentFieldConfig) -> Iterator[Problem]:
    for place, criterion in enumerate(config.criteria):
        if (message := criterion.problem()) is not None:
            yield Problem(message, "criteria", place, criterion.PROBLEM_KEY)


def _wiring_problems(config: AgentFieldConfig) -> Iterator[Problem]:
    for problem in wiring_problems(config.odyssey_seed_columns):
        yield Problem(problem.message, "odyssey_seed_columns", *problem.path)


_SENTENCES = {
    "extra_forbidden": "There is no such setting here.",
    "missing": "This is required.",
    "string_too_short": "This is required.",
    "dict_type": "Write a JSON object.",
    "too_long": f"Use at most {MOST_CRITERIA} criteria.",
    "union_tag_not_found": "Say which type of criterion it is.",
    "union_tag_invalid": f"There is no such type of criterion. Use one of: {', '.join(CRITERION_TYPES)}.",
}


def _problem(item: Any) -> Problem:
    """Return a problem of the shape under the path that the user wrote, without the branches of unions."""
    place = [part for at, part in enumerate(item["loc"]) if not _is_branch(item["loc"], at)]
    return Problem(_SENTENCES.get(item["type"]) or f"{item['msg']}.", *place)


def _is_branch(path: tuple[str | int, ...], at: int) -> bool:
    """Say whether a part of an error's path only names the member of a union that was tried."""
    if path[0] == "criteria":
        return at == 2 and path[at] in CRITERION_TYPES  # noqa: PLR2004  # criteria, a place, the type
    return path[0] == "odyssey_seed_columns" and at == 2  # noqa: PLR2004  # the columns, an axis, the type
