"""What a socket lets in, sends and survives, over the real application, layer and database."""

import asyncio
import itertools
import json

import pytest
from channels.db import database_sync_to_async

from console.access import Role
from console.live import announcer, consumers, frames, hub, watched, window
from console.models import BrowserSession, Membership
from tests.console.sockets.talking import (
    PATIENCE_SECONDS,
    closed_with,
    events,
    log,
    opened,
    refused,
    session_of,
    socket,
    tell,
    token_of,
)
from tests.factories import AgentRunFactory, MembershipFactory, ProjectFactory

pytestmark = pytest.mark.django_db(transaction=True)


# Who may look --------------------------------------------------------------------------------------------------------


def test_nobody_looks_without_signing_in(run):
    assert refused(f"/ws/runs/{run.public_id}") == consumers.CLOSE_NOT_SIGNED_IN
    assert refused("/ws/feed") == consumers.CLOSE_NOT_SIGNED_IN
    assert refused("/ws/feed", token="cb_wrong") == consumers.CLOSE_NOT_SIGNED_IN


def test_an_address_with_no_socket_is_refused_like_a_run_that_is_not_there(run):
    assert refused("/ws/nothing") == consumers.CLOSE_NOT_FOUND


def test_another_organizations_run_does_not_exist(run):
    stranger = MembershipFactory(organization=ProjectFactory().organization)
    cookie, token = session_of(stranger.user), token_of(stranger.user, stranger.organization)
    assert refused(f"/ws/runs/{run.public_id}", cookie=cookie) == consumers.CLOSE_NOT_FOUND
    assert refused(f"/ws/runs/{run.public_id}", token=token) == consumers.CLOSE_NOT_FOUND
    assert refused("/ws/runs/run_nonsense", cookie=cookie) == consumers.CLOSE_NOT_FOUND


def test_another_projects_run_does_not_exist_for_who_is_only_in_one(run, project):
    other = ProjectFactory(organization=project.organization)
    member = MembershipFactory(organization=project.organization, project=other, role=Role.MEMBER)
    assert refused(f"/ws/runs/{run.public_id}", cookie=session_of(member.user)) == consumers.CLOSE_NOT_FOUND


@pytest.mark.parametrize("origin", ["", "http://evil.example", "http://127.0.0.1:9"])
def test_a_session_is_only_heeded_from_our_own_pages(run, viewer, origin):
    async def attempt():
        connected, _ = await socket("/ws/feed", cookie=session, origin=origin).connect(PATIENCE_SECONDS)
        return connected

    session = session_of(viewer)
    assert asyncio.run(attempt()) is False


@pytest.mark.parametrize("named_by", ["run", "agent_run"])
def test_a_program_with_a_token_needs_no_origin_and_may_name_either_run(run, viewer, named_by):
    agent_run = AgentRunFactory(project=run.project, run_id=run.pk)
    public_id = run.public_id if named_by == "run" else agent_run.public_id
    tell(run)

    async def watch():
        async with opened(f"/ws/runs/{public_id}", token=token, origin="") as made:
            return await events(made, 1)

    token = token_of(viewer, run.organization)
    assert asyncio.run(watch())[0]["seq"] == 1


@pytest.mark.parametrize("path", ["run", "feed"])
def test_whoever_loses_the_right_or_signs_out_is_shown_out(run, viewer, monkeypatch, path):
    monkeypatch.setattr(consumers, "RECHECK_SECONDS", 0)
    monkeypatch.setattr(consumers, "HEARTBEAT_SECONDS", 0.1)
    lose = {"run": Membership, "feed": BrowserSession}[path].objects.all().delete

    async def watch():
        async with opened(f"/ws/runs/{run.public_id}" if path == "run" else "/ws/feed", cookie=session) as made:
            await database_sync_to_async(lose)()
            return await closed_with(made)

    session = session_of(viewer)
    assert asyncio.run(watch()) == consumers.CLOSE_NOT_FOUND


# What is sent --------------------------------------------------------------------------------------------------------


def test_it_catches_up_from_where_the_client_stands_and_goes_on_live(run, viewer):
    tell(run, 5)

    async def watch():
        async with opened(f"/ws/runs/{run.public_id}", cookie=session, after=3) as made:
            missed = await events(made, 2)
            await database_sync_to_async(tell)(run, 2)
            return missed + await events(made, 2)

    session = session_of(viewer)
    found = asyncio.run(watch())
    assert [event["seq"] for event in found] == [4, 5, 6, 7]
    assert (found[0]["kind"], found[0]["data"]) == ("step.started", {"node": "3"})


