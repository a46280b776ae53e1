"""The form of an agent: the same page registers one and edits one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.http import QueryDict
from pydantic import JsonValue

from agents.models import Agent, Credential, SandboxDefinition
from agents.models.topics import LONGEST_TOPIC
from agents.services.agents import LONGEST_DESCRIPTION, LONGEST_NAME
from agents.services.git_tokens import own_token
from agents.sources.files import MOST_FILE_BYTES
from agents.sources.paste import FILE_NAME
from agents.spec import (
    DEFAULT_CONCURRENCY,
    DEFAULT_RUN_SECONDS,
    LONGEST_INSTRUCTIONS,
    LONGEST_RUN_SECONDS,
    MOST_CONCURRENCY,
    MOST_TOKENS,
)
from console.errors import Invalid, Problem
from console.forms import agent_prompt, agent_rows
from console.forms.agent_check import Check, check
from console.forms.agent_environment import EnvironmentPart
from console.forms.agent_git import GitPart
from console.forms.agent_image import ImagePart
from console.forms.agent_rows import FileRow, VariableRow
from console.forms.agent_sandbox import SandboxPart
from console.forms.agent_zip import ZipPart
from console.forms.builder_choices import Choice
from console.forms.service import ServiceForm


class Listed(NamedTuple):
    """A problem in the foot of the form, linked to its field."""

    label: str
    url: str
    message: str


class AgentForm(GitPart, ZipPart, EnvironmentPart, ImagePart, SandboxPart, ServiceForm):
    FIELDS: ClassVar = {"kind": "source", **GitPart.GIT_FIELDS, **ZipPart.ZIP_FIELDS}

    name = forms.CharField(label="Name", widget=forms.TextInput(attrs={"maxlength": LONGEST_NAME}))
    description = forms.CharField(
        label="Description", required=False, widget=forms.TextInput(attrs={"maxlength": LONGEST_DESCRIPTION})
    )
    source = forms.CharField(label="Code source")
    code = forms.CharField(label="Code", widget=forms.Textarea)
    entrypoint = forms.CharField(label="Entrypoint", help_text="A top-level function")
    entrypoint_file = forms.CharField(label="Entrypoint file", help_text="The file that defines it")
    run_timeout_s = forms.CharField(
        label="Run timeout", help_text=f"1 to {LONGEST_RUN_SECONDS} s",
        widget=forms.NumberInput(attrs={"min": 1, "max": LONGEST_RUN_SECONDS}),
    )  # fmt: skip
    concurrency = forms.CharField(
        label="Runs at once", help_text=f"1 to {MOST_CONCURRENCY}, from when it is saved",
        widget=forms.NumberInput(attrs={"min": 1, "max": MOST_CONCURRENCY}),
    )  # fmt: skip
    network = forms.CharField(label="Network access")
    runtime = forms.CharField(label="How your agent runs")
    instructions = forms.CharField(
        label="Instructions", widget=forms.Textarea(attrs={"maxlength": LONGEST_INSTRUCTIONS})
    )
    model = forms.ChoiceField(label="Model", required=False)
    topic = forms.CharField(
        label="Topic", required=False, help_text="Whose model to ask, where none is named",
        widget=forms.TextInput(attrs={"maxlength": LONGEST_TOPIC, "autocapitalize": "off"}),
    )  # fmt: skip
    temperature = forms.CharField(
        label="Temperature", required=False, help_text="0 to 2", widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    max_tokens = forms.CharField(
        label="Longest answer", required=False, help_text="In tokens",
        widget=forms.NumberInput(attrs={"min": 1, "max": MOST_TOKENS}),
    )  # fmt: skip
    output_schema = forms.CharField(label="Output schema", required=False, widget=forms.Textarea)
    roles = forms.CharField(label="Roles", required=False, help_text="What it can be asked for, with commas between")

    def __init__(
        self,
        *,
        agent: Agent | None = None,
        models: Sequence[Choice] = (),
        credentials: Iterable[Credential] = (),
        definitions: Iterable[SandboxDefinition] = (),
        sent: QueryDict | None = None,
    ) -> None:
        spec = agent.draft if agent else {}
        code = spec.get("source", {})
        super().__init__(
            sent,
            initial={
                "name": agent.name if agent else "",
                "description": agent.description if agent else "",
                "source": code.get("kind", "paste"),
                "code": code.get("code", ""),
                "archive_id": code.get("archive_id", ""),
                "entrypoint": spec.get("entrypoint", "run"),
                "entrypoint_file": spec.get("entrypoint_file", FILE_NAME),
                "run_timeout_s": spec.get("run_timeout_s", DEFAULT_RUN_SECONDS),
                "concurrency": spec.get("concurrency", DEFAULT_CONCURRENCY),
                **self.sandbox_initial(spec),
                **agent_prompt.initial(spec),
                **self.environment_initial(spec),
                **self.image_initial(spec),
                **self.git_initial(code if code.get("kind") == "git" else {}),
            },
        )
        self.has_token = agent is not None and own_token(agent) is not None
        self.offer_credentials(credentials)
        self.offer_definitions(definitions)
        agent_prompt.offer(self.fields["model"], models, str(self["model"].value() or ""))
        self.variable_rows = agent_rows.variables_of(spec) if sent is None else agent_rows.variables_sent(sent)
        self.file_rows = agent_rows.files_of(spec) if sent is None else agent_rows.files_sent(sent)

    @property
    def has_files(self) -> bool:
        return self._value("source") == "files"

    @property
    def is_git(self) -> bool:
        return self._value("source") == "git"

    @property
    def is_zip(self) -> bool:
        return self._value("source") == "zip"

    @property
    def blank_variable(self) -> VariableRow:
        return VariableRow(agent_rows.next_number(self.variable_rows))

    @property
    def blank_file(self) -> FileRow:
        return FileRow(agent_rows.next_number(self.file_rows))

    @property
    def is_prompt(self) -> bool:
        return self._value("runtime") == "prompt"

    def agent(self) -> dict[str, Any]:
        """Return what was typed as the services take it; raise Invalid where a part of it can't be read."""
        spec = agent_prompt.spec_of(self._value) if self.is_prompt else self._code_spec()
        spec |= {"concurrency": self._value("concurrency"), "roles": agent_prompt.roles_of(self._value("roles"))}
        return {"name": self._value("name"), "description": self._value("description"), "spec": spec}

    def _code_spec(self) -> dict[str, Any]:
        if self.has_files:
            self._check_names()
        return {
            "source": self._source(),
            "entrypoint_file": self._entrypoint_file(),
            "env": [row.as_json() for row in self.variable_rows],
            "environment": self.environment(),
            "dockerfile": self.image_body(),
            **self.sandbox(),
            **{name: self._value(name) for name in ("entrypoint", "run_timeout_s")},
        }

    def check(self) -> Check:
        """Say what can be said of the code before it is saved."""
        entrypoint, entrypoint_file = self._value("entrypoint"), self._entrypoint_file()
        return check(self._source(), entrypoint=entrypoint, entrypoint_file=entrypoint_file)

    def show(self, problem: Problem) -> None:
        match problem.path:
            case ("env", int(place), *rest):
                self._show_variable(self.variable_rows[place], str(rest[0]) if rest else "", problem.message)
            case ("source", "files", int(place)):
                self.file_rows[place].problems["path"] = problem.message
            case ("source", "files", str(path)):
                row = next(row for row in self.file_rows if row.path == path)
                is_large = len(row.text.encode()) > MOST_FILE_BYTES
                row.problems.setdefault("text" if is_large else "path", problem.message)
            case ("output_schema" | "roles" as field, *_):
                self.add_error(field, problem.message)
            case ("source",) | ("source", "code" | "files"):
                self._show_code(problem)
            case _:
                super().show(problem)

    @property
    def listed(self) -> list[Listed]:
        """Return every problem with a link to its control."""
        found = [Listed(str(field.label), f"#{field.auto_id}", str(field.errors[0])) for field in self if field.errors]
        for file in self.file_rows:
            found += _listed(file.path or "A file", f"file-{file.number}", file.problems)
        for variable in self.variable_rows:
            found += _listed(variable.name or "A variable", f"env-{variable.number}", variable.problems)
        return found

    def _value(self, name: str) -> str:
        return str(self[name].value() or "").strip()

    def _source(self) -> dict[str, JsonValue]:
        if self.is_git:
            return self.git_source()
        if self.is_zip:
            return self.zip_source()
        if self.has_files:
            return {"kind": "files", "files": {row.path: row.text for row in self.file_rows}}
        return {"kind": "paste", "code": agent_rows.one_newline(str(self["code"].value() or ""))}

    def _entrypoint_file(self) -> str:
        return self._value("entrypoint_file") if self.has_files or self.is_git or self.is_zip else FILE_NAME

    def _check_names(self) -> None:
        names: set[str] = set()
        found = []
        for place, row in enumerate(self.file_rows):
            if not row.path:
                found.append(Problem("Name the file, such as helpers.py.", "source", "files", place))
            elif row.path in names:
                found.append(Problem("Another file has this name.", "source", "files", place))
            names.add(row.path)
        if found:
            raise Invalid.of(found)

    def _show_variable(self, row: VariableRow, part: str, message: str) -> None:
        if part == "name":
            row.problems.setdefault("name", message)
        elif row.kind == "credential":
            row.problems.setdefault("credential", message if part else "Choose a credential.")
        else:
            row.problems.setdefault("value", message)

    def _show_code(self, problem: Problem) -> None:
        """Put a problem of the code as a whole where the code is: in its file, if it names one."""
        if not self.has_files:
            self.add_error("code", problem.message)
            return
        named = next((row for row in self.file_rows if problem.message.startswith(f"{row.path}, line")), None)
        if named:
            named.problems.setdefault("text", problem.message)
        else:
            self.add_error("source", problem.message)


def _listed(label: str, prefix: str, problems: Mapping[str, str]) -> list[Listed]:
    return [Listed(label, f"#id_{prefix}-{control}", message) for control, message in problems.items()]
