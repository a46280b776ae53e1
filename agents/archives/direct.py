"""Uploads that go straight to the file storage, past the console, where the storage can take them: S3 and its like."""

from collections.abc import Callable
from typing import Any, cast

from django.core.files.storage import default_storage

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:  # the extra `s3` is not installed, so that files lie on disk
    STORAGE_ERRORS: tuple[type[Exception], ...] = (OSError,)
else:
    STORAGE_ERRORS = (OSError, BotoCoreError, ClientError)


def is_direct() -> bool:
    """Say whether the storage takes uploads itself."""
    return hasattr(default_storage, "bucket_name")


def direct_url(file: str, *, size: int, seconds: int) -> str:
    """Return an address that takes exactly `size` bytes by PUT, as `file`, for so many seconds."""
    storage = cast("Any", default_storage)
    sign: Callable[..., str] = storage.connection.meta.client.generate_presigned_url
    parameters = {"Bucket": storage.bucket_name, "Key": storage._normalize_name(file), "ContentLength": size}  # noqa: SLF001  # it has no other name
    return sign("put_object", Params=parameters, ExpiresIn=seconds, HttpMethod="PUT")
