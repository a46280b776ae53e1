"""Kinds of pipeline step that belong to this room; `orchestration.steps.registry` names them by dotted path."""
