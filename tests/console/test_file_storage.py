import pytest

from console.file_storage import Bucket, bucket_problem, storage_of, upload_origins


def test_files_lie_on_disk_where_no_bucket_is_named():
    assert storage_of(Bucket(""))["BACKEND"].endswith("FileSystemStorage")
    assert upload_origins(Bucket("")) == []


def test_a_bucket_of_aws_is_asked_by_its_own_name():
    bucket = Bucket("files", region="eu-west-1")

    assert storage_of(bucket)["OPTIONS"]["addressing_style"] == "virtual"
    assert "https://files.s3.eu-west-1.amazonaws.com" in upload_origins(bucket)


def test_a_server_of_ones_own_is_asked_by_path():
    bucket = Bucket("files", endpoint="https://minio.example.com:9000/ignored")

    assert storage_of(bucket)["OPTIONS"]["addressing_style"] == "path"
    assert upload_origins(bucket) == ["https://minio.example.com:9000"]


@pytest.mark.parametrize("bucket", [Bucket("files", endpoint="minio:9000"), Bucket("files", access_key="a")])
def test_half_a_setting_is_refused(bucket):
    assert bucket_problem(bucket)


def test_keys_are_not_shown():
    assert "secret" not in repr(Bucket("files", access_key="a", secret_key="secret"))
