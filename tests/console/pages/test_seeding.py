import csv
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from agents.models import AgentRun
from console.access import Role
from evaluation.models import Dataset, SeededTask
from evaluation.seeding import job
from tests.console.pages.conftest import client_as
from tests.factories import ProjectFactory
from tests.support.agents import published_agent, published_pipeline
from tests.support.answers import prose

HTMX = {"HX-Request": "true"}


@pytest.fixture
def pipeline(project, admin):
    return published_pipeline(
        admin, project, published_agent(admin), name="Refunds", odyssey_seed_columns={"expected_outcome": True}
    )


@pytest.fixture
def path(pipeline):
    return f"/pipelines/{pipeline.public_id}/seed"


@pytest.fixture
def upload(client, path):
    """Choose a file; return the answer and, where it was taken, its dataset."""

    def send(content: str | bytes, name: str = "tasks.csv"):
        data = content.encode() if isinstance(content, str) else content
        answer = client.post(path, {"file": SimpleUploadedFile(name, data, "text/csv")})
        return answer, Dataset.objects.first()

    return send


GOOD = "user,expected_outcome,notes\nSay hello.,completion,x\nSay goodbye.,,y\n"
BAD = "user,expected_outcome\nSay hello.,maybe\n,completion\nSay goodbye.,refusal\n<b>Four</b>,completion\n"


# Choosing a file ------------------------------------------------------------------------------------------------------


def test_the_first_page_says_which_columns_there_are_and_what_fits(client, path):
    page = prose(client.get(path))
    for words in ("What the agent is asked to do.", "expected_outcome", "20 MB", "100,000 rows", "No uploads yet."):
        assert words in page


