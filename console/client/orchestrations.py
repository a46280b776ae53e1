"""What can be asked about orchestrations and their runs."""

from collections.abc import Sequence
from typing import Any

from .calls import Call, given
from .shapes import Orchestration, OrchestrationRun, Page, Validation

_ALL = "/api/v1/orchestrations"
_ONE = f"{_ALL}/{{orchestration_id}}"
_RUNS = f"{_ONE}/runs"
_RUN = f"{_RUNS}/{{orchestration_run_id}}"

Json = dict[str, Any]


def create(
    *,
    name: str,
    nodes: Sequence[Json],
    edges: Sequence[Json],
    project_id: str | None = None,
    description: str | None = None,
    state_schema: Json | None = None,
    input_schema: Json | None = None,
) -> Call[Orchestration]:
    body = given(
        name=name, nodes=list(nodes), edges=list(edges), project_id=project_id, description=description,
        state_schema=state_schema, input_schema=input_schema,
    )  # fmt: skip
    return Call("POST", _ALL, body=body)


def validate(*, nodes: Sequence[Json], edges: Sequence[Json], **schemas: Json) -> Call[Validation]:
    """Check a graph without storing it. `schemas` are `state_schema` and `input_schema`."""
    return Call("POST", f"{_ALL}/validate", body={"nodes": list(nodes), "edges": list(edges), **schemas})


def listed(
    *, project_id: str | None = None, cursor: str | None = None, limit: int | None = None
) -> Call[Page[Orchestration]]:
    return Call("GET", _ALL, query=given(project_id=project_id, cursor=cursor, limit=limit))


def get(orchestration_id: str) -> Call[Orchestration]:
    return Call("GET", _ONE, _of(orchestration_id))


def update(
    orchestration_id: str,
    *,
    name: str | None = None,
    nodes: Sequence[Json] | None = None,
    edges: Sequence[Json] | None = None,
    description: str | None = None,
    state_schema: Json | None = None,
    input_schema: Json | None = None,
) -> Call[Orchestration]:
    """Change what is given; the rest stays."""
    body = given(
        name=name, nodes=nodes, edges=edges, description=description, state_schema=state_schema,
        input_schema=input_schema,
    )  # fmt: skip
    return Call("PATCH", _ONE, _of(orchestration_id), body=body)


def delete(orchestration_id: str) -> Call[None]:
    return Call("DELETE", _ONE, _of(orchestration_id))


def start_run(
    orchestration_id: str,
    *,
    input: Json | None = None,  # noqa: A002  # as the API calls it
    wait: bool | float = False,
) -> Call[OrchestrationRun]:
    """Start a run. With `wait`, true or seconds, the answer comes when it has ended or pauses."""
    return Call("POST", _RUNS, _of(orchestration_id), body={"input": input or {}, "wait": wait})


def runs(orchestration_id: str, *, cursor: str | None = None, limit: int | None = None) -> Call[Page[OrchestrationRun]]:
    return Call("GET", _RUNS, _of(orchestration_id), query=given(cursor=cursor, limit=limit))


def get_run(orchestration_id: str, run_id: str) -> Call[OrchestrationRun]:
    return Call("GET", _RUN, _of(orchestration_id, run_id))


def cancel_run(orchestration_id: str, run_id: str) -> Call[OrchestrationRun]:
    return Call("POST", f"{_RUN}/cancel", _of(orchestration_id, run_id))


def resume_run(orchestration_id: str, run_id: str) -> Call[OrchestrationRun]:
    return Call("POST", f"{_RUN}/resume", _of(orchestration_id, run_id))


def submit_human_input(orchestration_id: str, run_id: str, *, node_id: str, output: Json) -> Call[OrchestrationRun]:
    body = {"node_id": node_id, "output": output}
    return Call("POST", f"{_RUN}/human-input", _of(orchestration_id, run_id), body=body)


def _of(orchestration_id: str, run_id: str | None = None) -> dict[str, str]:
    return given(orchestration_id=orchestration_id, orchestration_run_id=run_id)
