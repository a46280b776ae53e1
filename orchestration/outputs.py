"""What a step hands on: small outputs stand in the run's state, large ones in a file that the state refers to."""

import hashlib
import json
from dataclasses import replace
from typing import cast

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pydantic import JsonValue

from orchestration.graph import JsonObject
from orchestration.steps.base import Answer, Ok, Route, StepContext, Terminal

#: The one key of an output that stands for an artifact.
ARTIFACT = "artifact"


class OutputTooLarge(ValueError):
    """An output that a pure step computed, which has nowhere to be kept but the state."""


def kept(context: StepContext, answer: Answer) -> Answer:
    """Return the answer of a step with its output put into an artifact if it is larger than a state may hold.

    The output is then `{"artifact": {"file", "bytes", "sha256"}}`: a name in the file storage, the size and the hash
    of the JSON text there. `CALLBOARD_STEP_OUTPUT_BYTES` is the most that stays in the state. An attempt that loses its
    lease leaves its file behind: all files of a run lie in one folder, which goes when the run does.
    """
    if not isinstance(answer, Ok | Route | Terminal):
        return answer
    text = _text(answer.output)
    if len(text) <= settings.CALLBOARD_STEP_OUTPUT_BYTES:
        return answer
    file = default_storage.save(f"outputs/{context.run_id}/{context.step_id}.json", ContentFile(text))
    artifact: JsonObject = {"file": file, "bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    return replace(answer, output={ARTIFACT: artifact})


def ensure_small(output: JsonValue) -> None:
    """Raise OutputTooLarge for an output that a state can't hold."""
    size, most = len(_text(output)), settings.CALLBOARD_STEP_OUTPUT_BYTES
    if size > most:
        raise OutputTooLarge(
            f"The step's output is {size:,} bytes of JSON; {most:,} is the most. Select only what later steps need."
        )


def whole(output: JsonValue) -> JsonValue:
    """Return an output as the step answered it, wherever it is kept. Raises ValueError if its file was altered."""
    if not isinstance(output, dict) or output.keys() != {ARTIFACT}:
        return output
    artifact = cast("dict[str, str]", output[ARTIFACT])
    with default_storage.open(artifact["file"], "rb") as file:
        text = file.read()
    if hashlib.sha256(text).hexdigest() != artifact["sha256"]:
        raise ValueError(f"The file {artifact['file']} is not the one that the step wrote.")
    return cast("JsonValue", json.loads(text))


def _text(output: JsonValue) -> bytes:
    return json.dumps(output).encode()
