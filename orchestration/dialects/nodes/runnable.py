"""Whether an orchestration can be run: what keeps it from that fails the run before any node is carried out."""

from pydantic import JsonValue

from orchestration.dialects.nodes.check import check
from orchestration.graph import JsonObject
from orchestration.steps.base import StepError
from orchestration.validation import Severity

CYCLE = "ORCHESTRATION_CYCLE_DETECTED"
INVALID = "ORCHESTRATION_VALIDATION_FAILED"


def unrunnable(definition: JsonObject) -> StepError | None:
    """Return why a run of the definition fails at its start; None where it may begin."""
    errors = [found for found in check(definition) if found.severity is Severity.ERROR]
    cycle = next((found for found in errors if found.is_cycle), None)
    if cycle is not None:
        return StepError(CYCLE, cycle.message)
    if not errors:
        return None
    more = f" And {len(errors) - 1} more." if len(errors) > 1 else ""
    problems: list[JsonValue] = [{"path": found.written_path, "message": found.message} for found in errors]
    return StepError(INVALID, f"{errors[0].written_path}: {errors[0].message}{more}", {"errors": problems})
