import uuid
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower

from console.tenancy import OrgOwned

LONGEST_TIMEOUT_SECONDS = 300
DEFAULT_TIMEOUT_SECONDS = 30


class Method(models.TextChoices):
    """The HTTP method a tool calls by."""

    GET = "GET", "GET"
    POST = "POST", "POST"
    PUT = "PUT", "PUT"
    PATCH = "PATCH", "PATCH"
    DELETE = "DELETE", "DELETE"


class SendAs(models.TextChoices):
    """How a tool's credential is sent."""

    BEARER = "bearer", "Bearer token"
    HEADER = "header", "Header of its own"


class Tool(OrgOwned):
    """Something outside that may be called over HTTP: where, with what, and what comes back.

    `url` and `body` are templates with `{{name}}` placeholders, filled from the call's input. `headers` is a list of
    `{"name", "value"}` or `{"name", "credential_id"}`: a reference until the call.
    """

    ID_PREFIX = "tool"

    name = models.CharField(max_length=255)
    description = models.TextField(blank=True, max_length=5_000)
    method = models.CharField(max_length=8, choices=Method.choices, default=Method.POST)
    url = models.CharField(max_length=2_000)
    headers = models.JSONField(default=list)
    #: JSON text; blank sends the whole input, where the method has a body.
    body = models.TextField(blank=True)
    #: JSON Schema 2020-12; null takes anything.
    input_schema = models.JSONField(null=True)
    output_schema = models.JSONField(null=True)
    credential = models.ForeignKey(
        "agents.Credential", on_delete=models.PROTECT, null=True, blank=True, related_name="tools"
    )
    send_as = models.CharField(max_length=8, choices=SendAs.choices, default=SendAs.BEARER)
    #: The header's name, where the credential is sent in one of its own.
    credential_header = models.CharField(max_length=128, blank=True)
    timeout_s = models.PositiveSmallIntegerField(
        default=DEFAULT_TIMEOUT_SECONDS,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_TIMEOUT_SECONDS)],
    )
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    credential_id: uuid.UUID | None

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "organization", Lower("name"), condition=models.Q(archived_at=None), name="tool_name_in_organization"
            ),
        ]

    def __str__(self) -> str:
        return self.name
