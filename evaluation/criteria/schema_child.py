"""The process that `schema.py` starts: `{"schema", "value"}` on stdin, `{"error"}` or `{"unusable"}` on stdout."""

import json
import resource
import sys
from typing import Any

import jsonschema
from jsonschema.exceptions import SchemaError, best_match
from jsonschema.validators import validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

_MOST_SECONDS = 3
_MOST_BYTES = 1024 * 1024 * 1024
_LONGEST_MESSAGE = 200


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    task = json.load(sys.stdin)
    json.dump(_answer(task["schema"], task["value"]), sys.stdout)


def _answer(schema: Any, value: Any) -> dict[str, str | None]:
    kind = validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(schema)
        # An empty registry: a schema may refer to its own parts and to nothing that would have to be fetched.
        error = best_match(kind(schema, registry=Registry()).iter_errors(value))
    except SchemaError as wrong:
        return {"unusable": _sentence(wrong)}
    except Unresolvable as wrong:
        return {"unusable": f"it refers to {wrong.ref}, which it does not hold."}
    return {"error": None if error is None else _sentence(error)}


def _sentence(error: Any) -> str:
    message = str(error.message)
    short = message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}…"
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    return f"At {place.lstrip('.')}: {short}." if place else f"{short}."


if __name__ == "__main__":
    main()
