"""What is cloned from a real git server."""

import os
import subprocess

import pytest

from agents.sources.cloning import clone as cloning_module
from agents.sources.cloning.errors import CloneFailed
from sandboxes.backends.bubblewrap.host import reachable_roots
from tests.agents.sources.git.cloned import TOKEN, files_of, left_behind
from tests.support.git_server import FILES


def test_the_files_of_the_default_branch_come_without_a_git_folder(server, clone, settings):
    repo = server.add("plain")
    folder, commit = clone(repo.url)
    assert files_of(folder) == {path: text.encode() for path, text in FILES.items()}
    assert commit == repo.git("rev-parse", "HEAD")
    assert left_behind(settings) == []


def test_a_branch_a_tag_a_full_and_a_short_sha_each_lead_to_their_commit(server, clone):
    repo = server.add("refs")
    first = repo.git("rev-parse", "HEAD")
    repo.git("tag", "--annotate", "--message", "First", "v1")
    repo.git("branch", "topic/one")
    middle = repo.commit({"main.py": "second"})
    last = repo.commit({"main.py": "third"})
    for ref in ("v1", "topic/one", first, first[:7], first.upper(), "refs/tags/v1"):
        folder, commit = clone(repo.url, ref)
        assert (commit, "main.py" in files_of(folder)) == (first, True), ref
    assert clone(repo.url, middle[:10])[1] == middle
    assert files_of(clone(repo.url, last[:8])[0])["main.py"] == b"third"


@pytest.mark.parametrize("ref", ["no-such-branch", "v9.9.9", "deadbeef", "d" * 40, "refs/heads/none"])
def test_a_ref_that_is_not_there_is_refused_and_never_replaced_by_another(server, clone, ref):
    if "strict" not in server.rules:
        server.add("strict")
    with pytest.raises(CloneFailed, match=r"no branch, tag or commit|no such commit"):
        clone(server.url("strict"), ref)


def test_a_repository_without_commits_is_refused(server, clone):
    bare = server.folder / "served/empty.git"
    subprocess.run(["git", "init", "--quiet", "--bare", bare], check=True, env={"PATH": os.environ["PATH"]})
    with pytest.raises(CloneFailed, match="no commits"):
        clone(server.url("empty"))


def test_only_the_last_commit_is_fetched(server, clone):
    repo = server.add("shallow")
    repo.commit({"big.bin": os.urandom(3_000_000)})
    repo.git("rm", "--quiet", "big.bin")
    repo.commit_staged()
    limit = 1024 * 1024
    original, cloning_module.MOST_BYTES = cloning_module.MOST_BYTES, limit
    try:
        assert set(files_of(clone(repo.url)[0])) == set(FILES)
    finally:
        cloning_module.MOST_BYTES = original


def test_a_private_repository_is_opened_by_its_token(server, clone):
    repo = server.add("private", token=TOKEN)
    assert set(files_of(clone(repo.url, token=TOKEN)[0])) == set(FILES)
    assert set(files_of(clone(repo.url, token=f"ada:{TOKEN}")[0])) == set(FILES)


def test_a_private_repository_without_or_with_a_wrong_token_is_refused(server, clone):
    repo = server.add("closed", token=TOKEN)
    with pytest.raises(CloneFailed, match="private: its host asks for a sign-in"):
        clone(repo.url)
    with pytest.raises(CloneFailed, match="refused the sign-in"):
        clone(repo.url, token="wrong-token")


def test_a_token_is_asked_for_only_where_the_host_asks(server, clone):
    repo = server.add("public")
    clone(repo.url, token=TOKEN)
    assert {asked.authorization for asked in server.asked_for("public")} == {""}


def test_the_rights_of_files_are_to_be_read_and_for_some_to_be_run(server, clone):
    repo = server.add("rights")
    (repo.work / "run.sh").write_text("#!/bin/sh\n")
    (repo.work / "run.sh").chmod(0o755)
    repo.commit({})
    folder, _ = clone(repo.url)
    assert (folder / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (folder / "main.py").stat().st_mode & 0o777 == 0o644
    assert {path.stat().st_uid for path in folder.rglob("*")} == {os.geteuid()}


def test_a_repository_of_sha256_objects_is_cloned(server, clone):
    bare, work = server.folder / "served/new-hash.git", server.folder / "work/new-hash"
    work.mkdir(parents=True)
    repo = server.add("old-hash")
    repo.work = work
    repo.git("init", "--quiet", "--bare", "--object-format=sha256", "--initial-branch=main", str(bare))
    repo.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    repo.git("remote", "add", "origin", str(bare))
    repo.commit({"main.py": "new"})
    folder, commit = clone(server.url("new-hash"))
    assert len(commit) == 64
    assert files_of(folder) == {"main.py": b"new"}


def test_what_a_worker_that_died_left_is_cleared_away_by_the_next_clone(server, clone, settings):
    root = reachable_roots(settings.CALLBOARD_HOME.sandboxes).own
    old, new = root / "clone-old", root / "clone-new"
    for folder in (old, new):
        folder.mkdir()
    os.utime(old, (0, 0))
    clone(server.add("clearing").url)
    assert (old.exists(), new.exists()) == (False, True)
    new.rmdir()
