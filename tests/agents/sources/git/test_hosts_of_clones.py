"""Which hosts are asked for a clone, and how much of what they send is taken."""

import threading
import time
from pathlib import Path

import pytest

from agents.outgoing import resolving
from agents.sources.cloning import clone as cloning_module
from agents.sources.cloning import listing
from agents.sources.cloning.errors import CloneFailed
from tests.agents.sources.git.cloned import TOKEN, files_of, left_behind
from tests.support.git_server import FILES
from tests.support.instance import wait_for


def test_a_redirect_is_not_followed(server, clone):
    target = server.add("target", token=TOKEN)
    moved = server.add("moved", redirect=target.url)
    with pytest.raises(CloneFailed, match="redirects elsewhere"):
        clone(moved.url, token=TOKEN)
    assert server.asked_for("target") == []


def test_a_host_whose_certificate_nobody_vouches_for_is_refused(server, clone, settings):
    repo = server.add("unvouched")
    settings.CALLBOARD_CA_BUNDLE = ""
    with pytest.raises(CloneFailed, match="certificate"):
        clone(repo.url, token=TOKEN)
    assert server.asked_for("unvouched") == []


def test_a_certificate_of_another_name_is_refused(server, clone, settings, monkeypatch):
    repo = server.add("other-name")
    settings.CALLBOARD_TRUSTED_HOSTS = ["git.example.com"]
    _resolve_to(monkeypatch, "127.0.0.1")
    with pytest.raises(CloneFailed, match="certificate"):
        clone(server.url("other-name", host="git.example.com"))
    assert repo.name not in {asked.path for asked in server.requests}


def _resolve_to(monkeypatch, *answers: str) -> list[str]:
    """Have every name resolve to one address after the other, the last one for good."""
    left, asked = list(answers), []

    def resolve(host, port, **_):
        asked.append(host)
        address = left.pop(0) if len(left) > 1 else left[0]
        return [(2, 1, 6, "", (address, port))]

    monkeypatch.setattr(resolving.socket, "getaddrinfo", resolve)
    return asked


def test_a_name_that_leads_to_a_private_address_is_refused(server, clone, settings, monkeypatch):
    settings.CALLBOARD_TRUSTED_HOSTS = []
    for address in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"):
        _resolve_to(monkeypatch, address)
        with pytest.raises(CloneFailed, match="is not asked"):
            clone(server.url("plain", host="git.example.com"))
    assert server.requests == []


def test_one_private_address_among_public_ones_refuses_them_all(server, clone, settings, monkeypatch):
    settings.CALLBOARD_TRUSTED_HOSTS = []
    both = [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(resolving.socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(CloneFailed, match="private address"):
        clone("https://git.example.com/a.git")


def test_git_asks_the_address_that_was_judged_and_looks_nothing_up_itself(server, clone, settings, monkeypatch):
    """The name is looked up once. To what it leads later does not matter, and git could not find it by itself."""
    settings.CALLBOARD_TRUSTED_HOSTS = [f"git.test:{server.port}"]
    server.add("pinned")
    asked = _resolve_to(monkeypatch, "127.0.0.1", "10.9.9.9")
    folder, _ = clone(server.url("pinned", host="git.test"))
    assert set(files_of(folder)) == set(FILES)
    assert asked == ["git.test"]


def test_a_port_that_is_none_of_the_webs_is_refused(server, clone, settings):
    settings.CALLBOARD_TRUSTED_HOSTS = []
    with pytest.raises(CloneFailed, match="port 22 is not asked"):
        clone("https://8.8.8.8:22/a.git")


def test_a_repository_without_an_end_is_given_up_at_its_limit(server, clone, settings, monkeypatch):
    repo = server.add("endless", is_endless=True)
    monkeypatch.setattr(cloning_module, "MOST_BYTES", 20 * 1024 * 1024)
    with pytest.raises(CloneFailed, match="larger than 20 MB"):
        clone(repo.url)
    assert left_behind(settings) == []


def test_files_that_unpack_to_too_much_are_refused_before_one_is_written(server, clone, monkeypatch):
    repo = server.add("bomb", {"main.py": "", "zeros.bin": b"\0" * 4_000_000})
    monkeypatch.setattr(listing, "MOST_BYTES", 1024 * 1024)
    with pytest.raises(CloneFailed, match="4 MB"):
        clone(repo.url)


def test_too_many_files_are_refused(server, clone, monkeypatch):
    repo = server.add("many", {f"{number}.txt": "" for number in range(20)})
    monkeypatch.setattr(listing, "MOST_FILES", 10)
    with pytest.raises(CloneFailed, match="20 files"):
        clone(repo.url)


def test_a_host_that_hangs_is_given_up_when_the_time_is_over(server, clone, settings, monkeypatch):
    repo = server.add("hanging", delay_seconds=20)
    monkeypatch.setattr(cloning_module, "LONGEST_CLONE_SECONDS", 1)
    started = time.monotonic()
    with pytest.raises(CloneFailed, match="took too long"):
        clone(repo.url)
    assert time.monotonic() - started < 10
    assert left_behind(settings) == []


def test_a_clone_that_nobody_waits_for_ends_at_once_with_all_its_processes(server, clone, settings):
    repo = server.add("unwanted", delay_seconds=20)
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    started = time.monotonic()
    with pytest.raises(CloneFailed):
        clone(repo.url, stop=stop)
    assert time.monotonic() - started < 5
    wait_for(lambda: not [line for line in _command_lines() if repo.url in line], seconds=5, what="their end")


def _command_lines() -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                continue
    return found
