import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from console.errors import NotFound
from evaluation.models import Dataset
from evaluation.seeding.stale import delete_stale
from evaluation.services.seeding import dataset_seed, upload_check
from tests.support.agents import published_agent, published_pipeline


@pytest.fixture
def upload(project, admin):
    """A file that was checked and not seeded, two days ago."""
    pipeline = published_pipeline(admin, project, published_agent(admin))
    found = upload_check(actor=admin, pipeline=pipeline, file=io.BytesIO(b"user\nSay hello.\n"), name="a.csv").dataset
    Dataset.objects.update(created_at=timezone.now() - timedelta(days=2))
    return found


def test_an_upload_that_nobody_seeded_for_a_day_is_deleted_with_its_file(upload, django_capture_on_commit_callbacks):
    assert default_storage.exists(upload.file)
    with django_capture_on_commit_callbacks(execute=True):
        assert delete_stale() == 1
    assert (Dataset.objects.exists(), default_storage.exists(upload.file)) == (False, False)


def test_one_of_today_stays(upload):
    Dataset.objects.update(created_at=timezone.now() - timedelta(hours=23))
    assert delete_stale() == 0


def test_one_that_was_seeded_stays(upload, admin):
    dataset_seed(actor=admin, dataset=upload)
    assert delete_stale() == 0
    assert default_storage.exists(upload.file)


def test_seeding_one_that_was_deleted_says_that_it_is_gone(upload, admin):
    delete_stale()
    with pytest.raises(NotFound, match="within a day"):
        dataset_seed(actor=admin, dataset=upload)
