"""A criterion's row in the Pipeline Builder, as it was typed, right or wrong."""

import json
from dataclasses import dataclass, field
from typing import cast

from django.http import QueryDict
from pydantic import JsonValue

from evaluation.criteria import CRITERIA

Json = dict[str, JsonValue]
Problems = dict[str, str]


@dataclass(slots=True)
class CriterionRow:
    """One criterion. `value` is a text, or the text of a JSON Schema."""

    uid: str
    type: str = "contains"
    name: str = ""
    value: str = ""
    ignore_case: bool = False
    problems: Problems = field(default_factory=dict)

    @classmethod
    def of(cls, uid: str, data: Json) -> "CriterionRow":
        schema = data.get("schema")
        value = data.get("value", "") if schema is None else schema
        return cls(
            uid, str(data.get("type", "")), str(data.get("name", "")),
            value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False),
            bool(data.get("ignore_case")),
        )  # fmt: skip

    @classmethod
    def sent(cls, uid: str, data: QueryDict, prefix: str) -> "CriterionRow":
        name = f"{prefix}-{uid}"
        return cls(
            uid, data.get(f"{name}-type", "")[:32], data.get(f"{name}-name", "").strip(),
            one_newline(data.get(f"{name}-value", "")), f"{name}-ignore_case" in data,
        )  # fmt: skip

    @property
    def controls(self) -> list[tuple[str, str]]:
        """Return its controls as names and values, as its field names them."""
        settings = {"type": self.type, "name": self.name, "value": self.value}
        settings["ignore_case"] = "on" if self.ignore_case else ""
        return [("criterion", self.uid), *((f"c-{self.uid}-{name}", value) for name, value in settings.items())]

    @property
    def takes(self) -> frozenset[str]:
        """Return the settings that its type has: value, schema, ignore_case."""
        kind = CRITERIA.get(self.type)
        fields = kind.model_fields.values() if kind else ()
        names = [*(kind.model_fields if kind else ()), *(item.alias for item in fields if item.alias)]
        return frozenset(names)

    @property
    def hint(self) -> str:
        kind = CRITERIA.get(self.type)
        return (kind.__doc__ or "").splitlines()[0].strip() if kind else "There is no such type of criterion."

    @property
    def types(self) -> list[tuple[str, str]]:
        """Return what it may be, by name and label; a type that is unknown stays among them as it is."""
        labels = [(name, kind.LABEL) for name, kind in CRITERIA.items()]
        return labels if self.type in CRITERIA else [*labels, (self.type, self.type)]

    def as_json(self) -> Json:
        data: Json = {"type": self.type}
        if self.name:
            data["name"] = self.name
        if "value" in self.takes:
            data["value"] = self.value
        if "schema" in self.takes:
            data["schema"] = _parsed(self.value)
        if "ignore_case" in self.takes and self.ignore_case:
            data["ignore_case"] = True
        return data


def one_newline(text: str) -> str:
    """Undo what browsers do to the ends of lines when they send a form."""
    return text.replace("\r\n", "\n")


def _parsed(text: str) -> JsonValue:
    """Return the JSON of a text, or the text as it is: a draft keeps what can't be read yet."""
    try:
        return cast("JsonValue", json.loads(text))
    except ValueError:
        return text
