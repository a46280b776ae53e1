from typing import ClassVar

from django.db import models

from console.tenancy import OrgOwned


class Credential(OrgOwned):
    """A secret, kept encrypted and never shown again. `agents/credentials.py` alone turns it into its value."""

    ID_PREFIX = "cred"

    name = models.CharField(max_length=255)
    ciphertext = models.TextField()
    #: The last four characters, kept only where the secret is long enough that they give nothing away.
    hint = models.CharField(max_length=4, blank=True)
    rotated_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="credential_name_in_organization"),
        ]

    def __str__(self) -> str:
        return self.name
