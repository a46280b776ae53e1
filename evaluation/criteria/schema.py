"""Validates JSON against a JSON Schema in a process of its own, with limits.

A schema can be made to take for ever: by its patterns, by references that double at every level, by the answer it is
laid over. A process can be ended; a function in a worker can't.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import cast

from pydantic import JsonValue

_CHILD = Path(__file__).with_name("schema_child.py")
#: Somewhat over what the child allows itself of the processor.
_LONGEST_SECONDS = 10


class SchemaUndecided(Exception):
    """It was not settled whether the value fits: the schema took too long, or more memory than there is for it."""


class SchemaUnusable(Exception):
    """The schema itself is wrong."""


def schema_error(schema: dict[str, JsonValue], value: JsonValue) -> str | None:
    """Return why `value` does not fit, in a sentence, or None where it does; raise SchemaUndecided, SchemaUnusable."""
    try:
        child = subprocess.run(
            # Isolated from the environment and from the folder it runs in.
            [sys.executable, "-I", str(_CHILD)],
            input=json.dumps({"schema": schema, "value": value}).encode(),
            capture_output=True,
            timeout=_LONGEST_SECONDS,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SchemaUndecided(_TOO_LONG) from error
    if child.returncode != 0:
        raise SchemaUndecided(_TOO_LONG)
    answer = json.loads(child.stdout)
    if "unusable" in answer:
        raise SchemaUnusable(f"The schema can't be used: {answer['unusable']}")
    return cast("str | None", answer["error"])


_TOO_LONG = "The schema took too long, or too much memory."
