"""What a step hands on: small outputs stand in the run's state, large ones in a file that the state refers to."""

import hashlib
import json
from dataclasses import replace
from typing import Any, cast

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pydantic import JsonValue

from agents.redaction import Redactor
from console.storable import unstorable
from orchestration.graph import JsonObject
from orchestration.steps.base import Answer, Failed, Ok, Rewind, Route, StepContext, StepError, Suspend, Terminal

#: The one key of an output that stands for an artifact.
ARTIFACT = "artifact"


class OutputTooLarge(ValueError):
    """An output that a pure step computed, which has nowhere to be kept but the state."""


def kept(context: StepContext, answer: Answer) -> Answer:
    """Return the answer of a step with its output put into an artifact if it is larger than a state may hold.

    The output is then `{"artifact": {"file", "bytes", "sha256"}}`: a name in the file storage, the size and the hash
    of the JSON text there. `CALLBOARD_STEP_OUTPUT_BYTES` is the most that stays in the state. An attempt that loses its
    lease leaves its file behind: all files of a run lie in one folder, which goes when the run does.

    An answer that the database can't keep is a failure that says so.
    """
    if (why := _unstorable(answer)) is not None:
        # Left to the database, this would look like a database that fails, and the step be tried for ever.
        return Failed(StepError("output_unstorable", why), is_retryable=False)
    if isinstance(answer, Failed):
        return _told(answer)
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


def _unstorable(answer: Answer) -> str | None:
    """Return why what an answer holds can't be kept, or None: JSON has no NaN, and the database no NUL."""
    parts: list[Any]
    match answer:
        case Failed():
            return None
        case Suspend():
            parts = [answer.waiting_for, *([child.input, child.title, child.key] for child in answer.children)]
        case Rewind():
            parts = [answer.output, answer.feedback]
        case Route():
            parts = [answer.output, answer.key]
        case _:
            parts = [answer.output]
    try:
        text = json.dumps(parts, allow_nan=False)
    except (TypeError, ValueError) as error:
        return f"The step's output is not JSON: {error}."
    # Without an escape there is nothing that could not be kept. Most outputs end here.
    if "\\u" in text and next(unstorable(parts), None) is not None:
        return "The step's output holds the character NUL or half of a character, which can't be stored."
    return None


def _told(failure: Failed) -> Failed:
    """Return a failure as it can be stored: what can't be stands as a mark."""
    clean = Redactor(())
    details = cast("JsonObject", clean.value(dict(failure.error.details)))
    error = StepError(clean(failure.error.code), clean(failure.error.message), details)
    return replace(failure, error=error)
