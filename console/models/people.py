import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone

from console.access import Role
from console.tenancy import Identified


class Organization(Identified):
    """The owner of everything; nothing is shared between two of them."""

    ID_PREFIX = "org"

    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Project(Identified):
    """A body of work inside an organization."""

    ID_PREFIX = "proj"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="projects")
    name = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    organization_id: uuid.UUID

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="project_name_in_organization"),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin, Identified):
    """A person, known by e-mail. A superuser may also use the Django admin."""

    ID_PREFIX = "user"

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=255, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email


class Membership(Identified):
    """What a person may do in an organization: in one project, or, without a project, in all of them."""

    ID_PREFIX = "mem"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships")
    role = models.CharField(max_length=32, choices=[(role.value, role.label) for role in Role])
    created_at = models.DateTimeField(auto_now_add=True)

    project_id: uuid.UUID | None

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "organization", "project"], name="one_membership_a_project", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=~models.Q(role=Role.ORG_ADMIN) | models.Q(project=None), name="org_admin_in_every_project"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization}: {self.role}"
