import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from agents.models import AgentRun
from console.access import Role
from console.ids import new_id, to_public
from evaluation import run_counts
from evaluation.explorer import key_at
from tests.console.pages.conftest import client_as
from tests.factories import (
    AgentFactory,
    AgentRunFactory,
    AgentVersionFactory,
    PipelineFactory,
    ProjectFactory,
)
from tests.support.agents import published_agent, published_pipeline
from tests.support.answers import prose

HTMX = {"HX-Request": "true"}


def titles(answer) -> list[str]:
    """Return the titles of the runs in the table, from the top."""
    return re.findall(r'<a class="cb-row-link"[^>]*>([^<]*)</a>', answer.content.decode())


def facet(answer, name: str, value: str) -> int | None:
    """Return the count that a value of a facet has."""
    boxes = rf'<input class="form-check-input" type="checkbox" name="{name}" value="{value}".*?cb-num">([\d,]+)<'
    found = re.search(boxes, prose(answer))
    return int(found[1].replace(",", "")) if found else None


@pytest.fixture
def make(project):
    """Make a run; `ago` says how long ago it began."""
    version = AgentVersionFactory(agent__organization=project.organization, agent__name="refund-agent", number=7)

    def make(title: str, ago: timedelta = timedelta(0), **fields) -> AgentRun:
        at = timezone.now() - ago
        key = UUID(int=key_at(at).int | (new_id().int & ((1 << 80) - 1))) if ago else new_id()
        fields = {"agent": version.agent, "version": version, **fields}
        run = AgentRunFactory(id=key, project=project, title=title, **fields)
        AgentRun.objects.filter(pk=run.pk).update(created_at=at)
        return run

    return make


# What is shown --------------------------------------------------------------------------------------------------------


def test_an_empty_project_is_led_to_its_first_run(client):
    page = prose(client.get("/runs"))
    assert "No runs yet" in page
    assert "Register and publish an agent" in page
    assert "Export" not in page


def test_a_run_is_shown_with_all_that_it_came_to(client, make):
    run = make(
        "Convert <INV-2291>", verdict="FAIL", failure_mode="States the rate", latency_ms=4600, cost="0.0081",
    )  # fmt: skip
    page = prose(client.get("/runs"))
    for words in ("Convert &lt;INV-2291&gt;", "refund-agent", "v7", "Completed", "Fail", "States the rate", "4.6 s"):
        assert words in page
    assert "$0.008" in page
    assert f'id="{run.public_id}"' in page


def test_a_broken_run_names_its_cause_and_has_no_verdict(client, make):
    make("Broken", status="failed", error_code="environment_setup_failed", cause="environment")
    page = prose(client.get("/runs"))
    assert 'title="environment_setup_failed"' in page
    assert "Environment" in page


def test_the_newest_is_on_top_and_pages_go_by_key(client, make):
    for number in range(60):
        make(f"run {number}", timedelta(minutes=60 - number))
    first = client.get("/runs")
    assert (titles(first)[0], len(titles(first)), "1 to 50 of 60" in prose(first)) == ("run 59", 50, True)
    older = re.search(r'href="(\?[^"]*)" rel="next"', first.content.decode())[1].replace("&amp;", "&")
    second = client.get(f"/runs{older}")
    assert (titles(second)[0], titles(second)[-1], "51 to 60 of 60" in prose(second)) == ("run 9", "run 0", True)
    newer = re.search(r'href="(\?[^"]*)" rel="prev"', second.content.decode())[1].replace("&amp;", "&")
    assert titles(client.get(f"/runs{newer}")) == titles(first)


def test_bars_over_time_lead_to_their_span(client, make):
    make("old", timedelta(hours=5), verdict="FAIL")
    make("new", verdict="PASS")
    page = prose(client.get("/runs"))
    assert "data-histogram=" in page
    assert len(re.findall(r"data-start=", page)) >= 2


