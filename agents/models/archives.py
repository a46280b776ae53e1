from typing import ClassVar

from django.db import models
from django.utils import timezone

from console.tenancy import OrgOwned


class ArchiveStatus(models.TextChoices):
    """How far an upload has come. Only a confirmed one can be an agent's code."""

    AWAITING = "awaiting", "Awaiting"
    UPLOADED = "uploaded", "Uploaded"
    CONFIRMED = "confirmed", "Confirmed"
    REFUSED = "refused", "Refused"


class AgentArchive(OrgOwned):
    """A ZIP archive with an agent's code, in file storage under `file`. Once confirmed it is never changed."""

    ID_PREFIX = "arch"

    filename = models.CharField(max_length=255)
    #: What whoever uploads it said beforehand, and what it must be.
    size_bytes = models.PositiveBigIntegerField()
    status = models.CharField(max_length=16, choices=ArchiveStatus.choices, default=ArchiveStatus.AWAITING)
    file = models.CharField(max_length=255, blank=True)
    upload_expires_at = models.DateTimeField()
    uploaded_by = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64, blank=True)
    #: What came out of it when it was looked through, and the single folder at the top that was left out.
    file_count = models.PositiveIntegerField(default=0)
    unpacked_bytes = models.PositiveBigIntegerField(default=0)
    flattened = models.CharField(max_length=1024, blank=True)
    #: Why it was refused: a fault of `agents/sources/unpacking`, and the sentence about it.
    fault = models.CharField(max_length=32, blank=True)
    refusal = models.TextField(blank=True)
    confirmed_at = models.DateTimeField(null=True)
    #: When it was made or last chosen for an agent: what nothing uses is deleted some time after that.
    chosen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "archive"
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="archive_by_organization"),
            models.Index(fields=["chosen_at"], name="archive_by_choice"),
        ]

    def __str__(self) -> str:
        return self.filename
