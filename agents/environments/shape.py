"""The environment of an agent that is code, as it is written down, and what is wrong with one. Pure."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from agents.environments.packages import package_problem
from agents.environments.requirements import distribution_of, requirement_problem
from console.errors import Problem

DEFAULT_PYTHON = "3.13"
PYTHON_VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
MOST_PACKAGES = 50
MOST_REQUIREMENTS = 200
LONGEST_LINE = 300
LONGEST_COMMAND = 32 * 1024

PythonVersion = Literal["", "3.9", "3.10", "3.11", "3.12", "3.13"]
_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_LINE)]


class Environment(BaseModel):
    """What is installed before an agent starts. With nothing in it the agent gets the default image as it is.

    A blank `python_version` is 3.13. `setup_command` is one line of shell, or several.
    """

    model_config = ConfigDict(extra="forbid")

    system_packages: Annotated[list[_Line], Field(max_length=MOST_PACKAGES)] = Field(default_factory=list)
    setup_command: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_COMMAND)] = ""
    requirements: Annotated[list[_Line], Field(max_length=MOST_REQUIREMENTS)] = Field(default_factory=list)
    python_version: PythonVersion = ""

    @property
    def is_default(self) -> bool:
        return self == Environment()

    @property
    def is_prepared(self) -> bool:
        """Say whether something of it is prepared apart from the run: all but the setup command is."""
        return bool(self.system_packages or self.requirements or self.python_version)

    @property
    def python(self) -> str:
        """The version of Python that is meant."""
        return self.python_version or DEFAULT_PYTHON


#: What is told of a field whose value has the wrong shape.
SENTENCES = {
    "system_packages": f"Use at most {MOST_PACKAGES} packages, one on each line, of at most {LONGEST_LINE} characters.",
    "setup_command": f"Use at most {LONGEST_COMMAND:,} characters.",
    "requirements": f"Use at most {MOST_REQUIREMENTS} requirements, one on each line, of at most {LONGEST_LINE} "
    "characters.",
    "python_version": f"Use {', '.join(PYTHON_VERSIONS[:-1])} or {PYTHON_VERSIONS[-1]}, or leave it blank for "
    f"{DEFAULT_PYTHON}.",
}


def environment_problems(environment: Environment) -> list[Problem]:
    """Return what is wrong beyond the shape, with paths below `environment`."""
    found = [
        Problem(sentence, "environment", "system_packages", place)
        for place, name in enumerate(environment.system_packages)
        if (sentence := package_problem(name))
    ]
    found += _twice(environment.system_packages, "system_packages")
    if "\0" in environment.setup_command:
        found.append(Problem("A command can't hold a NUL character.", "environment", "setup_command"))
    return found + _requirement_problems(environment.requirements)


def _requirement_problems(requirements: list[str]) -> list[Problem]:
    problems = {place: requirement_problem(text) for place, text in enumerate(requirements)}
    found = [
        Problem(sentence, "environment", "requirements", place) for place, sentence in problems.items() if sentence
    ]
    if not found:
        found = _twice([distribution_of(text) for text in requirements], "requirements")
    return found


def _twice(names: list[str], field: str) -> list[Problem]:
    return [
        Problem(f"{name} is named twice.", "environment", field, place)
        for place, name in enumerate(names)
        if name in names[:place]
    ]
