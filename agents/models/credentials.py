import uuid
from typing import ClassVar

from django.db import models

from console.tenancy import OrgOwned


class Credential(OrgOwned):
    """A secret, kept encrypted and never shown again. `agents/credentials.py` alone turns it into its value."""

    ID_PREFIX = "cred"

    name = models.CharField(max_length=255)
    #: Whose own it is: kept for that agent alone, on no list, gone with it. None is everybody's of the organization.
    agent = models.ForeignKey("agents.Agent", on_delete=models.CASCADE, null=True, related_name="+")
    ciphertext = models.TextField()
    #: The last four characters, kept only where the secret is long enough that they give nothing away.
    hint = models.CharField(max_length=4, blank=True)
    rotated_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    agent_id: uuid.UUID | None

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "name"], condition=models.Q(agent=None), name="credential_name_in_organization"
            ),
            models.UniqueConstraint(fields=["agent"], name="credential_of_agent"),
        ]

    def __str__(self) -> str:
        return self.name
