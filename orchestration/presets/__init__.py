"""Templates that come with Callboard. A project gets them when it is made; they can be run and copied, not changed."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from orchestration.graph import JsonObject
from orchestration.models import Pipeline

#: The key of a draft that says which of the presets it is.
PRESET = "preset"
_FOLDER = Path(__file__).parent


@cache
def presets() -> Mapping[str, Mapping[str, Any]]:
    """Return the templates by their names in code, each `{"name", "description", "stages", "parameters"}`."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(_FOLDER.glob("*.json"))}


def is_preset(pipeline: Pipeline) -> bool:
    return PRESET in pipeline.draft


def definition_of(pipeline: Pipeline) -> JsonObject:
    """Return the draft as somebody could have written it, without what makes it a preset."""
    draft: dict[str, JsonValue] = pipeline.draft
    return {key: value for key, value in draft.items() if key != PRESET}
