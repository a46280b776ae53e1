import pytest
from django.test import Client

from console.access import Actor, Scope
from console.signing_in.auth import api_token_create
from tests.factories import MembershipFactory


@pytest.fixture
def client_of(project):
    user = MembershipFactory(organization=project.organization).user

    def make(scope: Scope) -> Client:
        secret = api_token_create(
            actor=Actor(organization_id=project.organization_id), user=user, organization=project.organization,
            name="a test", scope=scope,
        )  # fmt: skip
        return Client(headers={"authorization": f"Bearer {secret}"})

    return make


def test_a_token_says_its_scope(client_of):
    assert client_of(Scope.READ).get("/api/me").json()["scope"] == "read"


def test_a_token_for_reading_reads_and_changes_nothing(client_of):
    client = client_of(Scope.READ)
    answer = client.post("/api/credentials", {"name": "key", "value": "long enough"}, "application/json")
    assert (client.get("/api/agents").status_code, answer.status_code) == (200, 403)
    assert "scope" in answer.json()["error"]["message"]


def test_a_token_for_writing_does_what_its_owner_may(client_of):
    answer = client_of(Scope.WRITE).post(
        "/api/credentials", {"name": "key", "value": "long enough"}, "application/json"
    )
    assert answer.status_code == 201
