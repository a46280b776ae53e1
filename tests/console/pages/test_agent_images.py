"""The custom image on the pages of an agent."""

import pytest
from django.urls import reverse

from agents.images import states
from agents.images.logs import sink_of
from agents.models import Agent, AgentImage, ImageState
from agents.services.agents import agent_publish, agent_register, agent_update
from agents.services.images import image_build
from console.access import Role
from sandboxes import registry
from sandboxes.backends.fake import FakeBackend
from sandboxes.image_shelf import KeptImage
from tests.console.pages.conftest import client_as
from tests.console.pages.test_agents import CODE, FORM, text
from tests.factories import AgentRunFactory, ProjectFactory

BODY = "RUN sudo apt-get install -y jq\nENV A=1\n"
WITH_IMAGE = {**FORM, "base_image": "dockerfile", "dockerfile": BODY.replace("\n", "\r\n")}


@pytest.fixture(autouse=True)
def _machine(monkeypatch):
    backend = FakeBackend()
    monkeypatch.setattr(registry, "choose", lambda *_: backend)
    monkeypatch.setattr("agents.services.images.wake", lambda _: None)


@pytest.fixture
def agent(admin) -> Agent:
    return agent_register(
        actor=admin, name="hello", spec={"source": {"kind": "paste", "code": CODE}, "dockerfile": BODY}
    )


def url(name: str, agent: Agent) -> str:
    return reverse(name, args=[agent.public_id])


def test_the_form_has_what_the_runbook_names(client):
    page = text(client.get("/agents/new"))
    for words in ("Base image", "Default image", "Custom Dockerfile", "Build image now", "RUN, ENV and WORKDIR"):
        assert words in page


def test_saving_with_build_image_now_checked_builds(client):
    answer = client.post("/agents/new", {**WITH_IMAGE, "build_image": "1"}, follow=True)
    assert Agent.objects.get().draft["dockerfile"] == BODY
    assert AgentImage.objects.get().state == ImageState.BUILDING
    assert "The image is being built" in text(answer)
    assert "Building…" in text(answer)


def test_saving_without_it_builds_nothing_and_the_card_offers_to(client):
    answer = client.post("/agents/new", WITH_IMAGE, follow=True)
    assert AgentImage.objects.count() == 0
    assert "Not built" in text(answer)
    assert "Build image" in text(answer)


def test_saving_while_another_image_is_built_saves_and_says_so(client, admin, agent):
    image_build(actor=admin, agent=agent)
    form = {**WITH_IMAGE, "name": "other", "dockerfile": "RUN true", "build_image": "1"}
    answer = client.post("/agents/new", form, follow=True)
    assert Agent.objects.filter(name="other").exists()
    assert "an organization builds one at a time" in text(answer)


def test_the_default_image_forgets_the_dockerfile(client, agent):
    client.post(url("agent-edit", agent), {**WITH_IMAGE, "base_image": "default", "build_image": "1"})
    agent.refresh_from_db()
    assert "dockerfile" not in agent.draft
    assert AgentImage.objects.count() == 0


def test_the_form_of_an_edit_shows_the_dockerfile(client, agent):
    page = text(client.get(url("agent-edit", agent)))
    assert "RUN sudo apt-get install -y jq" in page
    assert "custom image" in page


@pytest.mark.parametrize(
    ("body", "sentences"),
    [
        (" ", ["Write at least one RUN, ENV or WORKDIR, or take the default image."]),
        ("FROM x\nRUN a\nUSER root", ["Line 1: FROM can&#x27;t be used", "Line 3: USER can&#x27;t be used"]),
    ],
)
def test_a_dockerfile_that_can_not_be_used_is_told_line_by_line_and_kept(client, body, sentences):
    answer = client.post("/agents/new", {**WITH_IMAGE, "dockerfile": body})
    assert (answer.status_code, Agent.objects.count()) == (422, 0)
    for sentence in [*sentences, body.strip(), 'href="#id_dockerfile"']:
        assert sentence in text(answer)


