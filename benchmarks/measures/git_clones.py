"""How long the code of an agent in a git repository of 10,000 files takes to be there, the first time and again.

The server is a real one on this machine, over https: what it takes to pack the repository is part of the first number.
"""

import random
import threading
import time
import uuid
from collections.abc import Mapping

from django.test import override_settings

from agents.sources.base import FetchContext
from agents.sources.git import GitSource
from benchmarks.results import Result, Scale, at_most
from tests.support.git_server import GitServer, Served

FILES = 10_000
_FILES_A_FOLDER = 100


def measure(scale: Scale) -> list[Result]:
    with GitServer() as server, _trusting(server):
        repository = server.add("large", _files())
        commit = repository.git("rev-parse", "HEAD")
        cloned = [_fetch_ms(repository, "main", uuid.uuid4()) for _ in range(scale.pick(5, 3))]
        kept = uuid.uuid4()
        _fetch_ms(repository, commit, kept)
        by_branch = [_fetch_ms(repository, "main", kept) for _ in range(scale.pick(12, 6))]
        by_commit = [_fetch_ms(repository, commit, kept) for _ in range(scale.pick(12, 6))]
    return [
        Result("git: clone of 10,000 files", "ms", cloned),
        Result("git: the same commit again, by branch", "ms", by_branch[1:]),
        Result("git: the same commit again, by its SHA", "ms", by_commit[1:], at_most(100)),
    ]


def _fetch_ms(repository: Served, ref: str, organization_id: uuid.UUID) -> float:
    """Fetch for an organization: what another one cloned is not there for it."""
    context = FetchContext(organization_id, "main.py", threading.Event(), lambda _: None)
    began = time.perf_counter()
    code = GitSource().fetch({"kind": "git", "url": repository.url, "ref": ref}, context)
    taken = (time.perf_counter() - began) * 1000
    code.close()
    return taken


def _trusting(server: GitServer) -> override_settings:
    return override_settings(CALLBOARD_CA_BUNDLE=str(server.ca), CALLBOARD_TRUSTED_HOSTS=[f"localhost:{server.port}"])


def _files() -> Mapping[str, str]:
    """Return modules of about a kilobyte each, no two the same."""
    chance = random.Random(1)  # noqa: S311  # nothing secret
    return {
        f"package_{number // _FILES_A_FOLDER}/module_{number}.py": f'VALUE = "{chance.randbytes(500).hex()}"\n'
        for number in range(FILES)
    }
