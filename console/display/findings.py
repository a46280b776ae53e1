"""What is wrong with a definition, put at the node it is about."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from console.errors import Problem

Path = tuple[str | int, ...]


def by_node(paths: Mapping[str, Path], problems: Iterable[Problem]) -> dict[str, tuple[str, ...]]:
    """Return the sentences about each node, given where each node stands in the definition.

    A problem is about the node whose place is the longest beginning of its path; one about none is left out.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for problem in problems:
        inside = [(len(path), node_id) for node_id, path in paths.items() if problem.path[: len(path)] == path]
        if inside:
            found[max(inside)[1]].append(problem.message)
    return {node_id: tuple(sentences) for node_id, sentences in found.items()}
