import json
from typing import Any

from django import forms
from django.http import QueryDict
from pydantic import JsonValue

from agents.models import Tool
from agents.tools.examples import example_input
from console.errors import Invalid, Problem
from console.forms.service import ServiceForm
from evaluation.strict_json import NotJson, parse


class TryForm(ServiceForm):
    """The input of one call of a tool, to begin with an example of what it takes."""

    input = forms.CharField(label="Input", widget=forms.Textarea)

    def __init__(self, *, tool: Tool, sent: QueryDict | None = None) -> None:
        example: dict[str, Any] = {"input": json.dumps(example_input(tool), indent=2, ensure_ascii=False)}
        super().__init__(sent, initial=example)

    def value(self) -> dict[str, JsonValue]:
        """Return the input; raise Invalid where it is no JSON object."""
        try:
            value = parse(self.sent("input") or "{}")
        except NotJson as error:
            raise Invalid.of([Problem(str(error), "input")]) from error
        if not isinstance(value, dict):
            raise Invalid.of([Problem("Write a JSON object, such as {}.", "input")])
        return value
