"""What a repository that means no good comes to."""

from pathlib import Path

import pytest

from agents.sources.cloning.errors import CloneFailed
from tests.agents.sources.git.cloned import TOKEN, files_of, left_behind
from tests.support.git_server import FILES


def test_a_link_inside_the_repository_stays_a_link(server, clone):
    repo = server.add("linked")
    (repo.work / "docs").mkdir()
    (repo.work / "docs/same.py").symlink_to("../main.py")
    (repo.work / "here").symlink_to("helpers")
    repo.commit({})
    folder, _ = clone(repo.url)
    assert (folder / "docs/same.py").readlink() == Path("../main.py")
    assert (folder / "here/words.py").is_file()


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd", "helpers/../../x", "..", "/"])
def test_a_link_that_leads_out_of_the_repository_is_refused(server, clone, target, settings):
    name = f"leading-out-{target.replace('/', '-').replace('.', '_')}"
    repo = server.add(name)
    (repo.work / "away").symlink_to(target)
    repo.commit({})
    with pytest.raises(CloneFailed, match="away is a link that leads out"):
        clone(repo.url)
    assert left_behind(settings) == []


def test_a_file_below_a_link_is_refused_by_git_itself(server, clone, tmp_path):
    """The tree has a link `a` and a file `a/b`: what is written through a link lands elsewhere (CVE-2021-21300)."""
    repo = server.add("through")
    target = repo.work / "target"
    target.write_text(str(tmp_path))
    link, file = repo.git("hash-object", "-w", "target"), repo.git("hash-object", "-w", "main.py")
    inner = _tree(repo, f"100644 blob {file}\tb\n")
    outer = _tree(repo, f"120000 blob {link}\ta\n040000 tree {inner}\ta\n")
    commit = repo.git("commit-tree", "-m", "Through", outer)
    repo.git("push", "--quiet", "origin", f"{commit}:refs/heads/through")
    with pytest.raises(CloneFailed):
        clone(repo.url, "through")
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("name", [".git", "..", ".GIT"])
def test_a_tree_with_a_name_that_leads_astray_is_refused(server, clone, name):
    repo = server.add(f"astray-{len(name)}-{name.isupper()}")
    file = repo.git("hash-object", "-w", "main.py")
    inner = _tree(repo, f"100644 blob {file}\tconfig\n")
    commit = repo.git("commit-tree", "-m", "Astray", _tree(repo, f"040000 tree {inner}\t{name}\n"))
    repo.git("push", "--quiet", "origin", f"{commit}:refs/heads/astray")
    with pytest.raises(CloneFailed, match="not safe to unpack"):
        clone(repo.url, "astray")


def _tree(repo, listed: str) -> str:
    """Write a tree as it is, without git's own checks."""
    raw = b""
    for line in listed.splitlines():
        facts, _, name = line.partition("\t")
        mode, _, sha = facts.split()
        raw += mode.lstrip("0").encode() + b" " + name.encode() + b"\0" + bytes.fromhex(sha)
    file = repo.work / ".git/raw-tree"
    file.write_bytes(raw)
    return repo.git("hash-object", "-t", "tree", "-w", "--literally", str(file))


def test_a_submodule_is_not_cloned_and_is_told_of(server, clone, lines):
    inner, outer = server.add("inner"), server.add("outer")
    outer.git("update-index", "--add", "--cacheinfo", f"160000,{inner.git('rev-parse', 'HEAD')},vendor/inner")
    (outer.work / ".gitmodules").write_text(f'[submodule "x"]\n\tpath = vendor/inner\n\turl = {inner.url}\n')
    outer.git("add", ".gitmodules")
    outer.commit_staged()
    server.requests.clear()
    folder, _ = clone(outer.url)
    assert list((folder / "vendor/inner").iterdir()) == []
    assert "vendor/inner is a submodule, which is not cloned: its folder is empty." in lines
    assert server.asked_for("inner") == []


def test_a_pointer_of_git_lfs_stays_a_pointer_and_is_told_of(server, clone, lines):
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12\n"
    repo = server.add("lfs", {".gitattributes": "*.bin filter=lfs diff=lfs -text\n", "model.bin": pointer})
    folder, _ = clone(repo.url)
    assert (folder / "model.bin").read_text() == pointer
    assert any("Git LFS" in line for line in lines)


def test_filters_and_hooks_that_a_repository_names_are_not_run(server, clone, tmp_path):
    marker = tmp_path / "ran"
    repo = server.add("filtering", {".gitattributes": "*.py filter=evil ident\n", "main.py": "$Id$\n"})
    config = f'[filter "evil"]\n\tsmudge = touch {marker}\n[core]\n\thooksPath = hooks\n'
    repo.commit({".gitconfig": config, "hooks/post-checkout": f"#!/bin/sh\ntouch {marker}\n", ".lfsconfig": config})
    clone(repo.url)
    assert not marker.exists()


def test_configuration_of_the_machine_and_its_user_takes_no_part(server, clone, tmp_path, monkeypatch):
    marker = tmp_path / "ran"
    (tmp_path / ".gitconfig").write_text(
        f'[credential]\n\thelper = "!touch {marker};"\n[url "https://evil.example/"]\n\tinsteadOf = https://\n'
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    repo = server.add("isolated", token=TOKEN)
    assert set(files_of(clone(repo.url, token=TOKEN)[0])) == set(FILES)
    assert not marker.exists()
