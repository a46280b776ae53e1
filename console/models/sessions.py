import uuid

from django.db import models

from console.models.people import User
from console.tenancy import Identified


class BrowserSession(Identified):
    """A browser that was given a session: whose it is, from where, and until when. Only its key's hash is kept."""

    ID_PREFIX = "sess"

    key_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    data = models.TextField()
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=400, blank=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    user_id: uuid.UUID | None

    def __str__(self) -> str:
        return f"session of {self.user}" if self.user_id else "session of nobody signed in"
