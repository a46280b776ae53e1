"""The dialects: a name and its module. A new dialect is a file and a line here (and a choice of `Dialect`)."""

import functools
from importlib import import_module
from typing import Protocol, cast

from orchestration.errors import UnknownKind
from orchestration.graph import Graph, JsonObject

DIALECTS = {
    "fields": "orchestration.dialects.fields",
    "steps": "orchestration.dialects.steps",
    "nodes": "orchestration.dialects.nodes",
    "stages": "orchestration.dialects.stages",
}


class DialectModule(Protocol):
    """What a dialect's module offers."""

    def normalize(self, definition: JsonObject) -> JsonObject:
        """Return the definition in full form; raise PipelineInvalid if its shape is wrong."""

    def parse(self, definition: JsonObject) -> Graph:
        """Return the graph of a normalized definition."""

    def path_of(self, definition: JsonObject, node_id: str) -> tuple[str | int, ...]:
        """Return where in the definition a node's own settings stand, to say where a problem is."""


@functools.cache
def dialect(name: str) -> DialectModule:
    try:
        return cast("DialectModule", import_module(DIALECTS[name]))
    except KeyError as error:
        known = ", ".join(sorted(DIALECTS))
        raise UnknownKind(f"There is no dialect {name!r}. Use one of: {known}.") from error
