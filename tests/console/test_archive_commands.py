"""Uploading archives from the command line."""

import json
from typing import Any

import httpx
import pytest
from django.test import Client
from typer.testing import CliRunner

from agents.models import Agent, AgentArchive
from console.access import Role
from console.cli.main import app
from console.embedded.home import Home
from tests.console.api.conftest import api_as
from tests.support.archives import NESTED
from tests.support.zip_files import LINK, Packed, archive, in_file


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path):
    settings.CALLBOARD_HOME = Home(tmp_path / "home")
    settings.MEDIA_ROOT = tmp_path / "home" / "files"


@pytest.fixture
def cli(monkeypatch, project):
    """Run a command against this process's own API, as an Org Admin."""

    def asked(method: str, url: str, *, headers: dict[str, str], json: Any = None, **_: Any) -> httpx.Response:
        return answered(method, url, headers=headers, body=dumped(json), content_type="application/json")

    def put(url: str, *, content: Any, headers: dict[str, str], timeout: float) -> httpx.Response:
        body = b"".join(content)
        assert headers == {"Content-Length": str(len(body))}, "the link takes no token"
        return answered("PUT", url, headers={}, body=body, content_type="application/zip")

    monkeypatch.setattr(httpx, "request", asked)
    monkeypatch.setattr(httpx, "put", put)
    token = api_as(project, Role.ORG_ADMIN).token
    return lambda *words: CliRunner().invoke(app, ["--url", "http://testserver", "--token", token, *words])


def dumped(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


def answered(method: str, url: str, *, headers: dict[str, str], body: bytes, content_type: str) -> httpx.Response:
    path = httpx.URL(url).raw_path.decode()
    answer = Client(headers=headers).generic(method, path, body, content_type=content_type)
    return httpx.Response(answer.status_code, content=answer.content, request=httpx.Request(method, url))


@pytest.fixture
def file(tmp_path):
    return in_file(tmp_path, NESTED)


def test_an_archive_is_uploaded_and_its_id_printed(cli, file):
    answer = cli("agent", "upload", str(file))

    assert answer.exit_code == 0, answer.output
    made = AgentArchive.objects.get()
    assert (answer.stdout.strip(), made.status, made.file_count) == (made.public_id, "confirmed", 2)


def test_an_agent_is_registered_with_an_archive(cli, file):
    answer = cli("agent", "register", "zipped", str(file), "--publish")

    assert answer.exit_code == 0, answer.output
    source = Agent.objects.get().latest.spec["source"]
    assert source == {"kind": "zip", "archive_id": AgentArchive.objects.get().public_id}


def test_what_is_refused_ends_the_command_with_the_reason(cli, tmp_path):
    bad = in_file(tmp_path, archive(Packed("main.py"), Packed("link", b"x", mode=LINK)))

    answer = cli("agent", "register", "zipped", str(bad))

    assert answer.exit_code != 0
    assert "link is a symbolic link" in answer.output
    assert not Agent.objects.exists()
