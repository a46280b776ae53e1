"""A git source as a run fetches it."""

import dataclasses
import threading
import uuid

import pytest

from agents.errors import AgentRunFailed
from agents.models import Credential
from agents.services.credentials import credential_create
from agents.sources.git import GitSource
from tests.agents.sources.git.asked import OTHER, TOKEN, git
from tests.support.git_server import FILES, MAIN

pytestmark = pytest.mark.django_db


@pytest.fixture
def fetch(context):
    """Fetch a source and return what is in the folder, and where it is from."""

    def fetched(
        source: dict[str, object], **changes: object
    ) -> tuple[dict[str, str], dict[str, object], tuple[str, ...]]:
        code = GitSource().fetch(source, dataclasses.replace(context, **changes))
        try:
            files = {str(p.relative_to(code.folder)): p.read_text() for p in code.folder.rglob("*") if p.is_file()}
            return files, code.origin, code.secrets
        finally:
            code.close()

    return fetched


def kept(admin, value: str = TOKEN) -> Credential:
    return credential_create(actor=admin, name=f"token {uuid.uuid4()}", value=value)


def test_the_files_and_their_origin_are_fetched(server, fetch):
    repo = server.add("fetched")
    files, origin, secrets = fetch(git(repo.url, "main"))
    assert files == FILES
    assert origin == {"kind": "git", "url": repo.url, "ref": "main", "commit": repo.git("rev-parse", "HEAD")}
    assert secrets == ()


def test_a_token_is_a_secret_of_the_run(server, fetch, admin, context, lines):
    repo = server.add("secret", token=TOKEN)
    credential = kept(admin, f"ada:{TOKEN}")
    _, _, secrets = fetch(
        git(repo.url, mode="credential", credential_id=credential.public_id), organization_id=admin.organization_id
    )
    assert secrets == (f"ada:{TOKEN}", TOKEN)
    assert TOKEN not in "".join(lines)


def test_a_commit_is_cloned_once_and_a_branch_that_moved_is_cloned_anew(server, fetch, lines):
    repo = server.add("moving")
    first = repo.git("rev-parse", "HEAD")
    fetch(git(repo.url, "main"))
    server.requests.clear()
    lines.clear()
    fetch(git(repo.url, "main"))
    assert "This commit was cloned before: its files are taken from this machine." in lines
    assert {asked.path.rpartition("/")[2] for asked in server.requests} == {"refs", "git-upload-pack"}
    last = repo.commit({"main.py": MAIN + "# changed\n"})
    assert fetch(git(repo.url, "main"))[1]["commit"] == last
    server.requests.clear()
    assert fetch(git(repo.url, first))[0] == FILES
    assert server.requests == []


def test_what_one_organization_cloned_another_can_not_have_from_the_cache(server, fetch, admin):
    repo = server.add("theirs", token=TOKEN)
    commit = repo.git("rev-parse", "HEAD")
    source = git(repo.url, commit, mode="credential", credential_id=kept(admin).public_id)
    fetch(source, organization_id=admin.organization_id)
    with pytest.raises(AgentRunFailed, match="private"):
        fetch(git(repo.url, commit), organization_id=uuid.uuid4())
    with pytest.raises(AgentRunFailed, match="private"):
        fetch(git(repo.url, commit), organization_id=admin.organization_id)


def test_a_token_that_was_replaced_opens_nothing_in_the_cache(server, fetch, admin):
    repo = server.add("rotated", token=TOKEN)
    commit = repo.git("rev-parse", "HEAD")
    for value, opens in ((TOKEN, True), (OTHER, False)):
        source = git(repo.url, commit, mode="credential", credential_id=kept(admin, value).public_id)
        if opens:
            fetch(source, organization_id=admin.organization_id)
        else:
            with pytest.raises(AgentRunFailed, match="refused the sign-in"):
                fetch(source, organization_id=admin.organization_id)


def test_many_workers_that_want_one_commit_clone_it_once(server, context):
    repo = server.add("wanted")
    commit = repo.git("rev-parse", "HEAD")
    found = []

    def work() -> None:
        code = GitSource().fetch(git(repo.url, commit), context)
        found.append((code.folder / "main.py").read_text())
        code.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [MAIN] * 6
    fetched = [asked for asked in server.asked_for("wanted") if asked.path.endswith("git-upload-pack")]
    assert len(fetched) <= 2


def test_a_clone_that_fails_leaves_nothing_in_the_cache(server, fetch, settings):
    with pytest.raises(AgentRunFailed):
        fetch(git(server.url("nothing-here")))
    assert [path for path in settings.CALLBOARD_HOME.cache.rglob("*") if path.is_file()] == []


def test_failed_agent_code_fetch_failed_for_a_missing_branch_tag_or_sha(server, fetch):
    repo = server.add("strict-source")
    for ref in ("gone", "v9", "e" * 40):
        with pytest.raises(AgentRunFailed) as raised:
            fetch(git(repo.url, ref))
        assert raised.value.code == "agent_code_fetch_failed"
        assert "Correct the ref" in raised.value.detail


def test_failed_agent_code_fetch_failed_for_an_invalid_url_or_pat(server, fetch, admin):
    server.add("closed-source", token=TOKEN)
    wrong = git(server.url("closed-source"), mode="credential", credential_id=kept(admin, OTHER).public_id)
    for source in (git(server.url("missing")), wrong):
        with pytest.raises(AgentRunFailed) as raised:
            fetch(source, organization_id=admin.organization_id)
        assert raised.value.code == "agent_code_fetch_failed"
        assert OTHER not in raised.value.detail


def test_failed_agent_secret_unresolved_for_a_git_credential_that_is_missing(server, fetch, admin):
    credential = kept(admin)
    source = git(server.url("any"), mode="credential", credential_id=credential.public_id)
    credential.delete()
    with pytest.raises(AgentRunFailed) as raised:
        fetch(source, organization_id=admin.organization_id)
    assert raised.value.code == "agent_secret_unresolved"
    assert "paste the inline token anew" in raised.value.detail
    assert server.requests == []


def test_failed_agent_secret_unresolved_for_a_git_credential_that_can_not_be_decrypted(server, fetch, admin):
    credential = kept(admin)
    Credential.objects.filter(pk=credential.pk).update(ciphertext="v1:lost-key:AAAA")
    with pytest.raises(AgentRunFailed) as raised:
        fetch(
            git(server.url("any"), mode="credential", credential_id=credential.public_id),
            organization_id=admin.organization_id,
        )
    assert raised.value.code == "agent_secret_unresolved"
    assert "can't be decrypted" in raised.value.detail


def test_failed_agent_secret_unresolved_for_a_credential_of_another_organization(server, fetch, admin):
    source = git(server.url("any"), mode="credential", credential_id=kept(admin).public_id)
    with pytest.raises(AgentRunFailed) as raised:
        fetch(source, organization_id=uuid.uuid4())
    assert raised.value.code == "agent_secret_unresolved"
