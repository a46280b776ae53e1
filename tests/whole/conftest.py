"""Tests of a whole instance, from outside. They start real processes and take seconds each."""

from collections.abc import Iterator

import pytest

from tests.support.instance import Instance


@pytest.fixture(scope="module")
def instance(tmp_path_factory) -> Iterator[Instance]:
    """An instance that the tests of a module share."""
    running = Instance(tmp_path_factory.mktemp("instance")).start()
    yield running
    running.stop()
