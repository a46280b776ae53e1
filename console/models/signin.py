import uuid
from typing import ClassVar

from django.db import models

from console.access import Role, Scope
from console.models.people import Project, User
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


class SetUpLink(Identified):
    """A link that lets whoever runs the machine make the first organization, once. Only its hash is kept."""

    ID_PREFIX = "setup"

    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return "link to the first set-up"


class Invitation(OrgOwned):
    """A link by which somebody joins an organization, once, with the role it was made for. Only its hash is kept."""

    ID_PREFIX = "inv"

    email = models.EmailField()
    role = models.CharField(max_length=32, choices=[(role.value, role.label) for role in Role])
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    invited_by = models.CharField(max_length=255)
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    project_id: uuid.UUID | None

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organization", "-created_at"], name="invitation_by_organization")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(role=Role.ORG_ADMIN) | models.Q(project=None), name="org_admin_invited_everywhere"
            ),
        ]

    def __str__(self) -> str:
        return self.email


class ApiToken(OrgOwned):
    """A secret that lets a program act as a person in one organization. Only its hash is kept."""

    ID_PREFIX = "token"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=255)
    prefix = models.CharField(max_length=16)
    scope = models.CharField(
        max_length=16, choices=[(scope.value, scope.label) for scope in Scope], default=Scope.WRITE
    )
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organization", "-created_at"], name="token_by_organization")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
