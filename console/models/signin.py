from typing import ClassVar

from django.db import models

from console.models.people import User
from console.tenancy import Identified, OrgOwned


class SignInLink(Identified):
    """A link that signs a person in once. Only its hash is kept."""

    ID_PREFIX = "link"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"sign-in link of {self.user}"


class ApiToken(OrgOwned):
    """A secret that lets a program act as a person in one organization. Only its hash is kept."""

    ID_PREFIX = "token"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=255)
    prefix = models.CharField(max_length=16)
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organization", "-created_at"], name="token_by_organization")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
