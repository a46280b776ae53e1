"""What the API answers with, as it comes: JSON objects with known keys."""

from typing import Any, Generic, Literal, TypedDict, TypeVar

Item = TypeVar("Item")
RunStatus = Literal["running", "paused", "completed", "failed", "cancelled"]


class Page(TypedDict, Generic[Item]):
    """A page of a list. Pass `next_cursor` as `cursor` for the page behind it; None is the end."""

    items: list[Item]
    next_cursor: str | None


class Orchestration(TypedDict):
    id: str
    project_id: str
    name: str
    description: str | None
    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    state_schema: dict[str, Any] | None
    input_schema: dict[str, Any] | None
    version: int
    created_at: str
    updated_at: str


class OrchestrationRun(TypedDict):
    id: str
    orchestration_id: str
    status: RunStatus
    state: dict[str, Any]
    active_nodes: list[str]
    artifacts: dict[str, Any]
    error: dict[str, Any] | None
    current_node_id: str | None
    required_action: dict[str, Any] | None
    created_at: str
    updated_at: str


class Finding(TypedDict):
    path: str
    message: str


class Validation(TypedDict):
    valid: bool
    errors: list[Finding]
    warnings: list[Finding]
