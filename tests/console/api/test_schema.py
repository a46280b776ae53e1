"""Whatever is sent to an operation, made up by its schema or against it, the answer is never a fault of ours.

CALLBOARD_SCHEMA_EXAMPLES asks for more examples of each operation than continuous integration has time for.
"""

import os
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from console.api.root import api
from tests.console.tenancy.conftest import token_of
from tests.console.tenancy.routes import parameters
from tests.console.tenancy.world import NOBODYS, PARAMETERS, World, make_world

EXAMPLES = int(os.environ.get("CALLBOARD_SCHEMA_EXAMPLES", "8"))
# Long files are written for ASGI, and are read whole here.
pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume asynchronous iterators")
SCHEMA = schemathesis.openapi.from_dict(api.get_openapi_schema())
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations()]


@pytest.fixture
def world(db) -> World:
    return make_world()


@pytest.fixture
def _kept_connection():
    """Let requests leave the database connection open: it is the test's own."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def call(world, _kept_connection):
    """Send a case as the world's owner, and undo what it did."""
    application = get_wsgi_application()
    headers = {"Authorization": f"Bearer {token_of(world.owner)}"}

    def send(case: schemathesis.Case) -> Any:
        with transaction.atomic():
            answer = case.call(base_url="http://localhost", app=application, headers=headers)
            transaction.set_rollback(True)
        return answer

    return send


def cases(operation: schemathesis.APIOperation, world: World) -> st.SearchStrategy[schemathesis.Case]:
    """Return cases that follow the schema and cases that don't, of things that are there and of things that are not."""
    values = {
        name: PARAMETERS[name](world)[0] if name in PARAMETERS else NOBODYS[name] for name in parameters(operation.path)
    }
    known = {"path_parameters": values} if values else {}
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    return st.one_of(
        operation.as_strategy(GenerationMode.POSITIVE),
        *(operation.as_strategy(mode, **known) for mode in modes if _has_input(operation, mode, values)),
    )


def _has_input(operation: schemathesis.APIOperation, mode: GenerationMode, values: dict[str, str]) -> bool:
    """Whether there is anything left of the input that could break the schema, with the path's ids given."""
    return mode is GenerationMode.POSITIVE or bool(operation.body) or bool(operation.query)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_no_input_makes_an_operation_fail(operation, world, call):
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(case=cases(operation, world))
    def check(case: schemathesis.Case) -> None:
        answer = call(case)
        assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, case.as_curl_command()
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            assert answer.json()["error"].keys() == {"code", "message", "details"}

    check()
