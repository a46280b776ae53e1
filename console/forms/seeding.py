"""The file that somebody chose to seed tasks from."""

from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from console.display.numbers import byte_size
from evaluation.seeding.problems import CsvRefused, CsvTooLarge


class ChosenFile:
    """An upload before it is read: that there is one, and that it is no larger than one may be."""

    def __init__(self, file: "UploadedFile[Any] | None") -> None:
        """Raise CsvRefused where there is nothing to read."""
        if file is None or not file.name:
            raise CsvRefused("Choose a CSV file first.")
        if (file.size or 0) > settings.CALLBOARD_UPLOAD_BYTES:
            size, most = byte_size(file.size), byte_size(settings.CALLBOARD_UPLOAD_BYTES)
            raise CsvTooLarge(f"The file has {size}, and {most} is the most. Split it into several.")
        self.name = file.name
        self.stream = cast("BinaryIO", file.file)
