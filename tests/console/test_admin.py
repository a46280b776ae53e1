import pytest
from django.contrib import admin
from django.urls import reverse

from agents.services.credentials import credential_create
from tests.factories import UserFactory

SECRET = "sk-test-1234567890-abcd"
MODELS = [
    model
    for model in admin.site._registry
    if model._meta.app_label in {"console", "agents", "orchestration", "evaluation"}
]


@pytest.fixture
def superuser(client, db):
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_can_be_looked_at(client, superuser, model):
    assert client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")).status_code == 200


def test_nothing_can_be_added_or_changed(client, superuser, admin):
    credential = credential_create(actor=admin, name="key", value=SECRET)
    assert client.get(reverse("admin:agents_credential_add")).status_code == 403
    page = client.get(reverse("admin:agents_credential_change", args=[credential.pk]))
    assert page.status_code == 200
    assert credential.ciphertext not in page.content.decode()


def test_staff_without_superuser_see_nothing(client, db):
    client.force_login(UserFactory(is_staff=True))
    assert client.get(reverse("admin:agents_credential_changelist")).status_code == 403


def test_it_has_no_sign_in_of_its_own(client, db):
    user = UserFactory(is_staff=True, is_superuser=True)
    user.set_password("seven old brown kettles")
    user.save()
    sent = {"username": user.email, "password": "seven old brown kettles"}
    answer = client.post("/admin/login/?next=/admin/", sent)
    assert answer["Location"] == "/sign-in?next=%2Fadmin%2F"
    assert "_auth_user_id" not in client.session
