"""Folders that are made once and read by many."""

import multiprocessing
import os
import signal
import threading
import time

import pytest

from agents.sources.cache import CodeCache, WaitStopped

NEVER = threading.Event()
KEY = "zip-abc"


@pytest.fixture
def cache(tmp_path):
    return CodeCache(tmp_path / "code", most_bytes=1000)


def fill(size=100, name="main.py"):
    def make(folder):
        (folder / name).write_bytes(bytes(size))

    return make


def refuse(_folder):
    raise AssertionError("it was there already")


def test_a_folder_is_made_once(cache):
    cache.hold(KEY, fill(), NEVER).release()

    held = cache.hold(KEY, refuse, NEVER)

    assert (held.folder / "main.py").read_bytes() == bytes(100)


def test_what_making_raises_is_raised_and_leaves_nothing(cache, tmp_path):
    def fail(folder):
        (folder / "half").write_text("x")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cache.hold(KEY, fail, NEVER)

    assert list((tmp_path / "code").iterdir()) == []
    assert cache.hold(KEY, fill(), NEVER).folder.is_dir()


def test_what_was_used_longest_ago_goes_first(cache):
    for key in ("a", "b", "c"):
        cache.hold(key, fill(400), NEVER).release()
        time.sleep(0.01)

    cache.hold("b", refuse, NEVER).release()
    cache.hold("c", refuse, NEVER).release()
    made = []
    cache.hold("a", lambda folder: made.append(fill(1)(folder)), NEVER)

    assert made, "a was removed to make room for c"


def test_what_is_in_use_stays_however_large(cache):
    held = cache.hold("a", fill(900), NEVER)

    cache.hold("b", fill(900), NEVER).release()
    assert (held.folder / "main.py").exists()
    held.release()
    cache.clear()

    assert not held.folder.exists()


def test_one_that_is_larger_than_the_cache_can_still_be_used(cache):
    held = cache.hold("a", fill(5000), NEVER)

    assert (held.folder / "main.py").stat().st_size == 5000


def test_letting_go_twice_is_letting_go_once(cache):
    held = cache.hold("a", fill(5000), NEVER)
    held.release()
    held.release()

    assert cache.clear() == 1


def test_two_that_ask_at_once_get_the_same(cache):
    made, found = [], []

    def slowly(folder):
        made.append(folder)
        time.sleep(0.2)
        fill()(folder)

    threads = [threading.Thread(target=lambda: found.append(cache.hold(KEY, slowly, NEVER))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert len(made) == 1
    assert {held.folder for held in found} == {found[0].folder}
    assert len(found) == 5


def test_whoever_was_slower_to_make_it_does_not_wait_until_it_is_out_of_use(tmp_path):
    both_found_nothing = threading.Barrier(2, timeout=10)

    class Together(CodeCache):
        def _held(self, key, stop):
            held = super()._held(key, stop)
            if held is None:
                both_found_nothing.wait()
            return held

    cache = Together(tmp_path / "code", most_bytes=1000)
    found = []
    asks = [
        threading.Thread(target=lambda: found.append(cache.hold(KEY, fill(), NEVER)), daemon=True) for _ in range(2)
    ]
    for thread in asks:
        thread.start()
    for thread in asks:
        thread.join(10)

    assert len(found) == 2


def test_whoever_waits_can_stop_waiting(cache):
    begun, over = threading.Event(), threading.Event()

    def slowly(folder):
        begun.set()
        over.wait(10)
        fill()(folder)

    maker = threading.Thread(target=lambda: cache.hold(KEY, slowly, NEVER))
    maker.start()
    begun.wait(10)
    stop = threading.Event()
    stop.set()
    try:
        with pytest.raises(WaitStopped):
            cache.hold(KEY, refuse, stop)
    finally:
        over.set()
        maker.join(10)


def _make_for_ever(root, begun):
    def make(folder):
        fill()(folder)
        begun.set()
        time.sleep(60)

    CodeCache(root, 1000).hold(KEY, make, NEVER)


def test_what_a_killed_worker_was_making_is_made_anew(cache, tmp_path):
    context = multiprocessing.get_context("fork")
    begun = context.Event()
    worker = context.Process(target=_make_for_ever, args=(tmp_path / "code", begun))
    worker.start()
    assert begun.wait(20)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join(10)

    held = cache.hold(KEY, fill(name="whole.py"), NEVER)

    assert [path.name for path in held.folder.iterdir()] == ["whole.py"]


def test_what_a_killed_worker_was_making_is_cleared_away(cache, tmp_path):
    root = tmp_path / "code"
    root.mkdir()
    (root / "dead.part").mkdir()
    (root / "dead.lock").touch()

    assert cache.clear() == 1
    assert list(root.iterdir()) == []


def _use_for_ever(root, begun):
    held = CodeCache(root, 1).hold(KEY, fill(), NEVER)
    begun.set()
    time.sleep(60)
    held.release()


def test_what_a_killed_worker_held_is_free_again(cache, tmp_path):
    context = multiprocessing.get_context("fork")
    begun = context.Event()
    worker = context.Process(target=_use_for_ever, args=(tmp_path / "code", begun))
    worker.start()
    assert begun.wait(20)
    small = CodeCache(tmp_path / "code", 1)
    assert small.clear() == 0
    os.kill(worker.pid, signal.SIGKILL)
    worker.join(10)

    assert small.clear() == 1


def test_many_workers_that_use_and_clear_at_once_always_hold_whole_folders(tmp_path):
    small = CodeCache(tmp_path / "code", 150)
    broken = []

    def work(number):
        for turn in range(40):
            held = small.hold(f"k{(number + turn) % 3}", fill(), NEVER)
            if (held.folder / "main.py").stat().st_size != 100:
                broken.append(number)
            small.clear()
            held.release()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert broken == []
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("key", ["", "../up", "a/b", "A", ".hidden"])
def test_a_key_can_not_lead_elsewhere(cache, key):
    with pytest.raises(ValueError, match="no key"):
        cache.hold(key, fill(), NEVER)