# Filters --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def several(make, project):
    """A few runs of every kind."""
    other = AgentVersionFactory(agent=AgentFactory(organization=project.organization, name="repo-fixer"))
    return {
        "pass": make("Refund order 4521", verdict="PASS"),
        "fail": make("Refund order 4522", verdict="FAIL", failure_mode="Gives the amount"),
        "ungraded": make("Summarize a ticket", verdict="UNGRADED", cause="provider"),
        "broken": make("Fix a test", status="failed", error_code="agent_timeout", cause="agent", version=other,
                       agent=other.agent),
        "queued": make("Wait for a turn", status="queued"),
        "old": make("Refund order 4000", timedelta(days=9), verdict="PASS"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("verdict=FAIL", ["Refund order 4522"]),
        ("verdict=FAIL&verdict=UNGRADED", ["Summarize a ticket", "Refund order 4522"]),
        ("verdict=none", ["Wait for a turn", "Fix a test"]),
        ("status=queued", ["Wait for a turn"]),
        ("cause=provider&status=completed", ["Summarize a ticket"]),
        ("outcome=failed", ["Fix a test", "Refund order 4522"]),
        ("code=agent_timeout", ["Fix a test"]),
        ("q=refund+45", ["Refund order 4522", "Refund order 4521"]),
        ("started=24h&verdict=PASS", ["Refund order 4521"]),
        ("to=2020-01-01T00:00Z", []),
        ("q=%25", []),
    ],
)
def test_filters_are_the_url(client, several, query, found):
    assert titles(client.get(f"/runs?{query}")) == found


def test_runs_are_found_by_agent_version_pipeline_and_dataset(client, several, project, make):
    broken, pipeline, dataset_id = several["broken"], PipelineFactory(project=project), new_id()
    make("In a pipeline", pipeline_id=pipeline.pk, dataset_id=dataset_id)
    assert titles(client.get(f"/runs?agent={broken.agent.public_id}")) == ["Fix a test"]
    assert titles(client.get(f"/runs?version={broken.version.public_id}")) == ["Fix a test"]
    assert titles(client.get(f"/runs?pipeline={pipeline.public_id}")) == ["In a pipeline"]
    assert titles(client.get(f"/runs?dataset={to_public('data', dataset_id)}")) == ["In a pipeline"]


def test_what_makes_no_sense_in_a_url_is_left_aside(client, several):
    answer = client.get("/runs?verdict=GREAT&agent=agt_x&from=yesterday&started=soon&version=1&at=x")
    assert (answer.status_code, len(titles(answer))) == (200, 6)


def test_a_cursor_that_no_page_gave_is_refused(client, several):
    assert client.get("/runs?cursor=arun_x").status_code == 422


def test_a_span_has_both_ends_and_the_second_is_not_part_of_it(client, make):
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    make("in March", timezone.now() - at)
    assert titles(client.get("/runs?from=2026-03-01T12:00Z&to=2026-03-01T13:00Z")) == ["in March"]
    assert titles(client.get("/runs?from=2026-03-01T11:00Z&to=2026-03-01T12:00Z")) == []


def test_each_filter_has_a_chip_that_takes_it_away(client, several):
    page = prose(client.get("/runs?verdict=FAIL&verdict=PASS&started=7d&q=refund"))
    assert re.search(r'href="\?verdict=PASS&amp;started=7d&amp;q=refund"', page)
    assert re.search(r'href="\?verdict=FAIL&amp;verdict=PASS&amp;q=refund"', page)
    assert "last 7 days" in page
    assert "Clear filters" in page


def test_facets_count_what_else_there_is_in_their_dimension(client, several):
    answer = client.get("/runs?verdict=FAIL")
    assert (facet(answer, "verdict", "FAIL"), facet(answer, "verdict", "PASS")) == (1, 2)
    assert facet(answer, "status", "completed") == 1
    assert facet(answer, "status", "queued") is None


def test_a_chosen_value_is_counted_even_behind_the_newest_runs(client, several, monkeypatch):
    monkeypatch.setattr(run_counts, "MOST_COUNTED", 1)
    answer = client.get("/runs?verdict=FAIL")
    assert (facet(answer, "verdict", "FAIL"), titles(answer)) == (1, ["Refund order 4522"])


def test_views_are_filters_with_a_count(client, several):
    page = prose(client.get("/runs?verdict=UNGRADED"))
    assert re.search(r'href="\?verdict=UNGRADED"[^>]*aria-current="page"', page)
    assert re.search(r'href="\?outcome=failed&amp;started=today"', page)


