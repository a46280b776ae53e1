"""Where files are kept: on disk, or in a bucket of S3 or of what speaks its language."""

from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Bucket(NamedTuple):
    """A bucket as an installation names it. Without keys, those of the machine are looked for, as AWS does it."""

    name: str
    endpoint: str = ""
    region: str = ""
    access_key: str = ""
    secret_key: str = ""

    def __repr__(self) -> str:
        return f"Bucket({self.name!r})"


def storage_of(bucket: Bucket) -> dict[str, Any]:
    """Return Django's setting of the storage: on disk where no bucket is named."""
    if not bucket.name:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    options = {
        "bucket_name": bucket.name,
        "endpoint_url": bucket.endpoint or None,
        "region_name": bucket.region or None,
        "access_key": bucket.access_key or None,
        "secret_key": bucket.secret_key or None,
        "signature_version": "s3v4",
        # A server of one's own seldom has a name for each bucket.
        "addressing_style": "path" if bucket.endpoint else "virtual",
        "file_overwrite": False,
        "default_acl": None,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def upload_origins(bucket: Bucket) -> list[str]:
    """Return where pages must be let send files to, as a content security policy names it."""
    if not bucket.name:
        return []
    if bucket.endpoint:
        address = urlsplit(bucket.endpoint)
        return [f"{address.scheme}://{address.netloc}"]
    region = f".{bucket.region}" if bucket.region else ""
    return sorted({f"https://{bucket.name}.s3{region}.amazonaws.com", f"https://{bucket.name}.s3.amazonaws.com"})


def bucket_problem(bucket: Bucket) -> str | None:
    """Return what keeps an installation from starting with this bucket."""
    if bucket.name and bucket.endpoint and urlsplit(bucket.endpoint).scheme not in {"http", "https"}:
        return f"CALLBOARD_S3_ENDPOINT is {bucket.endpoint!r}. It begins with http:// or https://."
    if bool(bucket.access_key) != bool(bucket.secret_key):
        return "CALLBOARD_S3_ACCESS_KEY and CALLBOARD_S3_SECRET_KEY go together: give both, or none."
    return None
