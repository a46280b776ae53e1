"""What a backend says of itself, for the doctor."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"  #: works, with less than it could
    ERROR = "error"  #: does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report. `fix` is a command or a sentence, and empty where there is nothing to mend."""

    level: Level
    subject: str
    text: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class BackendReport:
    """`version` is that of the tool or engine behind it, empty where it is not there."""

    name: str
    version: str
    findings: tuple[Finding, ...]

    @property
    def is_usable(self) -> bool:
        return all(finding.level is not Level.ERROR for finding in self.findings)

    @property
    def reason(self) -> str:
        """Why it is not usable, in a sentence; empty where it is."""
        return next((finding.text for finding in self.findings if finding.level is Level.ERROR), "")

    @property
    def fix(self) -> str:
        return next((finding.fix for finding in self.findings if finding.level is Level.ERROR), "")
