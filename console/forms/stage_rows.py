"""The rows of the stages editor: stages and parameters as they were typed, right or wrong.

As in the Pipeline Builder each row has a name of its own, `uid`, so that it keeps its controls when it moves. A check
names the stage it sends back by that, not by its place: whoever moves a stage takes what refers to it along.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from django.http import QueryDict
from pydantic import JsonValue

from console.forms.criterion_rows import Json, Problems, one_newline
from orchestration.dialects.stages.shapes import DEFAULT_RETRIES, GateDecision, InputType, Requirement, StageType

UID = re.compile(r"[0-9a-z]{1,6}")
#: What the editor has controls for; the rest of a stage travels with the form as it is.
_EDITED = frozenset({
    "name", "topic", "prompt", "promptTemplate", "agent", "stageType", "type", "maxRetries", "retryTargetStage",
    "approvalGate",
})  # fmt: skip
_TIMES = {1: "s", 60: "m", 3600: "h", 86_400: "d"}


@dataclass(slots=True)
class StageRow:
    """One stage. `target` is the uid of the stage that a check sends back; blank for the one before it."""

    uid: str
    name: str = ""
    topic: str = ""
    prompt: str = ""
    agent: str = ""
    is_qa: bool = False
    target: str = ""
    max_retries: str = str(DEFAULT_RETRIES)
    has_gate: bool = False
    approvers: str = ""
    role: str = ""
    timeout: str = ""
    unit: str = "3600"
    default: str = GateDecision.STOP.value
    rest: str = "{}"
    is_open: bool = True
    problems: Problems = field(default_factory=dict)

    @classmethod
    def of(cls, uid: str, data: Json, uids: Sequence[str]) -> "StageRow":
        """Return the row of a stage; `uids` are those of all stages, in order."""
        gate = data.get("approvalGate")
        settings: Json = gate if isinstance(gate, dict) else {}
        timeout, unit = _split_time(settings.get("timeoutSeconds"))
        target = data.get("retryTargetStage")
        is_known = isinstance(target, int) and not isinstance(target, bool) and 0 <= target < len(uids)
        approvers = settings.get("approvers")
        return cls(
            uid=uid, name=_text(data, "name"), topic=_text(data, "topic"),
            prompt=_text(data, "prompt") or _text(data, "promptTemplate"), agent=_text(data, "agent"),
            is_qa=StageType.QA_VALIDATION.value in (data.get("stageType"), data.get("type")),
            target=uids[cast("int", target)] if is_known else "",
            max_retries=str(data.get("maxRetries", DEFAULT_RETRIES)), has_gate=gate not in (None, False),
            approvers=", ".join(map(str, approvers)) if isinstance(approvers, list) else "",
            role=_text(settings, "role"), timeout=timeout, unit=unit,
            default=_text(settings, "defaultDecision") or GateDecision.STOP.value,
            rest=json.dumps({key: value for key, value in data.items() if key not in _EDITED}), is_open=False,
        )  # fmt: skip

    @classmethod
    def sent(cls, uid: str, data: QueryDict) -> "StageRow":
        text = _reader(f"s{uid}-", data)
        return cls(
            uid=uid, name=text("name"), topic=text("topic"), prompt=one_newline(data.get(f"s{uid}-prompt", "")),
            agent=text("agent"), is_qa=f"s{uid}-qa" in data, target=text("target"), max_retries=text("retries"),
            has_gate=f"s{uid}-gate" in data, approvers=text("approvers"), role=text("role"), timeout=text("timeout"),
            unit=text("unit"), default=text("default"), rest=text("rest"), is_open=data.get(f"s{uid}-open") == "1",
        )  # fmt: skip

    def as_json(self, places: Mapping[str, int]) -> Json:
        """Return the stage as a template says it; `places` are where each uid stands."""
        data: Json = {**_rest(self.rest), "name": self.name, "topic": self.topic, "prompt": self.prompt}
        if self.agent:
            data["agent"] = self.agent
        if self.is_qa:
            data["stageType"] = StageType.QA_VALIDATION.value
            data["maxRetries"] = _number(self.max_retries)
            if self.target in places:
                data["retryTargetStage"] = places[self.target]
        if self.has_gate:
            data["approvalGate"] = self._gate()
        return data

    def _gate(self) -> Json:
        gate: Json = {"defaultDecision": self.default or GateDecision.STOP.value}
        if self.approvers:
            names = [name.strip() for name in self.approvers.split(",")]
            gate["approvers"] = cast("list[JsonValue]", [name for name in names if name])
        if self.role:
            gate["role"] = self.role
        if self.timeout:
            amount, unit = _number(self.timeout), _number(self.unit)
            is_time = isinstance(amount, int) and isinstance(unit, int)
            gate["timeoutSeconds"] = cast("int", amount) * cast("int", unit) if is_time else amount
        return gate


@dataclass(slots=True)
class ParameterRow:
    """One parameter of a template. The options of a choice are typed with commas between them."""

    uid: str
    key: str = ""
    description: str = ""
    kind: str = InputType.STRING.value
    requirement: str = Requirement.OPTIONAL.value
    default: str = ""
    options: str = ""
    problems: Problems = field(default_factory=dict)

    @classmethod
    def of(cls, uid: str, data: Json) -> "ParameterRow":
        default, options = data.get("default"), data.get("options")
        return cls(
            uid, _text(data, "key"), _text(data, "description"), _text(data, "inputType") or InputType.STRING.value,
            _text(data, "requirement") or Requirement.OPTIONAL.value,
            "" if default is None else default if isinstance(default, str) else json.dumps(default),
            ", ".join(map(str, options)) if isinstance(options, list) else "",
        )  # fmt: skip

    @classmethod
    def sent(cls, uid: str, data: QueryDict) -> "ParameterRow":
        text = _reader(f"p{uid}-", data)
        return cls(
            uid, text("key"), text("description"), text("kind"), text("requirement"), text("default"), text("options")
        )

    def as_json(self) -> Json:
        data: Json = {"key": self.key, "inputType": self.kind, "requirement": self.requirement}
        if self.description:
            data["description"] = self.description
        if self.default:
            data["default"] = self._default()
        if self.kind == InputType.SELECT:
            data["options"] = [item.strip() for item in self.options.split(",") if item.strip()]
        return data

    def _default(self) -> JsonValue:
        """Return the default in its type; what does not fit is left for the dialect to refuse."""
        if self.kind == InputType.BOOLEAN:
            return {"true": True, "false": False}.get(self.default.lower(), self.default)
        if self.kind == InputType.NUMBER:
            return _number(self.default)
        return self.default


def _reader(prefix: str, data: QueryDict) -> Callable[[str], str]:
    return lambda name: data.get(f"{prefix}{name}", "").strip()


def _text(data: Mapping[str, JsonValue], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _number(text: str) -> JsonValue:
    """Return the number that was typed, or what was typed, which the dialect then refuses by name."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        return number if abs(number) < float("inf") else text
    return text


def _split_time(seconds: JsonValue) -> tuple[str, str]:
    """Return seconds as an amount and the largest unit, in seconds, that goes into it."""
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 1:
        return "", "3600"
    unit = max(size for size in _TIMES if seconds % size == 0)
    return str(seconds // unit), str(unit)


def _rest(text: str) -> Json:
    try:
        rest = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {key: value for key, value in rest.items() if key not in _EDITED} if isinstance(rest, dict) else {}