def test_where_nothing_matches_it_offers_to_clear_the_filters(client, several):
    page = prose(client.get("/runs?q=nothing+of+the+kind"))
    assert "data-histogram" not in page
    assert "No runs match" in page
    assert "Clear filters" in page


def test_filters_may_be_asked_for_as_a_part(client, several):
    part = client.get("/runs?verdict=FAIL", headers=HTMX)
    assert (titles(part), "<html" in prose(part), part["Vary"]) == (["Refund order 4522"], False, "HX-Request, Cookie")
    assert 'id="explorer-export"' in prose(part)


# Live -----------------------------------------------------------------------------------------------------------------


def test_an_open_page_asks_for_some_rows_anew_and_how_many_are_newer(client, several, make):
    shown, other = several["pass"], several["fail"]
    make("just arrived", verdict="FAIL")
    part = client.get(
        f"/runs/rows?ids={shown.public_id},arun_nonsense&newest={several['queued'].public_id}&query=verdict%3DFAIL"
    )
    assert titles(part) == ["Refund order 4521"]
    assert 'hx-swap-oob="true"' in prose(part)
    assert other.public_id not in prose(part)
    assert "1 new run since" in prose(part)
    assert 'href="?verdict=FAIL"' in prose(part)


def test_a_row_that_is_asked_for_anew_has_the_cells_that_it_had(client, project, make):
    run = make("Refund")
    for browser in (client, client_as(project, Role.VIEWER)):
        row = browser.get("/runs").content.decode().split(f'id="{run.public_id}"')[1].split("</tr>")[0]
        assert prose(browser.get(f"/runs/rows?ids={run.public_id}")).count("<td") == row.count("<td")


def test_rows_of_another_project_are_not_given(client, project):
    hidden = AgentRunFactory(project=ProjectFactory(organization=project.organization), title="Hidden")
    assert titles(client.get(f"/runs/rows?ids={hidden.public_id}")) == []


def test_rows_say_what_they_show_so_that_only_changed_ones_are_swapped(client, make):
    run = make("Refund", status="running")
    before = re.search(r'data-state="([^"]*)"', prose(client.get("/runs")))[1]
    AgentRun.objects.filter(pk=run.pk).update(status="completed", verdict="PASS")
    assert before != re.search(r'data-state="([^"]*)"', prose(client.get(f"/runs/rows?ids={run.public_id}")))[1]


# Who and how ----------------------------------------------------------------------------------------------------------


def test_it_takes_as_many_queries_for_many_runs_as_for_one(client, several, make, django_assert_max_num_queries):
    for number in range(30):
        make(f"run {number}", verdict="PASS")
    for query, most in (("", 19), ("?verdict=FAIL&status=completed&started=30d&q=refund", 21)):
        with django_assert_max_num_queries(most):
            client.get(f"/runs{query}")
    with django_assert_max_num_queries(6):
        client.get("/runs/rows?ids=" + ",".join(run.public_id for run in several.values()))


def test_a_member_of_one_project_sees_no_run_of_another(project, make):
    make("Mine")
    AgentRunFactory(project=ProjectFactory(organization=project.organization), title="Next door")
    AgentRunFactory(title="Elsewhere")
    assert titles(client_as(project, Role.MEMBER).get("/runs")) == ["Mine"]


def test_a_viewer_can_look_and_can_not_select(project, make, admin):
    make("Mine")
    pipeline = published_pipeline(admin, project, published_agent(admin))
    answer = client_as(project, Role.VIEWER).get("/runs")
    assert titles(answer) == ["Mine"]
    assert ('name="run"' in prose(answer), f"/pipelines/{pipeline.public_id}/seed" in prose(answer)) == (False, False)


def test_agents_of_another_organization_are_not_named(client, make):
    make("Mine")
    stranger = AgentFactory(name="secret-agent")
    assert "secret-agent" not in prose(client.get(f"/runs?agent={stranger.public_id}"))


def test_wrong_methods_are_refused(client):
    assert (client.post("/runs").status_code, client.post("/runs/rows").status_code) == (405, 405)