@pytest.mark.parametrize("lost", [0.3, 1.0])
def test_lost_hints_make_it_later_and_never_wrong(run, viewer, monkeypatch, lost):
    chances = itertools.cycle([0.1, 0.9, 0.5, 0.2, 0.7, 0.05, 0.95])
    send = announcer._send

    async def sometimes(pending):
        if next(chances) >= lost:
            await send(pending)

    monkeypatch.setattr(announcer, "_send", sometimes)
    monkeypatch.setattr(hub, "POLL_SECONDS", 0.3)

    async def watch():
        async with opened(f"/ws/runs/{run.public_id}", cookie=session) as made:
            for _ in range(10):
                await database_sync_to_async(tell)(run, 3)
                await asyncio.sleep(0.03)
            return await events(made, 30)

    session = session_of(viewer)
    assert [event["seq"] for event in asyncio.run(watch())] == list(range(1, 31))


def test_no_hint_is_missed_while_nobody_waits_for_one(run, viewer, monkeypatch):
    monkeypatch.setattr(hub, "POLL_SECONDS", 0.2)
    told = []

    async def watch():
        async with opened(f"/ws/runs/{run.public_id}", cookie=session) as made:
            await asyncio.sleep(0.7)  # polls come to nothing, and must not end the listening
            monkeypatch.setattr(hub, "POLL_SECONDS", 60)
            await asyncio.sleep(0.3)
            begun = asyncio.get_running_loop().time()
            await database_sync_to_async(tell)(run)
            await events(made, 1)
            told.append(asyncio.get_running_loop().time() - begun)

    session = session_of(viewer)
    asyncio.run(watch())
    assert told[0] < 2


def test_a_page_is_sent_log_lines_as_blocks_by_agent_run_and_not_twice(run, viewer):
    log(run, "<b>one</b>", "\x1b[31mtwo\x1b[0m")
    log(run, "three", first=3)
    log(run, "other", agent_run="arun_b")

    async def watch(**query):
        async with opened(f"/ws/runs/{run.public_id}", cookie=session, **query) as made:
            return json.loads(await made.receive_from(PATIENCE_SECONDS))

    session = session_of(viewer)
    page, program = asyncio.run(watch(html=1)), asyncio.run(watch())
    assert page["log"]["arun_a"].count('class="cb-log-block"') == 1
    assert page["log"]["arun_a"].count('hx-swap-oob="beforeend:#log-lines"') == 1
    assert "&lt;b&gt;one&lt;/b&gt;" in page["log"]["arun_a"]
    assert 'class="cb-ansi-red"' in page["log"]["arun_a"]
    assert " id=" not in page["log"]["arun_a"]
    assert "other" in page["log"]["arun_b"]
    assert [event["data"] for event in page["events"]] == [{}, {}, {}]
    assert program["events"][0]["data"]["lines"][0] == "<b>one</b>"
    assert "log" not in program


def test_what_was_missed_comes_in_pieces_one_can_swallow(run, viewer, monkeypatch):
    monkeypatch.setattr(frames, "LONGEST", 1000)
    for number in range(10):
        log(run, "x" * 300, first=number + 1)

    async def watch():
        async with opened(f"/ws/runs/{run.public_id}", cookie=session) as made:
            sizes = []
            while sum(sizes) < 10:
                frame = json.loads(await made.receive_from(PATIENCE_SECONDS))
                sizes.append(len(frame["events"]))
            return sizes

    session = session_of(viewer)
    assert max(asyncio.run(watch())) < 4


def test_many_sockets_are_served_by_one_reader(run, viewer, monkeypatch):
    tell(run, 20)
    asked = []
    events_after = hub.events_after
    monkeypatch.setattr(hub, "events_after", lambda *args, **kw: asked.append(args) or events_after(*args, **kw))

    async def watch():
        async with opened(f"/ws/runs/{run.public_id}", cookie=session) as first:
            others = [socket(f"/ws/runs/{run.public_id}", cookie=session) for _ in range(8)]
            for other in others:
                await other.connect(PATIENCE_SECONDS)
            assert len(hub.run_hubs._hubs) == 1
            for made in (first, *others):
                assert len(await events(made, 20)) == 20
            for other in others:
                await other.disconnect()

    session = session_of(viewer)
    asyncio.run(watch())
    assert len(asked) < 8


