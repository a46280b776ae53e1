"""The form of an HTTP tool: the same page adds one and edits one."""

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from pydantic import JsonValue

from agents.models import Credential, Method, SendAs, Tool
from agents.models.tools import DEFAULT_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS
from agents.tools.description import LONGEST_DESCRIPTION, LONGEST_NAME, ToolDescription
from console.errors import Problem
from console.forms import agent_rows
from console.forms.agent_rows import VariableRow
from console.forms.service import ServiceForm
from evaluation.strict_json import NotJson, parse

_CODE = {"spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


class ToolForm(ServiceForm):
    name = forms.CharField(label="Name", widget=forms.TextInput(attrs={"maxlength": LONGEST_NAME}))
    description = forms.CharField(
        label="Description", required=False, widget=forms.TextInput(attrs={"maxlength": LONGEST_DESCRIPTION})
    )
    method = forms.ChoiceField(label="Method", choices=Method.choices)
    url = forms.CharField(
        label="URL", widget=forms.TextInput(attrs={"inputmode": "url", **_CODE}),
        help_text="Placeholders such as {{name}} are filled from the input, behind the host",
    )  # fmt: skip
    timeout_s = forms.CharField(
        label="Timeout", help_text=f"1 to {LONGEST_TIMEOUT_SECONDS} s",
        widget=forms.NumberInput(attrs={"min": 1, "max": LONGEST_TIMEOUT_SECONDS}),
    )  # fmt: skip
    body = forms.CharField(label="Body", required=False, widget=forms.Textarea)
    credential_id = forms.ChoiceField(label="Credential", required=False, help_text="Sent with each call")
    send_as = forms.ChoiceField(label="Sent as", choices=SendAs.choices)
    credential_header = forms.CharField(
        label="Header", required=False, help_text="Where it has one of its own, such as X-Api-Key",
        widget=forms.TextInput(attrs=_CODE),
    )  # fmt: skip
    input_schema = forms.CharField(label="Input schema", required=False, widget=forms.Textarea)
    output_schema = forms.CharField(label="Output schema", required=False, widget=forms.Textarea)

    def __init__(
        self, *, credentials: Iterable[Credential], tool: Tool | None = None, sent: QueryDict | None = None
    ) -> None:
        super().__init__(sent, initial=_initial(tool or Tool()))
        self.header_rows = (
            agent_rows.variables_of({"headers": tool.headers if tool else []}, "headers")
            if sent is None
            else agent_rows.variables_sent(sent, "header")
        )
        field = self.fields["credential_id"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # declared above
        field.choices = [("", "None"), *((row.public_id, f"{row.name} ****{row.hint}") for row in credentials)]

    @property
    def blank_header(self) -> VariableRow:
        return VariableRow(agent_rows.next_number(self.header_rows))

    def tool(self) -> ToolDescription:
        """Return the tool that was typed, with what of it can't be read."""
        unread: list[Problem] = []
        return ToolDescription(
            name=self.sent("name"),
            description=self.sent("description"),
            method=self.sent("method"),
            url=self.sent("url"),
            credential_id=self.sent("credential_id"),
            send_as=self.sent("send_as"),
            credential_header=self.sent("credential_header"),
            input_schema=self._schema("input_schema", unread),
            output_schema=self._schema("output_schema", unread),
            body=agent_rows.one_newline(self.sent("body")),
            headers=tuple(_header(row) for row in self.header_rows),
            timeout_s=self._seconds(),
            unread=tuple(unread),
        )

    def show(self, problem: Problem) -> None:
        match problem.path:
            case ("headers", int(place), str(part)):
                row = self.header_rows[place]
                is_missing = part == "value" and row.kind == "credential"
                message = "Choose a credential." if is_missing else problem.message
                row.problems.setdefault("credential" if is_missing or part == "credential_id" else part, message)
            case ("input_schema" | "output_schema" as name, *_):
                self.add_error(name, f"{_place(problem)}{problem.message}")
            case _:
                super().show(problem)

    def _schema(self, name: str, unread: list[Problem]) -> dict[str, JsonValue] | None:
        if not (text := self.sent(name)):
            return None
        try:
            value = parse(text)
        except NotJson as error:
            unread.append(Problem(str(error), name))
            return None
        if not isinstance(value, dict):
            unread.append(Problem("A schema is a JSON object.", name))
            return None
        return value

    def _seconds(self) -> int:
        text = self.sent("timeout_s")
        return int(text) if text.isdecimal() and len(text) < len("99999") else 0


def _header(row: VariableRow) -> dict[str, str]:
    if row.kind == "credential":
        return {"name": row.name, **({"credential_id": row.credential} if row.credential else {})}
    return {"name": row.name, "value": row.value}


def _place(problem: Problem) -> str:
    inner = ".".join(str(part) for part in problem.path[1:])
    return f"{inner}: " if inner else ""


def _initial(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.description,
        "method": tool.method,
        "url": tool.url,
        "timeout_s": tool.timeout_s or DEFAULT_TIMEOUT_SECONDS,
        "body": tool.body,
        "credential_id": tool.credential.public_id if tool.credential else "",
        "send_as": tool.send_as,
        "credential_header": tool.credential_header,
        "input_schema": _json(tool.input_schema),
        "output_schema": _json(tool.output_schema),
    }


def _json(schema: JsonValue) -> str:
    return "" if schema is None else json.dumps(schema, indent=2, ensure_ascii=False)
