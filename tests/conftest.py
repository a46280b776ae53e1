from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import configuration, settings

from console.access import Actor, Role
from console.models import Project
from tests.factories import ProjectFactory

# Examples are found anew each time: a database of old ones would make a run depend on the machine it runs on.
configuration.set_hypothesis_home_dir(".cache/hypothesis")
# A machine that is busy with other tests must not fail one for being slow.
settings.register_profile("callboard", database=None, deadline=None)
settings.load_profile("callboard")

_WHOLE = Path(__file__).parent / "whole"


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Put the tests of whole instances first, those that share one together: an instance takes long to come up."""
    for item in filter(_is_of_whole, items):
        call = getattr(item, "callspec", None)
        instance = call.params.get("instance", "") if call else ""
        item.add_marker(pytest.mark.xdist_group(f"{item.path.stem} {instance}"))
    yield
    items.sort(key=lambda item: not _is_of_whole(item))


def _is_of_whole(item: pytest.Item) -> bool:
    return item.path.is_relative_to(_WHOLE)


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
