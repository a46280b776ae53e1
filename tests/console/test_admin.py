import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.db.models import CompositePrimaryKey
from django.urls import reverse

from agents.services.credentials import credential_create
from tests.factories import UserFactory

SECRET = "sk-test-1234567890-abcd"
MODELS = list(admin.site._registry)
OURS = ("console", "agents", "orchestration", "evaluation")
#: Whatever opens something, or belongs to somebody's account elsewhere.
SECRETS = {"ciphertext", "token_hash", "key_hash", "password", "secret", "token", "token_secret", "extra_data"}


@pytest.fixture
def superuser(client, db):
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_can_be_looked_at(client, superuser, model):
    assert client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")).status_code == 200


def test_every_model_is_there_that_can_be():
    models = {model for room in OURS for model in apps.get_app_config(room).get_models()}
    left_out = {model for model in models if isinstance(model._meta.pk, CompositePrimaryKey)}
    assert models - left_out <= set(MODELS)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_model_can_be_added_to_changed_or_emptied_and_none_shows_a_secret(model, rf, superuser):
    looked_at, request = admin.site._registry[model], rf.get("/")
    request.user = superuser
    may = (looked_at.has_add_permission, looked_at.has_change_permission, looked_at.has_delete_permission)
    assert [allowed(request) for allowed in may] == [False] * 3
    shown = {*looked_at.get_fields(request), *looked_at.get_list_display(request)}
    assert shown & SECRETS == set()


def test_second_factors_are_listed_without_their_keys(client, superuser):
    factor = Authenticator.objects.create(user=superuser, type="totp", data={"secret": SECRET})
    page = client.get(reverse("admin:mfa_authenticator_change", args=[factor.pk]))
    assert (page.status_code, SECRET in page.content.decode()) == (200, False)


def test_it_is_in_our_colours(client, superuser):
    assert "css/admin.css" in client.get("/admin/").content.decode()


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
