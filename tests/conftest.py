from collections.abc import Sequence
from itertools import groupby
from typing import Any

import pytest
from hypothesis import configuration, settings
from xdist.scheduler import LoadScopeScheduling

from console.access import Actor, Role
from console.models import Project
from tests.factories import ProjectFactory
from tests.support import browser

# Examples are found anew each time: a database of old ones would make a run depend on the machine it runs on.
configuration.set_hypothesis_home_dir(".cache/hypothesis")
# A machine that is busy with other tests must not fail one for being slow.
settings.register_profile("callboard", database=None, deadline=None)
settings.load_profile("callboard")

_WHOLE = "tests/whole/"
_KINDS = ("bubblewrap", "docker")


class Scheduling(LoadScopeScheduling):
    """Sends tests of a file that come one after the other to one worker: what they share takes long to come up.

    They stay in their order, in which those that roll the database back come before those that empty it.
    """

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        super().add_node_collection(node, collection)
        units = enumerate(groupby(collection, key=_shared))
        self._units = {test: f"{number} {shared}" for number, (shared, tests) in units for test in tests}

    def _split_scope(self, nodeid: str) -> str:
        return self._units[nodeid]


def _shared(nodeid: str) -> str:
    """Return what a test shares with others: its file, and the kind of sandbox of its instance."""
    module, _, name = nodeid.partition("::")
    kinds = (kind for kind in _KINDS if f"[{kind}" in name) if module.startswith(_WHOLE) else ()
    return " ".join([module, *kinds])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    config.option.loadscopereorder = False  # they are in their order already
    return Scheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of whole instances first: at the end, one worker would carry them out and the others wait."""
    items.sort(key=lambda item: not item.nodeid.startswith(_WHOLE))


def pytest_sessionfinish() -> None:
    browser.close()


@pytest.fixture
def project(db) -> Project:
    return ProjectFactory()


@pytest.fixture
def admin(project) -> Actor:
    """An Org Admin of the project's organization."""
    return Actor(organization_id=project.organization_id, label="Ada", roles={None: Role.ORG_ADMIN})


@pytest.fixture(autouse=True)
def _no_keeper_of_earlier_tests(monkeypatch):
    """A keeper renews by a connection of its own, to which the rows of a test are not there: lost, it would say."""
    from orchestration import leases  # noqa: PLC0415  # Django is not ready when this module is read

    monkeypatch.setattr(leases, "_keeper", None)
