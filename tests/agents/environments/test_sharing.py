"""Many workers and one environment: prepared once, whoever dies over it."""

import multiprocessing
import os
import signal
import threading

import pytest

from agents.environments.caches import FOLDER, Caches
from agents.environments.ready import ready
from agents.environments.setup_log import StepFailed
from agents.environments.shape import Environment
from agents.environments.work import Work
from agents.services.progress import Superseded
from sandboxes.base import SandboxSpec
from tests.agents.environments.conftest import NotedSteps, noted

_FORK = multiprocessing.get_context("fork")
WAIT_SECONDS = 120


def prepare(backend, environment, put=lambda *_: None):
    """Prepare an environment as a worker does, and say whether that was to be done at all."""
    steps = NotedSteps()
    stop = threading.Event()
    with Caches(backend, stop) as caches:
        ready(environment, backend, None, caches, Work({"run": "shared"}, steps, put, stop))
    return steps.noted[-1]["cached"] is False


def test_of_many_workers_one_prepares_and_the_others_wait(backend):
    environment = Environment(requirements=["iniconfig==2.1.0"])
    made = _FORK.Queue()
    workers = [_FORK.Process(target=lambda: made.put(prepare(backend, environment))) for _ in range(4)]
    for worker in workers:
        worker.start()

    assert sorted(made.get(timeout=WAIT_SECONDS) for _ in workers) == [False, False, False, True]
    for worker in workers:
        worker.join()


def test_what_a_killed_worker_began_is_prepared_anew(backend):
    environment = Environment(requirements=["pluggy==1.5.0"])
    heard = _FORK.Queue()
    worker = _FORK.Process(target=prepare, args=(backend, environment, lambda *_: heard.put("printed")))
    worker.start()
    heard.get(timeout=WAIT_SECONDS)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()

    assert prepare(backend, environment) is True
    assert prepare(backend, environment) is False
    backend.reap(lambda labels: labels.get("run") != "shared")
    rooms = backend.shared_root() / FOLDER / "environments"
    assert not list(rooms.glob("*.part"))


def test_whoever_waits_stops_when_its_run_is_cancelled(bubblewrap):
    environment = Environment(requirements=["pathspec==0.12.1"])
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_):
        begun.set()
        go_on.wait(WAIT_SECONDS)

    worker = threading.Thread(target=prepare, args=(bubblewrap, environment, slow))
    worker.start()
    assert begun.wait(WAIT_SECONDS)
    waiting = noted()
    threading.Timer(0.3, waiting.stop.set).start()
    with Caches(bubblewrap, waiting.stop) as caches, pytest.raises(Superseded):
        ready(environment, bubblewrap, None, caches, waiting)
    go_on.set()
    worker.join()


def test_a_run_that_is_cancelled_meanwhile_stops_the_preparation(backend):
    work = noted()
    threading.Timer(0.5, work.stop.set).start()
    environment = Environment(requirements=["sympy==1.13.3", "botocore==1.35.0"])
    with Caches(backend, work.stop) as caches, pytest.raises(Superseded):
        ready(environment, backend, None, caches, work)


def test_what_failed_is_tried_again_by_the_next_run(bubblewrap):
    broken = Environment(requirements=["callboard-has-no-such-package==2"])
    for _ in range(2):
        with pytest.raises(StepFailed):
            prepare(bubblewrap, broken)


def test_what_is_in_use_outlives_a_cache_without_room(bubblewrap, settings):
    settings.CALLBOARD_ENVIRONMENT_CACHE_BYTES = 0
    first, second = noted(), noted()
    with Caches(bubblewrap, first.stop) as caches:
        got = ready(Environment(requirements=["toml==0.10.2"]), bubblewrap, None, caches, first)
        with Caches(bubblewrap, second.stop) as others:
            ready(Environment(requirements=["tomli==2.2.1"]), bubblewrap, None, others, second)
        with bubblewrap.open(SandboxSpec(mounts=got.mounts)) as sandbox:
            assert sandbox.exec([got.python, "-c", "import toml"]).is_success
    assert prepare(bubblewrap, Environment(requirements=["attrs==24.3.0"])) is True
    assert prepare(bubblewrap, Environment(requirements=["toml==0.10.2"])) is True


def test_what_is_prepared_anew_has_another_path(bubblewrap, settings):
    settings.CALLBOARD_ENVIRONMENT_CACHE_BYTES = 0
    environment = Environment(requirements=["toml==0.10.2"])
    paths = set()
    for _ in range(2):
        with Caches(bubblewrap, threading.Event()) as caches:
            paths.add(ready(environment, bubblewrap, None, caches, noted()).mounts[0].source)
        prepare(bubblewrap, Environment(requirements=["tomli==2.2.1"]))
    assert len(paths) == 2
