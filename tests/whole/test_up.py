import signal
import socket
import time

import httpx
import pytest

from tests.support.instance import Instance, wait_for


def graded(api: httpx.Client, count: int) -> list[dict]:
    """Return the runs once `count` of them have a verdict."""

    def look() -> list[dict]:
        runs = [run for run in api.get("/api/agent-runs").json()["items"] if run["verdict"]]
        return runs if len(runs) >= count else []

    return wait_for(look, what="grading")


def test_the_demo_is_really_run_and_graded(instance):
    with instance.api() as api:
        runs = graded(api, 3)
    assert sorted(run["verdict"]["verdict"] for run in runs) == ["FAIL", "PASS", "PASS"]
    assert {run["verdict"]["model"] for run in runs} == {"builtin/rules"}


def test_it_says_that_it_is_well(instance):
    assert httpx.get(f"{instance.url}/healthz").json() == {"status": "ok"}


def test_the_printed_link_signs_in_once(instance):
    with httpx.Client() as browser:
        page = browser.get(instance.sign_in_link)
        token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        signed_in = browser.post(
            instance.sign_in_link, data={"csrfmiddlewaretoken": token}, headers={"Referer": instance.url}
        )
        assert signed_in.status_code == 302
    assert httpx.get(instance.sign_in_link).status_code == 404


def test_database_and_broker_listen_on_unix_sockets_alone(instance):
    with instance.database() as database:
        assert database.execute("SHOW listen_addresses").fetchone() == ("",)
        assert database.execute("SHOW fsync").fetchone() == ("on",)
    assert (instance.home / "sockets" / "broker.sock").is_socket()
    assert (instance.home.stat().st_mode & 0o077) == 0


def test_a_second_start_in_the_same_folder_says_so(instance):
    with pytest.raises(AssertionError, match="already running"):
        Instance(instance.home, port=instance.port).start()


def test_two_instances_run_side_by_side_and_leave_nothing_behind(instance, tmp_path):
    other = Instance(tmp_path / "other").start()
    assert other.port != instance.port
    assert httpx.get(f"{other.url}/healthz").status_code == 200
    assert other.stop(with_signal=signal.SIGINT) == 0
    assert other.processes() == []
    assert httpx.get(f"{instance.url}/healthz").status_code == 200


def test_a_second_start_is_fast(homes):
    home = homes.new()
    Instance(home).start().stop()
    began = time.monotonic()
    again = Instance(home).start()
    # A machine that is busy may take longer; whether it is fast is measured, not asserted. It must not take minutes.
    assert time.monotonic() - began < 60
    again.stop()


def test_a_killed_supervisor_takes_everything_with_it(homes):
    victim = Instance(homes.new()).start()
    victim.stop(with_signal=signal.SIGKILL)
    wait_for(lambda: not victim.processes(), seconds=20, what="ending every process")


def test_a_port_in_use_is_said_before_anything_starts(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(AssertionError, match="CALLBOARD_PORT"):
            Instance(tmp_path / "home", port=taken.getsockname()[1]).start()
