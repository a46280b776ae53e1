import uuid
from typing import Annotated, ClassVar

from pydantic import JsonValue, StringConstraints

from agents.knowledge.reach import memory_of
from agents.models import Memory
from agents.services.memories import Origin, memory_write
from console.access import Actor
from console.errors import DomainError, Problem
from console.ids import from_public
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Answer, Ok, StepContext
from orchestration.steps.configured import Settings, is_mapped, settings_of
from orchestration.steps.effects import EffectNode, NodeFailed


class MemoryWriteSettings(Settings):
    """`tags` may also come by the input mapping, which says `content` and may name the thing by a `key`."""

    memory_id: Annotated[str, StringConstraints(min_length=1)]
    tags: list[str] | None = None


class MemoryWriteStep(EffectNode):
    """Writes an entry of a memory. Its output is `{"action", "entry_id"}`: created, updated or unchanged."""

    settings: ClassVar[type[Settings]] = MemoryWriteSettings

    def work(self, context: StepContext, given: JsonObject) -> Answer:
        settings = settings_of(MemoryWriteSettings, context.node)
        if given.get("content") is None:
            raise NodeFailed("content_missing", "There is nothing to remember: the input content is empty.")
        try:
            memory = memory_of(
                organization_id=context.organization_id, project_id=context.project_id, memory_id=settings.memory_id
            )
            written = memory_write(
                actor=Actor.platform(context.organization_id), memory=memory, content=given["content"],
                tags=_tags(given.get("tags", [*settings.tags] if settings.tags else None)),
                key=str(given.get("key") or ""),
                origin=Origin(context.run_id, context.node.id, f"{context.idempotency_key}:{context.generation}"),
            )  # fmt: skip
        except DomainError as error:
            raise NodeFailed(error.code, error.message) from error
        return Ok({"action": written.action.value, "entry_id": written.entry.public_id})

    def own_problems(self, node: Node) -> list[Problem]:
        found = super().own_problems(node)
        if not is_mapped(node, "content"):
            found.append(Problem("Map what is to be remembered to content.", "input_mapping"))
        return found

    def references(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        memory_id = settings_of(MemoryWriteSettings, node).memory_id
        key = from_public(Memory.ID_PREFIX, memory_id)
        if key is not None and Memory.objects.filter(organization_id=organization_id, pk=key).exists():
            return []
        return [Problem(f"There is no memory {memory_id!r} here. Choose another.", "memory_id")]


def _tags(value: JsonValue) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        raise NodeFailed("input_invalid", "tags is a list of texts.")
    return [str(tag) for tag in value]
