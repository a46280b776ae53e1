from typing import Annotated, ClassVar

from pydantic import Field, JsonValue

from agents.knowledge.search import search
from console.errors import DomainError
from orchestration.graph import JsonObject
from orchestration.steps.base import Answer, Ok, StepContext
from orchestration.steps.configured import Settings, settings_of
from orchestration.steps.effects import EffectNode, NodeFailed

MOST_RESULTS = 100


class KnowledgeSettings(Settings):
    """What is searched and for how many results. The input mapping may say each of these, too, and says `query`."""

    query: str = ""
    source_ids: list[str] | None = None
    memory_ids: list[str] | None = None
    memory_tags: list[str] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_RESULTS)] = 10


class KnowledgeStep(EffectNode):
    """Searches knowledge sources and memories. Its output is `{"results"}`, the best first."""

    settings: ClassVar[type[Settings]] = KnowledgeSettings

    def work(self, context: StepContext, given: JsonObject) -> Answer:
        settings = settings_of(KnowledgeSettings, context.node)
        wanted = _wanted(settings, given)
        if not wanted.query.strip():
            raise NodeFailed("query_missing", "There is nothing to search for: map a text to the input query.")
        try:
            hits = search(
                organization_id=context.organization_id, project_id=context.project_id, query=wanted.query,
                source_ids=wanted.source_ids, memory_ids=wanted.memory_ids, memory_tags=wanted.memory_tags,
                limit=wanted.limit,
            )  # fmt: skip
        except DomainError as error:
            raise NodeFailed(error.code, error.message) from error
        results: list[JsonValue] = [hit.as_json() for hit in hits]
        return Ok({"results": results})


def _wanted(settings: KnowledgeSettings, given: JsonObject) -> KnowledgeSettings:
    """Return the settings with what the input mapping says in their place."""
    try:
        return KnowledgeSettings.model_validate({**settings.model_dump(), **settings_named(given)})
    except ValueError as error:
        raise NodeFailed("input_invalid", "query is a text, limit a number, the others are lists of texts.") from error


def settings_named(given: JsonObject) -> JsonObject:
    """Return an input with its keys in snake_case, whichever way they were written."""
    names = {"memoryIds": "memory_ids", "memoryTags": "memory_tags", "sourceIds": "source_ids"}
    return {names.get(key, key): value for key, value in given.items() if value is not None}
