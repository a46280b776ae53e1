"""An orchestration with all that its checks look at."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from orchestration.dialects.nodes.findings import Place
from orchestration.dialects.nodes.labels import labels_of
from orchestration.dialects.nodes.parse import parse
from orchestration.dialects.nodes.shape import NodeShape, OrchestrationShape, read, written_path
from orchestration.graph import Graph, JsonObject


@dataclass(frozen=True)
class Written:
    """What was written, its shape and its graph. `at` gives places in the spelling that the writer chose."""

    definition: JsonObject

    @cached_property
    def shape(self) -> OrchestrationShape:
        return read(self.definition)

    @cached_property
    def graph(self) -> Graph:
        return parse(self.definition)

    @cached_property
    def by_id(self) -> dict[str, NodeShape]:
        return {node.id: node for node in self.shape.nodes}

    @cached_property
    def labels(self) -> dict[str, frozenset[str] | None]:
        return {node.id: labels_of(node) for node in self.shape.nodes}

    def ancestors(self, node_id: str) -> frozenset[str]:
        """Return every node that comes before a node."""
        found = self._ancestors.get(node_id)
        if found is None:
            found = self._ancestors[node_id] = self.graph.ancestors(node_id)
        return found

    @cached_property
    def _ancestors(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def input_properties(self) -> dict[str, Any]:
        """Return the properties that the input schema names; none without a schema."""
        properties = (self.shape.input_schema or {}).get("properties")
        return properties if isinstance(properties, dict) else {}

    def at(self, *path: str | int) -> Place:
        return written_path(self.definition, path)
