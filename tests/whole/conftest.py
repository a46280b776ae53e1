"""Tests of a whole instance, from outside. They start real processes and take seconds each."""

import os
from collections.abc import Iterator

import pytest

from tests.support.homes import Homes
from tests.support.instance import Instance


@pytest.fixture(scope="session")
def homes(tmp_path_factory) -> Homes:
    """Make folders for instances that need not start from nothing."""
    here = tmp_path_factory.mktemp("homes")
    return Homes(here, shared=here.parent.parent / "tables" if "PYTEST_XDIST_WORKER" in os.environ else here / "tables")


@pytest.fixture(scope="module")
def instance(homes) -> Iterator[Instance]:
    """An instance that the tests of a module share."""
    running = Instance(homes.new()).start()
    yield running
    running.stop()
