from collections.abc import Callable

import pytest

from orchestration import views
from orchestration.models import Run
from tests.support.step_pipelines import carried_out, in_order, published_steps, started


@pytest.fixture(autouse=True)
def _no_views_of_earlier_tests():
    views._views.clear()
    views.graph_of.cache_clear()


@pytest.fixture(autouse=True)
def _in_bubblewrap(settings):
    settings.CALLBOARD_SANDBOX = "bubblewrap"


@pytest.fixture
def run_steps(admin, project) -> Callable[..., Run]:
    """Publish a pipeline of steps in order, or of a whole definition, and carry a run of it out."""

    def run_steps(*steps: dict, definition: dict | None = None, **run_input) -> Run:
        pipeline = published_steps(admin, project, definition or in_order(*steps))
        return carried_out(started(admin, pipeline, **run_input))

    return run_steps
