"""The sidebar as data: which pages there are, which of them this person may see, and which one is open.

A page appears here when its URL exists: an item whose name does not resolve is left out, so pages can land one by one.
Nothing is shown disabled for lack of a role; it is not shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from console.access import Permission, can
from console.models import Project
from console.session import Place

THEME_COOKIE = "callboard-theme"
_THEMES = frozenset({"light", "dark"})


@dataclass(frozen=True, slots=True)
class Item:
    """One page of the sidebar. `name` is its URL's name, `key` the letter that opens it after `g`.

    `holds` is what paths begin with whose pages belong to it although they are not below its own, `leaves` what those
    begin with that are, and belong to another.
    """

    name: str
    label: str
    icon: str
    key: str = ""
    permission: Permission = Permission.VIEW
    holds: str = ""
    leaves: str = ""

    def is_current(self, url: str, path: str) -> bool:
        """Whether the page at `path` is this item, whose own page is at `url`, or belongs to it."""
        if self.leaves and path.startswith(self.leaves):
            return False
        return _is_current(url, path) or bool(self.holds and path.startswith(self.holds))


@dataclass(frozen=True, slots=True)
class Link:
    """An item as one person sees it on one page."""

    label: str
    icon: str
    url: str
    key: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The projects of one organization that a person may enter."""

    organization: str
    projects: tuple[Project, ...]


#: The sidebar from top to bottom: a group's title and its items.
GROUPS: tuple[tuple[str, tuple[Item, ...]], ...] = (
    (
        "",
        (
            Item("home", "Home", "home", "h"),
            Item("runs", "Data Explorer", "table", "d", leaves="/runs/run_"),
            Item("pipeline-runs", "Pipeline runs", "player-play", "r", holds="/runs/run_"),
        ),
    ),
    (
        "Build",
        (
            Item("agents", "Agents", "robot", "a", Permission.VIEW_AGENTS),
            Item("tools", "Tools", "tool", "t", Permission.VIEW_AGENTS),
            Item("pipelines", "Pipelines", "sitemap", "p", holds="/datasets/"),
            Item("knowledge", "Knowledge", "books", "k", holds="/memories"),
        ),
    ),
)

#: Its foot, below Settings.
FOOT = (
    Item("health", "System health", "heartbeat", "y", Permission.MANAGE_ORGANIZATION),
    Item("docs", "Docs", "book", "o"),
)

#: The second column of the settings.
SETTINGS = (
    Item("settings-organization", "Organization", "building", permission=Permission.MANAGE_ORGANIZATION),
    Item("settings-members", "Members", "users", permission=Permission.MANAGE_ORGANIZATION),
    Item("settings-models", "Models", "cpu", permission=Permission.MANAGE_MODELS),
    Item("settings-credentials", "Credentials", "key", permission=Permission.MANAGE_CREDENTIALS),
    Item("settings-sandboxes", "Sandboxes", "box", permission=Permission.MANAGE_SANDBOXES),
    Item("settings-notifications", "Notifications", "bell"),
    Item("settings-tokens", "API tokens", "code"),
    Item("settings-audit", "Audit trail", "history", permission=Permission.MANAGE_ORGANIZATION),
)


def context(request: HttpRequest) -> dict[str, object]:
    """Give every template the theme and, to somebody who belongs somewhere, the sidebar."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    shared: dict[str, object] = {"theme": theme if theme in _THEMES else ""}
    place: Place | None = getattr(request, "place", None)
    if place is None:
        return shared
    settings = _links(SETTINGS, place, request.path)
    return {
        **shared,
        "place": place,
        "nav_groups": _groups(place, request.path),
        "nav_foot": [*_settings_link(settings), *_links(FOOT, place, request.path)],
        "nav_settings": settings,
        "nav_places": _choices(place),
        "initials": _initials(str(place.user)),
        "search_url": _url("runs"),
        "choose_url": _url("project-choose"),
    }


def _groups(place: Place, path: str) -> list[Group]:
    groups = [Group(title, _links(items, place, path)) for title, items in GROUPS]
    return [group for group in groups if group.links]


def _links(items: Iterable[Item], place: Place, path: str) -> tuple[Link, ...]:
    return tuple(
        Link(item.label, item.icon, url, item.key, item.is_current(url, path))
        for item in items
        if (url := _url(item.name)) and can(place.actor, item.permission, project_id=place.project.pk)
    )


def _settings_link(pages: tuple[Link, ...]) -> list[Link]:
    """Return the sidebar's Settings: it leads to the first page of theirs that this person may see."""
    if not pages:
        return []
    return [Link("Settings", "settings", pages[0].url, "s", any(page.is_current for page in pages))]


def _is_current(url: str, path: str) -> bool:
    return path == url or (url not in {"", "/"} and path.startswith(f"{url.rstrip('/')}/"))


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _choices(place: Place) -> list[Choice]:
    """Return where this person may go, the present organization first; nothing where there is no choice."""
    if len(place.projects) == 1:
        return []
    home = place.organization.pk
    projects = sorted(place.projects, key=lambda row: (row.organization_id != home, row.organization_id))
    prefetch_related_objects(projects, "organization")
    return [
        Choice(str(organization), tuple(group))
        for organization, group in groupby(projects, key=lambda project: project.organization)
    ]


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()
