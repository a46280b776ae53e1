"""Every socket, opened by those who may not."""

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.conf import settings

from tests.console.tenancy.conftest import browser_of, token_of
from tests.console.tenancy.routes import addresses, is_of_somebody, sockets, unknown_parameters
from tests.support.hubs import forget_hubs

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = "http://127.0.0.1:8000"
PATIENCE_SECONDS = 5
NOT_SIGNED_IN, NOT_FOUND = 4401, 4404
OF_SOMEBODY = [pattern for pattern in sockets() if is_of_somebody(pattern)]
#: Of the organization's agents, which those see who may register them, in whatever project.
OF_AGENTS = [pattern for pattern in sockets() if "image_id" in pattern]


@pytest.fixture(autouse=True)
def _hubs():
    yield
    forget_hubs()


def outcome(url: str, *, user=None, token: str = "", origin: str = ORIGIN) -> tuple[bool, int | None]:
    """Return whether a socket is opened, else the code with which it is closed."""
    client = browser_of(user)
    given = {
        "cookie": "; ".join(f"{name}={item.value}" for name, item in client.cookies.items()),
        "authorization": token and f"Bearer {token}",
        "origin": origin,
    }
    headers = [(name.encode(), value.encode()) for name, value in given.items() if value]

    async def ask() -> tuple[bool, int | None]:
        from console.asgi import application  # noqa: PLC0415  # the apps must be there

        socket = WebsocketCommunicator(application, url, headers)
        connected, code = await socket.connect(PATIENCE_SECONDS)
        await socket.disconnect()
        return connected, None if connected else code

    return async_to_sync(ask)()


def test_the_matrix_can_name_a_thing_for_every_parameter_of_every_socket():
    assert OF_SOMEBODY
    assert [names for pattern in sockets() if (names := unknown_parameters(pattern))] == []


def test_nobody_signed_in_opens_a_socket(world):
    for pattern in sockets():
        for url in addresses(pattern, world):
            assert outcome(url) == (False, NOT_SIGNED_IN), url
            assert outcome(url, token="cb_made-up") == (False, NOT_SIGNED_IN), url


@pytest.mark.parametrize("who", ["stranger", "neighbour"])
def test_a_socket_on_a_thing_of_ours_is_not_there_for_others(world, who, request):
    user = request.getfixturevalue(who)
    token = token_of(user)
    for pattern in OF_SOMEBODY:
        if who == "neighbour" and pattern in OF_AGENTS:
            continue
        for url in addresses(pattern, world):
            assert outcome(url, user=user) == (False, NOT_FOUND), url
            assert outcome(url, token=token) == (False, NOT_FOUND), url


def test_a_viewer_may_look(world, viewer):
    for pattern in sockets():
        expected = (False, NOT_FOUND) if pattern in OF_AGENTS else (True, None)
        for url in addresses(pattern, world):
            assert outcome(url, user=viewer) == expected, url


def test_whoever_may_register_agents_may_look_at_their_images(world, neighbour):
    assert OF_AGENTS
    for pattern in OF_AGENTS:
        for url in addresses(pattern, world):
            assert outcome(url, user=world.owner) == (True, None), url
            assert outcome(url, user=neighbour) == (True, None), url


@pytest.mark.parametrize("origin", ["", "null", "https://evil.example", "http://127.0.0.1:9", "https://127.0.0.1:8000"])
def test_no_page_of_another_origin_opens_a_socket_with_somebodys_session(world, origin):
    assert origin not in settings.CALLBOARD_ORIGINS
    for pattern in sockets():
        for url in addresses(pattern, world):
            assert outcome(url, user=world.owner, origin=origin)[0] is False, url
