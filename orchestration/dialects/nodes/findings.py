"""What was found in an orchestration, at the place where its writer sees it."""

from dataclasses import dataclass

from orchestration.validation import Severity

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class NodeFinding:
    """One thing found. `path` leads to it in what was written, such as `("nodes", 2, "expression")`."""

    severity: Severity
    message: str
    path: Place = ()
    is_cycle: bool = False

    @property
    def written_path(self) -> str:
        """Return the path as people write it: `nodes[2].expression`."""
        parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return "".join(parts).removeprefix(".")


def error(message: str, *path: str | int) -> NodeFinding:
    return NodeFinding(Severity.ERROR, message, path)


def warning(message: str, *path: str | int) -> NodeFinding:
    return NodeFinding(Severity.WARNING, message, path)
