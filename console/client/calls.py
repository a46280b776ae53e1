from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """One question to the API, not asked yet. `Answer` is what comes back.

    `template` is the path as the API's description has it, with `{names}` that `ids` has the values of.
    """

    method: str
    template: str
    ids: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.template.format_map({name: quote(value, safe="") for name, value in self.ids.items()})


def given(**parts: Any) -> dict[str, Any]:
    """Return the parts that were given: None leaves one out."""
    return {name: value for name, value in parts.items() if value is not None}
