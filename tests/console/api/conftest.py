import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from console.access import Actor, Role
from console.models import Project
from console.signing_in.auth import api_token_create
from tests.factories import MembershipFactory


@dataclass
class Api:
    """A program that talks to the API with a token."""

    token: str

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return Client().generic(
            method,
            path,
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.token}", **headers},
        )


def api_as(project: Project, role: Role) -> Api:
    membership = MembershipFactory(organization=project.organization, role=role)
    actor = Actor(organization_id=project.organization_id)
    return Api(api_token_create(actor=actor, user=membership.user, organization=project.organization, name="a test"))


@pytest.fixture
def api(project) -> Api:
    return api_as(project, Role.ORG_ADMIN)