def test_an_agent_on_the_default_image_has_no_card(client, admin):
    plain = agent_register(actor=admin, name="plain", spec={"source": {"kind": "paste", "code": CODE}})
    assert "Custom image" not in text(client.get(url("agent", plain)))
    assert text(client.get(url("agent-image", plain))).strip() == ""


def test_the_card_shows_the_log_while_building_and_offers_to_cancel(client, admin, agent):
    image = image_build(actor=admin, agent=agent)
    sink = sink_of(states.claim(image.pk, worker="w:1"), image.organization_id)
    sink.put("stdout", "Reading 5%\rReading 100%\n\x1b[32m<b>green</b>\x1b[0m\n")
    sink.drain()
    page = text(client.get(url("agent", agent)))
    assert "Reading 100%\n&lt;b&gt;green&lt;/b&gt;\n" in page
    assert "Reading 5%" not in page
    assert f'data-image="{image.public_id}"' in page
    answer = client.post(url("agent-image-cancel", agent), follow=True)
    assert "The build was cancelled by" in text(answer)


def test_the_card_says_what_a_ready_image_adds(client, admin, agent):
    claim = states.claim(image_build(actor=admin, agent=agent).pk, worker="w:1")
    states.ready(claim, KeptImage("sha256:1", 188_000_000), base="b", place="p")
    page = text(client.get(url("agent", agent)))
    assert "Ready" in page
    assert "188 MB on the base image" in page


def test_chip_shows_build_failed_with_the_reason_the_tail_and_a_rebuild_button(client, admin, agent):
    image = image_build(actor=admin, agent=agent)
    claim = states.claim(image.pk, worker="w:1")
    sink = sink_of(claim, image.organization_id)
    sink.put("stderr", "".join(f"line {number}.\n" for number in range(100)))
    sink.drain()
    states.failed(claim, "Line 1: The command ended with exit code 100.")
    page = text(client.get(url("agent", agent)))
    for words in ("Build failed", "Line 1: The command ended with exit code 100.", "line 99.", "Rebuild"):
        assert words in page
    assert "line 10." not in page
    client.post(url("agent-image-build", agent), {"rebuild": "1"})
    image.refresh_from_db()
    assert (image.state, image.build) == (ImageState.BUILDING, 2)


def test_the_card_says_when_runs_take_another_image(client, admin, agent):
    agent_publish(actor=admin, agent=agent)
    spec = {"source": {"kind": "paste", "code": CODE}, "dockerfile": "RUN other\n"}
    agent_update(actor=admin, agent=Agent.objects.get(), name="hello", spec=spec)
    assert "Runs take version 1, whose Dockerfile is another one. Its image: Not built" in " ".join(
        text(client.get(url("agent", agent))).split()
    )


def test_the_card_alone_is_no_page(client, agent):
    part = text(client.get(url("agent-image", agent)))
    assert "Custom image" in part
    assert "<html" not in part


def test_a_second_build_is_refused_with_a_page_that_says_why(client, admin, agent):
    image_build(actor=admin, agent=agent)
    answer = client.post(url("agent-image-build", agent))
    assert (answer.status_code, "one at a time" in text(answer)) == (409, True)


@pytest.mark.parametrize("name", ["agent-image-build", "agent-image-cancel"])
def test_only_posts_change_anything(client, agent, name):
    assert client.get(url(name, agent)).status_code == 405


@pytest.mark.parametrize("name", ["agent-image-build", "agent-image-cancel"])
def test_other_roles_and_organizations_are_refused(project, agent, name):
    assert client_as(project, Role.MEMBER).post(url(name, agent)).status_code == 403
    assert client_as(ProjectFactory()).post(url(name, agent)).status_code == 404


def test_the_page_with_a_card_takes_few_queries(client, admin, agent, django_assert_max_num_queries):
    image_build(actor=admin, agent=agent)
    with django_assert_max_num_queries(13):
        client.get(url("agent", agent))


def test_a_run_shows_which_image_it_was_pinned_to(client, project):
    run = AgentRunFactory(project=project, sandbox="docker", image=f"sha256:{'ab' * 32}")

    assert "abababababab" in client.get(f"/runs/{run.public_id}").content.decode()
