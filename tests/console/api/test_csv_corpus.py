"""The files of the corpus, through the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from evaluation.models import Dataset, SeededTask
from tests.evaluation.seeding.corpus import BAD, GOOD, Bad
from tests.support.agents import published_agent, published_pipeline


@pytest.fixture
def send(project, admin, api, settings, tmp_path):
    """Upload a file to a published workflow."""
    settings.MEDIA_ROOT = tmp_path
    pipeline = published_pipeline(admin, project, published_agent(admin), odyssey_seed_columns={"state": True})
    path = f"/api/v1/workflows/{pipeline.public_id}/tasks/csv"

    def upload(data: bytes):
        file = SimpleUploadedFile("tasks.csv", data, "text/csv")
        return Client().post(path, {"file": file}, headers={"Authorization": f"Bearer {api.token}"})

    return upload


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_a_bad_file_gets_the_row_and_the_column_and_creates_nothing(send, bad: Bad):
    answer = send(bad.make())

    assert answer.status_code == bad.status
    body = answer.json()
    assert (body["dataset_id"], body["created"]) == (None, 0)
    assert (body["errors"][0]["row"], body["errors"][0]["column"]) == (bad.row, bad.column)
    assert bad.message in body["errors"][0]["message"]
    assert (Dataset.objects.count(), SeededTask.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", GOOD)
def test_an_odd_file_is_taken(send, name):
    data, wanted = GOOD[name]

    answer = send(data)

    assert (answer.status_code, answer.json()["created"]) == (201, len(wanted))
