"""Pipelines of steps: a trigger, and steps that start when all that leads to them is done.

`shape` reads what was written, `wiring` gathers the ways between steps, `parse` makes the graph.
"""

from orchestration.dialects.steps.parse import normalize, parse, path_of

__all__ = ["normalize", "parse", "path_of"]
