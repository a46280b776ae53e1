"""The same uploads where files are kept in a bucket: the browser sends them there, past the console."""

import threading
from contextlib import closing

import boto3
import httpx
import pytest
from django.core.files.storage import default_storage
from moto.server import ThreadedMotoServer

from agents.archives.direct import direct_url, is_direct
from agents.archives.errors import ArchiveNotUploaded, ArchiveUnfit
from agents.errors import AgentRunFailed
from agents.models import AgentArchive
from agents.services.archives import archive_confirm, archive_create, archive_delete
from agents.sources.archive import ArchiveSource
from agents.sources.base import FetchContext
from console.file_storage import Bucket, storage_of
from tests.support.archives import FLAT

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def s3():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _in_a_bucket(settings, s3):
    client = boto3.client(
        "s3", endpoint_url=s3, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    client.create_bucket(Bucket="callboard")
    bucket = Bucket("callboard", endpoint=s3, region="us-east-1", access_key="a", secret_key="b")
    settings.STORAGES = {**settings.STORAGES, "default": storage_of(bucket)}
    with closing(client):
        yield
        boto3.resource(
            "s3", endpoint_url=s3, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        ).Bucket("callboard").objects.delete()


def begun(admin, data=FLAT):
    made = archive_create(actor=admin, filename="my-agent.zip", size=len(data))
    return made, direct_url(made.file, size=made.size_bytes, seconds=60)


def fetched(admin, made):
    context = FetchContext(admin.organization_id, "main.py", threading.Event(), lambda _: None)
    return ArchiveSource().fetch({"kind": "zip", "archive_id": made.public_id}, context)


def test_an_upload_goes_straight_to_the_bucket(admin):
    made, url = begun(admin)

    assert is_direct()
    assert httpx.put(url, content=FLAT).is_success

    assert archive_confirm(actor=admin, archive=made).status == "confirmed"
    assert (fetched(admin, made).folder / "helpers" / "prompts.py").exists()


def test_the_address_is_signed_for_the_size_and_a_short_while(admin):
    _, url = begun(admin)

    query = httpx.URL(url).params
    assert query["X-Amz-Expires"] == "60"
    assert "content-length" in query["X-Amz-SignedHeaders"].split(";")
    assert query["X-Amz-Signature"] != "b"


def test_what_is_not_in_the_bucket_yet_is_not_confirmed_and_may_still_come(admin):
    made, url = begun(admin)

    with pytest.raises(ArchiveNotUploaded):
        archive_confirm(actor=admin, archive=made)
    httpx.put(url, content=FLAT)

    assert archive_confirm(actor=admin, archive=AgentArchive.objects.get(pk=made.pk)).status == "confirmed"


def test_another_size_than_announced_is_refused(admin):
    made, url = begun(admin)
    file = made.file
    httpx.put(url, content=FLAT + b"more")

    with pytest.raises(ArchiveUnfit, match="another size"):
        archive_confirm(actor=admin, archive=made)
    assert not default_storage.exists(file)


def test_what_is_put_there_after_it_was_confirmed_is_not_run(admin, settings, home):
    made, url = begun(admin)
    httpx.put(url, content=FLAT)
    archive_confirm(actor=admin, archive=made)
    httpx.put(url, content=FLAT[::-1])
    settings.CALLBOARD_HOME = type(home)(home.path / "another machine")

    with pytest.raises(AgentRunFailed, match="can't be read"):
        fetched(admin, made)


def test_a_bucket_that_is_away_fails_the_run_and_not_the_worker(admin, settings, home):
    made, url = begun(admin)
    httpx.put(url, content=FLAT)
    archive_confirm(actor=admin, archive=made)
    settings.CALLBOARD_HOME = type(home)(home.path / "another machine")
    away = Bucket("callboard", endpoint="http://127.0.0.1:9", region="us-east-1", access_key="a", secret_key="b")
    settings.STORAGES = {**settings.STORAGES, "default": storage_of(away)}

    with pytest.raises(AgentRunFailed) as failed:
        fetched(admin, made)
    assert failed.value.code == "agent_code_fetch_failed"


def test_deleting_an_archive_deletes_it_from_the_bucket(admin, django_capture_on_commit_callbacks):
    made, url = begun(admin)
    httpx.put(url, content=FLAT)

    with django_capture_on_commit_callbacks(execute=True):
        archive_delete(actor=admin, archive=made)

    assert not default_storage.exists(made.file)
