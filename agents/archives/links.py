"""Links that let whoever has them upload one archive, once, for a short while, without being signed in."""

from django.core.signing import BadSignature, Signer
from django.utils import timezone

from agents.archives.errors import UploadLinkInvalid
from agents.models import AgentArchive
from console.ids import from_public

_SALT = "agents.archives.upload"
_GONE = "This upload link is not valid, or its time is over. Begin the upload again."


def secret_of(archive: AgentArchive) -> str:
    """Return what stands in the link."""
    return Signer(salt=_SALT).sign(archive.public_id)


def archive_of(secret: str) -> AgentArchive:
    """Return the archive that a link is for; raise UploadLinkInvalid."""
    try:
        key = from_public(AgentArchive.ID_PREFIX, Signer(salt=_SALT).unsign(secret))
    except BadSignature as error:
        raise UploadLinkInvalid(_GONE) from error
    good = AgentArchive.objects.filter(upload_expires_at__gt=timezone.now())
    archive: AgentArchive | None = good.filter(pk=key).first() if key else None
    if archive is None:
        raise UploadLinkInvalid(_GONE)
    return archive
