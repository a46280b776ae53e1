"""What every kind of code source holds to. A new kind fails here until it is told how to make one."""

import dataclasses
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import NamedTuple

import pytest

from agents.errors import AgentInvalid, AgentRunFailed
from agents.models import Agent
from agents.services.agents import agent_publish, agent_register, agent_update
from agents.sources.base import Code, FetchContext
from agents.sources.registry import SOURCES, source
from agents.spec import parse_spec
from console.access import Actor, Role
from console.embedded.home import Home
from console.errors import NotAllowed
from tests.factories import ProjectFactory
from tests.support.archives import confirmed
from tests.support.git_server import GitServer
from tests.support.zip_files import Packed, archive

pytestmark = pytest.mark.django_db

MAIN = "from words import WORD\n\n\ndef run(task_input, *, proxy_url, run_token):\n    return WORD\n"
FILES = {"main.py": MAIN, "words.py": 'WORD = "hello"\n'}
ONE_FILE = "def run(task_input, *, proxy_url, run_token):\n    return 'hello'\n"
TOKEN = "a-token-of-the-contract"


@pytest.fixture(scope="module")
def _server() -> Iterator[GitServer]:
    with GitServer() as running:
        running.add("contract", FILES, token=TOKEN)
        yield running


@pytest.fixture(autouse=True)
def server(_server, settings, tmp_path) -> GitServer:
    settings.CALLBOARD_HOME = Home(tmp_path / "home")
    settings.MEDIA_ROOT = tmp_path / "home" / "files"
    settings.CALLBOARD_CA_BUNDLE = str(_server.ca)
    settings.CALLBOARD_TRUSTED_HOSTS = [f"localhost:{_server.port}"]
    return _server


class Sample(NamedTuple):
    """A source as it is sent, and the files that it leads to."""

    sent: dict[str, object]
    files: Mapping[str, str]


def _zip(actor: Actor) -> dict[str, object]:
    packed = archive(*(Packed(name, text.encode()) for name, text in FILES.items()))
    return {"kind": "zip", "archive_id": confirmed(actor, packed).public_id}


_MADE: Mapping[str, Callable[[Actor, GitServer], Sample]] = {
    "paste": lambda *_: Sample({"kind": "paste", "code": ONE_FILE}, {"main.py": ONE_FILE}),
    "files": lambda *_: Sample({"kind": "files", "files": FILES}, FILES),
    "zip": lambda actor, _: Sample(_zip(actor), FILES),
    "git": lambda _, server: Sample(
        {"kind": "git", "url": server.url("contract"), "auth": {"mode": "inline", "token": TOKEN}}, FILES
    ),
}


@pytest.fixture(params=SOURCES)
def sample(request, admin, server) -> Sample:
    return _MADE[request.param](admin, server)


def registered(admin: Actor, sample: Sample) -> Agent:
    return agent_register(actor=admin, name="sample", spec={"source": dict(sample.sent)})


def fetched(agent: Agent, context: FetchContext) -> Code:
    return source(agent.draft["source"]["kind"]).fetch(agent.draft["source"], context)


@pytest.fixture
def context(admin) -> FetchContext:
    return FetchContext(admin.organization_id, "main.py", threading.Event(), lambda _: None)


def files_of(code: Code) -> dict[str, str]:
    if code.folder is None:
        return {path: data.decode() for path, data in code.files.items()}
    return {str(file.relative_to(code.folder)): file.read_text() for file in code.folder.rglob("*") if file.is_file()}


def test_its_files_are_those_that_were_meant(admin, sample, context):
    with closing(fetched(registered(admin, sample), context)) as code:
        assert files_of(code) == sample.files
        assert code.entrypoint_file == "main.py"


def test_fetching_again_gives_the_same(admin, sample, context):
    agent = registered(admin, sample)
    for _ in range(2):
        with closing(fetched(agent, context)) as code:
            assert files_of(code) == sample.files


def test_letting_go_twice_is_no_harm(admin, sample, context):
    code = fetched(registered(admin, sample), context)
    code.close()
    code.close()


def test_a_part_that_nobody_knows_is_refused(admin, sample):
    with pytest.raises(AgentInvalid) as raised:
        registered(admin, sample._replace(sent={**sample.sent, "surprise": 1}))
    assert {problem.path[0] for problem in raised.value.problems} == {"source"}
    assert not Agent.objects.exists()


def test_what_is_kept_can_be_sent_again_and_published(admin, sample):
    agent = registered(admin, sample)
    kept = dict(agent.draft["source"])
    agent_update(actor=admin, agent=agent, name=agent.name, spec=dict(agent.draft))
    assert agent.draft["source"] == kept
    assert parse_spec(agent_publish(actor=admin, agent=agent).spec).source == kept


def test_what_is_kept_holds_no_secret(admin, sample, context):
    agent = registered(admin, sample)
    with closing(fetched(agent, context)) as code:
        assert not [secret for secret in code.secrets if secret in str(agent.draft)]
        assert not [secret for secret in code.secrets if secret in str(code.origin)]


def test_what_an_organization_keeps_apart_another_can_not_fetch(admin, sample, context):
    agent = registered(admin, sample)
    elsewhere = dataclasses.replace(context, organization_id=ProjectFactory().organization_id)
    if agent.draft["source"]["kind"] in {"paste", "files"}:
        pytest.skip("all of it is in the agent")
    with pytest.raises(AgentRunFailed) as raised:
        fetched(agent, elsewhere)
    assert raised.value.code in {"agent_code_fetch_failed", "agent_secret_unresolved"}


def test_nobody_without_the_right_registers_one(admin, sample):
    viewer = Actor(organization_id=admin.organization_id, label="Vic", roles={None: Role.VIEWER})
    with pytest.raises(NotAllowed):
        registered(viewer, sample)
    assert not Agent.objects.exists()
