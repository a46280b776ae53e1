from collections.abc import Iterable

from django import forms
from django.http import QueryDict

from console.access import Role
from console.errors import NotFound
from console.forms.service import ServiceForm
from console.models import Membership, Project
from console.services.invitations import LONGEST_NAME

_ROLES = [(role.value, role.label) for role in Role]


class RoleForm(ServiceForm):
    """A role, and where it holds."""

    role = forms.ChoiceField(label="Role", choices=_ROLES, initial=Role.MEMBER)
    project = forms.ChoiceField(label="Project")

    def __init__(
        self, projects: Iterable[Project], sent: QueryDict | None, membership: Membership | None = None
    ) -> None:
        held = membership and {
            "role": membership.role,
            "project": membership.project.public_id if membership.project else "",
        }
        super().__init__(sent, initial=held or {})
        self._projects = {project.public_id: project for project in projects}
        names = [(key, project.name) for key, project in self._projects.items()]
        self.fields["project"].choices = [("", "Every project"), *names]  # type: ignore[attr-defined]

    def chosen_project(self) -> Project | None:
        """Return the project that was chosen, None for every one; raise NotFound."""
        chosen = self.sent("project")
        if chosen and chosen not in self._projects:
            raise NotFound(f"There is no project {chosen!r} here.")
        return self._projects.get(chosen)


class InviteForm(RoleForm):
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))

    field_order = ("email", "role", "project")


class JoinForm(ServiceForm):
    """What somebody new says of themselves."""

    name = forms.CharField(
        label="Name", widget=forms.TextInput(attrs={"autocomplete": "name", "maxlength": LONGEST_NAME})
    )
    password = forms.CharField(
        label="Password",
        help_text="At least 12 characters. A few words that you can remember do well.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def secret(self) -> str:
        """Return the password as it was typed."""
        return str(self.data.get("password", ""))


class ProjectForm(ServiceForm):
    name = forms.CharField(label="Name", widget=forms.TextInput(attrs={"maxlength": LONGEST_NAME}))
