"""Orchestrations: nodes and edges that advance in rounds.

`shape` reads what was written, `parse` makes the graph, `check` says what is wrong with it or looks like a mistake.
"""

from orchestration.dialects.nodes.parse import normalize, parse, path_of

__all__ = ["normalize", "parse", "path_of"]