def test_a_hub_goes_some_time_after_its_last_socket_and_leaves_the_layer(run, viewer, monkeypatch):
    monkeypatch.setattr(watched, "LINGER_SECONDS", 0.1)

    async def watch():
        async with opened(f"/ws/runs/{run.public_id}", cookie=session):
            groups = announcer.layer().groups
            await asyncio.sleep(0.3)
            assert any(run.pk.hex in name for name in groups)
        await asyncio.sleep(0.5)
        return [name for name in groups if run.pk.hex in name], hub.run_hubs._hubs

    session = session_of(viewer)
    assert asyncio.run(watch()) == ([], {})


def test_a_hub_that_died_is_replaced(run, viewer):
    tell(run)

    async def watch():
        async with opened(f"/ws/runs/{run.public_id}", cookie=session) as first:
            await events(first, 1)
            await hub.run_hubs._hubs[run.pk].close()
            async with opened(f"/ws/runs/{run.public_id}", cookie=session) as second:
                return await events(second, 1)

    session = session_of(viewer)
    assert len(asyncio.run(watch())) == 1


# Who does not keep up, and who says too much -------------------------------------------------------------------------


def test_a_reader_that_falls_behind_is_closed_and_may_try_again(run, viewer, monkeypatch):
    monkeypatch.setattr(window, "WINDOW", 500)
    monkeypatch.setattr(frames, "LONGEST", 300)
    monkeypatch.setattr(consumers, "STALLED_SECONDS", 0.2)
    for number in range(10):
        log(run, "x" * 300, first=number + 1)

    async def watch():
        async with opened(f"/ws/runs/{run.public_id}", cookie=session, html=1) as made:
            return await closed_with(made)

    session = session_of(viewer)
    assert asyncio.run(watch()) == consumers.CLOSE_TRY_LATER


def test_a_reader_that_confirms_is_sent_the_rest(run, viewer, monkeypatch):
    monkeypatch.setattr(window, "WINDOW", 500)
    monkeypatch.setattr(frames, "LONGEST", 300)
    monkeypatch.setattr(consumers, "STALLED_SECONDS", 2)
    for number in range(10):
        log(run, "x" * 300, first=number + 1)

    async def watch():
        async with opened(f"/ws/runs/{run.public_id}", cookie=session, html=1) as made:
            last = 0
            while last < 10:
                last = json.loads(await made.receive_from(PATIENCE_SECONDS))["to"]
                await made.send_to(json.dumps({"ack": last}))
            return last

    session = session_of(viewer)
    assert asyncio.run(watch()) == 10


def test_silence_is_filled_with_heartbeats_that_say_how_far_the_run_is(run, viewer, monkeypatch):
    monkeypatch.setattr(consumers, "HEARTBEAT_SECONDS", 0.1)
    tell(run, 2)

    async def watch():
        async with opened(f"/ws/runs/{run.public_id}", cookie=session, after=2) as made:
            return json.loads(await made.receive_from(PATIENCE_SECONDS))

    session = session_of(viewer)
    assert asyncio.run(watch()) == {"type": "heartbeat", "head": 2}


@pytest.mark.parametrize("said", ["x" * 5000, b"bytes"])
def test_who_says_too_much_is_closed(run, viewer, said):
    async def watch():
        async with opened(f"/ws/runs/{run.public_id}", cookie=session) as made:
            await made.send_to(**({"bytes_data": said} if isinstance(said, bytes) else {"text_data": said}))
            return await closed_with(made)

    session = session_of(viewer)
    assert asyncio.run(watch()) == consumers.CLOSE_TOO_LONG


@pytest.mark.parametrize("said", ["nonsense", "[1]", '{"ack": "x"}', '{"other": 1}'])
def test_what_is_not_understood_is_let_pass(run, viewer, said):
    tell(run)

    async def watch():
        async with opened(f"/ws/runs/{run.public_id}", cookie=session) as made:
            await made.send_to(said)
            return await events(made, 1)

    session = session_of(viewer)
    assert len(asyncio.run(watch())) == 1
