"""What can go wrong with an archive, as whoever uploads it is told."""

from agents.sources.unpacking.faults import ArchiveRefused
from console.errors import Conflict, Invalid, NotAllowed, TooLarge


class ArchiveInvalid(Invalid):
    code = "archive_invalid"


class ArchiveNotUploaded(Invalid):
    """It is to be confirmed, and its bytes are not there yet."""

    code = "archive_not_uploaded"


class ArchiveUnfit(Invalid):
    """It was looked through and is not taken. `details` has the reason as a word, `Fault`."""

    code = "archive_refused"

    @classmethod
    def because(cls, refused: ArchiveRefused) -> "ArchiveUnfit":
        return cls(refused.sentence, details={"reason": refused.fault.value})


class ArchiveInUse(Conflict):
    code = "archive_in_use"


class UploadLinkInvalid(NotAllowed):
    """The link was not made here, or its time is over."""

    code = "upload_link_invalid"


class UploadLinkUsed(Conflict):
    code = "upload_link_used"


class UploadIncomplete(Invalid):
    code = "upload_incomplete"


class UploadTooLarge(TooLarge):
    code = "upload_too_large"