def test_the_template_has_the_wired_columns_and_an_example(client, pipeline):
    answer = client.get(f"/pipelines/{pipeline.public_id}/template.csv")
    header, example = csv.reader(answer.content.decode().splitlines())
    assert (header, len(example)) == (["user", "expected_outcome"], 2)
    assert "attachment" in answer["Content-Disposition"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The submitted file is empty|The file is empty"),
        ("user\n", "a header and no rows"),
        ("usr\nSay hello.\n", "Did you mean user"),
        ("user;expected_outcome\nSay hello.;refusal\n", "separated by semicolons"),
        (b"user\nGr\xfc\xdfe\n", "UTF-8"),
        ('user\n"Say hello.\n', "quote"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(upload, content, sentence):
    answer, dataset = upload(content)
    assert (answer.status_code, dataset) == (422, None)
    assert re.search(sentence, prose(answer))
    assert "Nothing was created." in prose(answer)


def test_one_that_is_too_large_is_refused_with_both_sizes(upload, settings):
    settings.CALLBOARD_UPLOAD_BYTES = 20
    answer, dataset = upload(GOOD)
    assert (answer.status_code, dataset) == (422, None)
    assert re.search(r"The file has \d+ bytes, and 20 bytes is the most", prose(answer))


def test_without_a_file_it_asks_for_one(client, path):
    answer = client.post(path)
    assert (answer.status_code, "Choose a CSV file first." in prose(answer)) == (422, True)


def test_a_draft_can_not_be_seeded(client, pipeline, path):
    type(pipeline).objects.update(latest=None)
    assert client.get(path).status_code == 409


# Checking -------------------------------------------------------------------------------------------------------------


def test_a_good_file_is_shown_and_nothing_is_created(client, upload):
    answer, _ = upload(GOOD.encode("utf-8-sig"))
    page = prose(client.get(answer.url))
    assert (answer.status_code, SeededTask.objects.count()) == (303, 0)
    for words in ("tasks.csv", "Every row can be seeded", "Seed 2 rows", "Say goodbye.", "Wired", "Ignored"):
        assert words in page


def test_each_bad_cell_says_what_is_wrong_in_place_and_beside(client, upload):
    answer, _ = upload(BAD)
    page = prose(client.get(answer.url))
    for words in ("2 of 4 rows", "Seed 2 rows", "Row 1", "Row 2", "Write completion or refusal."):
        assert words in page
    assert page.count('class="cb-bad"') == 2
    assert "&lt;b&gt;Four&lt;/b&gt;" in page


def test_rows_with_too_many_cells_are_shown_as_a_whole(client, upload):
    answer, _ = upload("user,expected_outcome\nSay hello.,completion,more,and more\n")
    page = prose(client.get(answer.url))
    assert "Seed rows" in page
    assert 'colspan="2"' in page


def test_the_problems_are_listed_and_can_be_taken_away(client, upload):
    answer, dataset = upload(BAD)
    assert "Problems 2" in prose(client.get(f"{answer.url}?view=problems"))
    file = client.get(f"/datasets/{dataset.public_id}/problems.csv")
    header, *rows = csv.reader(file.content.decode().splitlines())
    assert (header, [row[:2] for row in rows]) == (
        ["row", "column", "message"],
        [["1", "expected_outcome"], ["2", "user"]],
    )


def test_a_checked_upload_that_lost_its_file_can_not_be_looked_at(client, upload):
    answer, _ = upload(GOOD)
    Dataset.objects.update(file="datasets/gone.csv")
    assert client.get(answer.url).status_code == 409


# Seeding --------------------------------------------------------------------------------------------------------------


def test_the_button_seeds_the_rows_that_are_free_of_problems(client, upload):
    answer, _ = upload(BAD)
    started = client.post(f"{answer.url}/seed", follow=True)
    assert started.redirect_chain == [(answer.url, 303)]
    assert [task.row for task in SeededTask.objects.order_by("row")] == [3, 4]
    for words in ("2 rows seeded.", "2 rows", "Say goodbye.", "Left out"):
        assert words in prose(started)


def test_pressing_it_twice_seeds_once(client, upload):
    answer, _ = upload(GOOD)
    client.post(f"{answer.url}/seed")
    assert client.post(f"{answer.url}/seed").status_code == 409
    assert SeededTask.objects.count() == 2


def test_a_large_upload_shows_its_progress_and_is_made_in_the_background(client, upload, monkeypatch):
    monkeypatch.setattr(job, "BATCH_ROWS", 2)
    answer, dataset = upload("user\n" + "Say hello.\n" * 5)
    page = prose(client.post(f"{answer.url}/seed", follow=True))
    assert 'value="2" max="5"' in page
    assert f'hx-get="/datasets/{dataset.public_id}/progress' in page
    job.seed(dataset.pk)
    part = prose(client.get(f"{answer.url}/progress", headers=HTMX))
    assert "5 rows seeded." in part
    assert "<html" not in part
    assert "hx-trigger" not in part


def test_it_says_how_fast_it_goes_and_how_long_it_takes(client, upload, monkeypatch):
    monkeypatch.setattr(job, "BATCH_ROWS", 2)
    answer, _ = upload("user\n" + "Say hello.\n" * 5)
    client.post(f"{answer.url}/seed")
    at = (timezone.now() - timedelta(seconds=1)).timestamp()
    assert "2 a second" in prose(client.get(f"{answer.url}/progress?rows=0&at={at}"))
    assert "a second" not in prose(client.get(f"{answer.url}/progress?rows=x&at=y"))


def test_it_is_held_continued_and_cancelled(client, upload, monkeypatch):
    monkeypatch.setattr(job, "BATCH_ROWS", 1)
    answer, dataset = upload("user\n" + "Say hello.\n" * 3)
    client.post(f"{answer.url}/seed")
    assert "Paused" in prose(client.post(f"{answer.url}/pause?as=progress", headers=HTMX))
    assert client.post(f"{answer.url}/continue").url == answer.url
    page = prose(client.post(f"{answer.url}/cancel", follow=True))
    dataset.refresh_from_db()
    assert (dataset.status, SeededTask.objects.count()) == ("cancelled", 1)
    assert "Cancelled after 1 row." in page
    assert client.post(f"{answer.url}/continue").status_code == 409


def test_the_dataset_says_what_came_of_its_tasks(client, upload):
    answer, dataset = upload("user\n" + "Say hello.\n" * 4)
    client.post(f"{answer.url}/seed")
    words = ("PASS", "PASS", "FAIL", "UNGRADED")
    for run, verdict in zip(AgentRun.objects.order_by("pk"), words, strict=True):
        AgentRun.objects.filter(pk=run.pk).update(status="completed", verdict=verdict)
    page = prose(client.get(answer.url))
    for shown in ("66.7%", "3 graded runs", "1 ungraded", f"?dataset={dataset.public_id}&amp;verdict=FAIL"):
        assert shown in page


def test_the_pages_take_as_many_queries_for_many_uploads_as_for_one(
    client, upload, path, django_assert_max_num_queries
):
    for _ in range(4):
        answer, _ = upload(GOOD)
        client.post(f"{answer.url}/seed")
    checked, _ = upload(GOOD)
    for page, most in ((path, 9), (checked.url, 9), (answer.url, 9)):
        with django_assert_max_num_queries(most):
            assert client.get(page).status_code == 200


# Who and how ----------------------------------------------------------------------------------------------------------

_POSTS = ("seed", "pause", "continue", "cancel")


def test_a_viewer_looks_and_does_not_seed(client, project, upload, path):
    answer, _ = upload(GOOD)
    viewer = client_as(project, Role.VIEWER)
    assert (viewer.get(path).status_code, viewer.post(path).status_code) == (403, 403)
    assert {viewer.post(f"{answer.url}/{act}").status_code for act in _POSTS} == {403}
    page = prose(viewer.get(answer.url))
    assert "Say hello." in page
    assert "Seed 2 rows" not in page


def test_another_organizations_dataset_does_not_exist(upload, path, pipeline):
    answer, _ = upload(GOOD)
    stranger = client_as(ProjectFactory())
    pages = (path, f"/pipelines/{pipeline.public_id}/template.csv", answer.url, f"{answer.url}/progress")
    assert {stranger.get(page).status_code for page in (*pages, f"{answer.url}/problems.csv")} == {404}
    assert {stranger.post(page).status_code for page in (path, *(f"{answer.url}/{act}" for act in _POSTS))} == {404}


def test_wrong_methods_are_refused(client, upload, path):
    answer, _ = upload(GOOD)
    assert {client.get(f"{answer.url}/{act}").status_code for act in _POSTS} == {405}
    assert {client.post(f"{answer.url}{part}").status_code for part in ("", "/progress", "/problems.csv")} == {405}
    assert client.delete(path).status_code == 405


def test_the_sidebar_counts_an_upload_to_its_pipelines(client, upload):
    answer, _ = upload(GOOD)
    links = client.get(answer.url).context["nav_groups"][1].links
    assert [link.label for link in links if link.is_current] == ["Pipelines"]
