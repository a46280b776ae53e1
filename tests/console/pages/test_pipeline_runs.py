from django.urls import reverse

from orchestration.models import Run
from orchestration.services.runs import run_cancel
from tests.support.answers import text
from tests.support.graphs import started


def test_the_list_holds_the_runs_of_every_kind_but_fields(client, asking, gated):
    page = text(client.get("/pipeline-runs"))
    assert (asking.public_id in page, gated.public_id in page) == (True, True)


def test_filters_are_in_the_url(client, asking, gated):
    stages = text(client.get("/pipeline-runs?kind=stages"))
    assert (asking.public_id in stages, gated.public_id in stages) == (False, True)
    of_one = text(client.get(f"/pipeline-runs?pipeline={asking.pipeline.public_id}"))
    assert (asking.public_id in of_one, gated.public_id in of_one) == (True, False)
    assert "No runs match" in text(client.get("/pipeline-runs?status=failed"))
    assert asking.public_id in text(client.get("/pipeline-runs?status=paused&q=a+run"))


def test_the_list_takes_as_many_queries_for_many_runs(client, admin, asking, django_assert_max_num_queries):
    for _ in range(4):
        started(admin, asking.pipeline, query="x")
    with django_assert_max_num_queries(7):
        client.get("/pipeline-runs")


def test_many_runs_are_cancelled_and_started_again_at_once(client, asking, gated):
    ids = [asking.public_id, gated.public_id]
    assert "2 runs cancelled" in text(client.post("/pipeline-runs/act", {"verb": "cancel", "run": ids}, follow=True))
    assert set(Run.objects.values_list("status", flat=True)) == {"cancelled"}
    again = client.post("/pipeline-runs/act", {"verb": "rerun", "run": ids}, follow=True)
    assert ("2 runs started again" in text(again), Run.objects.count()) == (True, 4)


def test_an_open_list_asks_for_rows_that_moved_on(client, admin, asking):
    run_cancel(actor=admin, run=asking)
    part = text(client.get(f"/pipeline-runs/rows?ids={asking.public_id}&pipeline=1&select=1"))
    assert ("Cancelled" in part, 'hx-swap-oob="true"' in part) == (True, True)


def test_an_empty_list_says_what_to_do(client):
    page = text(client.get("/pipeline-runs"))
    assert ("No runs yet" in page, reverse("pipelines") in page) == (True, True)
