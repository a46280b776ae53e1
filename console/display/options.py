"""What a choice, a tab, a tile, a facet, an empty place and an attention row are made of."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Option:
    """One of several: a tab, a segment, a tile, a facet; with `url` it is a link, with `value` a choice."""

    label: str
    value: str = ""
    url: str = ""
    count: int | None = None
    hint: str = ""
    icon: str = ""
    tone: str = ""
    is_current: bool = False
    #: Set, it can't be chosen, and this says why.
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class SetUpStep:
    """One step of filling an empty place."""

    title: str
    hint: str = ""
    is_done: bool = False
    action: str = ""
    url: str = ""
    icon: str = ""
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing that waits for a person or broke. `status` gives icon and colour, `icon` overrules the icon."""

    status: str
    lead: str
    rest: str = ""
    facts: str = ""
    when: datetime | None = None
    action: str = ""
    url: str = ""
    icon: str = ""
