"""The part of an agent's form that says what is installed in its sandbox."""

from collections.abc import Mapping
from typing import Any

from django import forms
from pydantic import JsonValue

from agents.environments.requirements import lines_of
from agents.environments.shape import DEFAULT_PYTHON, LONGEST_COMMAND, MOST_PACKAGES, PYTHON_VERSIONS
from console.display.numbers import plural
from console.errors import Problem
from console.forms.service import ServiceForm

_CODE = {"rows": 3, "autocapitalize": "off", "autocomplete": "off", "spellcheck": "false"}
_LISTS = ("system_packages", "requirements")
_FIELDS = (*_LISTS, "setup_command", "python_version")


class EnvironmentPart(ServiceForm):
    system_packages = forms.CharField(
        label="System packages", required=False, widget=forms.Textarea(attrs=_CODE),
        help_text=f"One per line, at most {MOST_PACKAGES}. Debian packages, installed as root.",
    )  # fmt: skip
    requirements = forms.CharField(
        label="Python requirements", required=False, widget=forms.Textarea(attrs=_CODE),
        help_text="One per line, such as httpx>=0.28",
    )  # fmt: skip
    python_version = forms.ChoiceField(
        label="Python version", required=False,
        choices=[("", f"{DEFAULT_PYTHON} (default)"), *((version, version) for version in PYTHON_VERSIONS)],
    )  # fmt: skip
    setup_command = forms.CharField(
        label="Setup command", required=False,
        help_text="Runs in the sandbox before your agent, with its variables. Nonzero fails the run.",
        widget=forms.Textarea(attrs={**_CODE, "rows": 1, "maxlength": LONGEST_COMMAND}),
    )  # fmt: skip

    @staticmethod
    def environment_initial(spec: Mapping[str, Any]) -> dict[str, JsonValue]:
        """Return what the fields show of a spec."""
        kept = spec.get("environment", {})
        return {
            **{name: "\n".join(kept.get(name, ())) for name in _LISTS},
            "setup_command": kept.get("setup_command", ""),
            "python_version": kept.get("python_version", ""),
        }

    def environment(self) -> dict[str, JsonValue]:
        """Return what was typed, as it is sent; comments and blank lines are left out."""
        lists: dict[str, JsonValue] = {name: list[JsonValue](lines_of(self._text(name))) for name in _LISTS}
        return {**lists, **{name: self._text(name).strip() for name in ("setup_command", "python_version")}}

    @property
    def has_environment(self) -> bool:
        """Say whether there is something to see in it, a problem above all."""
        return any(self[name].errors or self._text(name).strip() for name in _FIELDS)

    @property
    def environment_words(self) -> str:
        """Return it in a few words."""
        words = [f"Python {self._text('python_version') or DEFAULT_PYTHON}"]
        for name, noun in (("requirements", "requirement"), ("system_packages", "package")):
            if lines := lines_of(self._text(name)):
                words.append(plural(len(lines), noun))
        return ", ".join([*words, *(["setup command"] if self._text("setup_command").strip() else [])])

    def show(self, problem: Problem) -> None:
        match problem.path:
            case ("environment", str(name), int(place)) if name in _LISTS:
                self.add_error(name, f"Line {self._line(name, place)}: {problem.message}")
            case ("environment", str(name)) if name in _FIELDS:
                self.add_error(name, problem.message)
            case _:
                super().show(problem)

    def _line(self, name: str, place: int) -> int:
        """Return the number of the line that holds an entry, in the text as it was typed."""
        numbers = [number for number, line in enumerate(self._text(name).splitlines(), 1) if lines_of(line)]
        return numbers[place]

    def _text(self, name: str) -> str:
        return str(self[name].value() or "")
