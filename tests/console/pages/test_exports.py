import asyncio
import csv
import io
import json

import pytest
from asgiref.sync import async_to_sync

from console.access import Role
from evaluation import run_export
from tests.console.pages.conftest import client_as
from tests.factories import AgentRunFactory, PipelineFactory, ProjectFactory


@async_to_sync
async def _collect(answer) -> str:
    return "".join([part.decode() async for part in answer.streaming_content])


def body(answer) -> str:
    return _collect(answer)


def records(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(answer), newline="")))


def lines(answer) -> list[dict[str, object]]:
    return [json.loads(line) for line in body(answer).splitlines()]


def test_csv_has_a_line_for_each_run_the_newest_first(client, project):
    pipeline = PipelineFactory(project=project, name="Refund quality")
    AgentRunFactory(project=project, title="first")
    run = AgentRunFactory(
        project=project, title="second", verdict="PASS", latency_ms=4600, cost="0.0081", pipeline_id=pipeline.pk
    )
    answer = client.get("/runs/export?format=csv")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/csv; charset=utf-8", "private, no-store")
    assert 'filename="runs-' in answer["Content-Disposition"]
    newest, oldest = records(answer)
    assert (newest["id"], newest["verdict"], newest["pipeline"]) == (run.public_id, "PASS", "Refund quality")
    assert (float(newest["cost_usd"]), newest["latency_ms"], oldest["verdict"]) == (0.0081, "4600", "")


@pytest.mark.parametrize("nasty", ['=HYPERLINK("http://x","y")', "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1"])
def test_a_formula_does_not_come_to_life_in_a_spreadsheet_and_jsonl_is_exact(client, project, nasty):
    AgentRunFactory(project=project, title="x", final_response=nasty)
    assert records(client.get("/runs/export"))[0]["final_response"] == f"'{nasty}"
    assert lines(client.get("/runs/export?format=jsonl"))[0]["final_response"] == nasty


def test_an_exception_is_its_type_and_message(client, project):
    AgentRunFactory(project=project, exception={"type": "ValueError", "message": "no such order", "traceback": "x"})
    assert lines(client.get("/runs/export?format=jsonl"))[0]["exception"] == "ValueError: no such order"


def test_what_breaks_lines_and_cells_stays_in_its_cell(client, project):
    said = 'a "quoted"\r\nanswer, with a comma and \U0001f600'
    AgentRunFactory(project=project, final_response=said)
    assert records(client.get("/runs/export"))[0]["final_response"] == said
    assert lines(client.get("/runs/export?format=jsonl"))[0]["final_response"] == said


def test_the_filters_of_the_url_hold(client, project):
    AgentRunFactory(project=project, title="good", verdict="PASS")
    AgentRunFactory(project=project, title="bad", verdict="FAIL")
    assert [line["title"] for line in lines(client.get("/runs/export?format=jsonl&verdict=FAIL"))] == ["bad"]


def test_it_is_read_in_batches_and_says_each_run_once(client, project, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(run_export, "_BATCH_ROWS", 3)
    for number in range(7):
        AgentRunFactory(project=project, title=str(number))
    with django_assert_max_num_queries(8):  # who asks: four; and one for each batch
        found = lines(client.get("/runs/export?format=jsonl"))
    assert [line["title"] for line in found] == list("6543210")


def test_an_answer_that_is_left_early_stops_reading(client, project, monkeypatch):
    monkeypatch.setattr(run_export, "_BATCH_ROWS", 1)
    for _ in range(3):
        AgentRunFactory(project=project)
    answer = client.get("/runs/export")

    async def first() -> bytes:
        async for part in answer.streaming_content:
            return part
        return b""

    assert asyncio.run(first()).startswith(b'"id"')


def test_no_runs_are_a_header_alone(client):
    assert body(client.get("/runs/export")).startswith('"id","run_id"')
    assert body(client.get("/runs/export?format=jsonl")) == ""


def test_runs_of_others_are_not_in_it(project):
    AgentRunFactory(project=project, title="Mine")
    AgentRunFactory(project=ProjectFactory(organization=project.organization), title="Next door")
    AgentRunFactory(title="Elsewhere")
    viewer = client_as(project, Role.VIEWER)
    assert [line["title"] for line in lines(viewer.get("/runs/export?format=jsonl"))] == ["Mine"]


def test_wrong_methods_are_refused(client):
    assert client.post("/runs/export").status_code == 405


def test_a_stranger_is_sent_to_sign_in(client):
    client.logout()
    assert client.get("/runs/export").url.startswith("/sign-in")
