import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from agents.models import AgentRun
from console.access import Role
from console.ids import new_id, to_public
from evaluation.explorer import key_at
from evaluation.models import Dataset
from tests.console.pages.conftest import client_as
from tests.factories import AgentRunFactory, AgentVersionFactory, ProjectFactory
from tests.support.agents import published_agent, published_pipeline
from tests.support.answers import prose


@pytest.fixture
def version(project):
    return AgentVersionFactory(agent__organization=project.organization, agent__name="invoice-extractor", number=12)


def broken(project, version, code="environment_setup_failed", message="apt-get exited 100", **fields):
    error = {"code": code, "message": message, "cause": "environment"}
    return AgentRunFactory(
        project=project, agent=version.agent, version=version, status="failed", error_code=code,
        cause="environment", error=error, **fields,
    )  # fmt: skip


def key_of(days_ago: int):
    """Return a key as a row of some days ago has it."""
    at = timezone.now() - timedelta(days=days_ago)
    return UUID(int=key_at(at).int | (new_id().int & ((1 << 80) - 1)))


def test_an_empty_project_is_led_to_its_first_run(client):
    page = prose(client.get("/"))
    assert "No runs yet" in page
    assert f'href="{reverse("agent-new")}"' in page


def test_the_step_that_is_next_has_the_button(client, project, admin):
    pipeline = published_pipeline(admin, project, published_agent(admin))
    assert f'href="/pipelines/{pipeline.public_id}/seed"' in prose(client.get("/"))


def test_it_lists_the_newest_runs(client, project):
    run = AgentRunFactory(project=project, verdict="PASS", title="Refund <order> 4523")
    page = prose(client.get("/"))
    assert "Refund &lt;order&gt; 4523" in page
    assert f'data-run="{to_public("run", run.run_id)}"' in page


def test_runs_that_broke_alike_are_one_entry_which_leads_to_them(client, project, version):
    for _ in range(3):
        broken(project, version)
    broken(project, version, "agent_timeout", "It took <too> long\nand more")
    page = prose(client.get("/"))
    for words in ("3 runs failed", "invoice-extractor v12 · apt-get exited 100", "Open 3 runs", "1 run failed"):
        assert words in page
    url = re.search(r'href="(/runs\?[^"]*environment_setup_failed[^"]*)"', page)[1].replace("&amp;", "&")
    assert "1 to 3 of 3" in prose(client.get(url))
    assert "It took &lt;too&gt; long" in page
    assert "and more" not in page


def test_ungraded_runs_wait_for_a_person_until_they_are_graded_again(client, project, version):
    AgentRunFactory(project=project, agent=version.agent, version=version, verdict="UNGRADED", judge="judge-x")
    assert "1 run is ungraded" in prose(client.get("/"))
    AgentRun.objects.update(regrade_by="Ada")
    assert "is ungraded" not in prose(client.get("/"))


def test_what_broke_long_ago_is_left_to_the_data_explorer(client, project, version):
    broken(project, version, id=key_of(days_ago=8))
    assert "Nothing waits for you, and nothing broke." in prose(client.get("/"))


def test_failures_that_were_seen_leave_the_list_and_later_ones_enter_it(client, project, version):
    broken(project, version)
    answer = client.post("/seen", follow=True)
    assert answer.redirect_chain == [("/", 303)]
    assert "runs failed" not in prose(answer)
    broken(project, version)
    assert "1 run failed" in prose(client.get("/"))
    assert "2 runs failed" in prose(client_as(project).get("/"))


def test_uploads_that_wait_are_listed_checked_ones_to_their_owner_alone(client, project, admin):
    AgentRunFactory(project=project)
    pipeline = published_pipeline(admin, project, published_agent(admin))
    file = SimpleUploadedFile("refunds.csv", b"user\nSay hello.\n", "text/csv")
    client.post(f"/pipelines/{pipeline.public_id}/seed", {"file": file})
    assert "is checked and not seeded" in prose(client.get("/"))
    other = client_as(project)
    assert "is checked and not seeded" not in prose(other.get("/"))
    Dataset.objects.update(status="paused")
    assert "is paused" in prose(other.get("/"))


def judged(project, version, verdicts: str, days_ago: int = 0) -> None:
    """Make runs of one day: P, F and U for pass, fail and ungraded."""
    words = {"P": "PASS", "F": "FAIL", "U": "UNGRADED"}
    for letter in verdicts:
        run = AgentRunFactory(
            id=key_of(days_ago), project=project, agent=version.agent, version=version, verdict=words[letter]
        )
        AgentRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(days=days_ago))


def test_the_pass_rate_has_its_interval_and_counts(client, project, version):
    judged(project, version, "PPPFU")
    page = prose(client.get("/"))
    for words in ("75.0%", "30.1% to 95.4%", "3 passed", "1 failed", "1 ungraded"):
        assert words in page


def test_a_change_that_may_be_chance_is_called_that(client, project, version):
    judged(project, version, "PPPF")
    judged(project, version, "PPFF", days_ago=20)
    assert "no clear change on the 14 days before" in prose(client.get("/"))


def test_a_clear_change_is_said_in_points(client, project, version):
    judged(project, version, "P" * 30)
    judged(project, version, "F" * 30, days_ago=10)
    assert "100.0 points over the 7 days before" in prose(client.get("/?days=7"))
    assert "50.0%" in prose(client.get("/?days=30"))


def test_it_takes_as_many_queries_for_many_runs_as_for_one(client, project, version, django_assert_max_num_queries):
    judged(project, version, "PFU")
    for number in range(4):
        broken(project, version, f"code_{number}")
    with django_assert_max_num_queries(17):
        client.get("/")


def test_runs_of_another_project_are_not_shown(client, project):
    AgentRunFactory(title="Elsewhere")
    AgentRunFactory(project=ProjectFactory(organization=project.organization), title="Next door")
    page = prose(client.get("/"))
    assert ("Elsewhere" in page, "Next door" in page) == (False, False)


def test_a_viewer_sees_it_without_the_way_to_seed(project, admin):
    AgentRunFactory(project=project)
    pipeline = published_pipeline(admin, project, published_agent(admin))
    page = prose(client_as(project, Role.VIEWER).get("/"))
    assert "Recent runs" in page
    assert f"/pipelines/{pipeline.public_id}/seed" not in page


def test_wrong_methods_are_refused(client):
    assert (client.post("/").status_code, client.get("/seen").status_code) == (405, 405)
