import pytest

from agents.models import ModelEndpoint
from console.access import Role
from tests.console.api.conftest import api_as
from tests.factories import ModelEndpointFactory, ProjectFactory

MODEL = {
    "display_name": "Qwen3",
    "provider": "openai_compatible",
    "model_id": "qwen3:32b",
    "base_url": "http://127.0.0.1:1/v1",
    "input_price": "0.075",
    "output_price": 1.5,
}


def test_a_model_is_added_read_and_listed(api):
    created = api("POST", "/api/models", MODEL)
    assert (created.status_code, created.json()["input_price"], created.json()["output_price"]) == (
        201,
        "0.075",
        "1.50",
    )
    assert api("GET", f"/api/models/{created.json()['id']}").json() == created.json()
    assert api("GET", "/api/models").json()["items"] == [created.json()]


def test_a_model_is_replaced_whole(api):
    model_id = api("POST", "/api/models", MODEL).json()["id"]
    bare = {key: MODEL[key] for key in ("display_name", "provider", "model_id", "base_url")}
    answer = api("PUT", f"/api/models/{model_id}", {**bare, "display_name": "Qwen"}).json()
    assert (answer["display_name"], answer["input_price"]) == ("Qwen", None)


def test_bad_settings_name_their_fields(api):
    answer = api("POST", "/api/models", {**MODEL, "base_url": "ftp://x", "output_price": None})
    fields = [problem["field"] for problem in answer.json()["error"]["details"]["problems"]]
    assert (answer.status_code, fields) == (422, ["base_url", "output_price"])


def test_a_taken_name_is_a_conflict(api):
    api("POST", "/api/models", MODEL)
    answer = api("POST", "/api/models", MODEL)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "name_taken")


def test_defaults_are_set_by_any_name_and_kept_when_left_out(api):
    model_id = api("POST", "/api/models", MODEL).json()["id"]
    assert api("PUT", "/api/models/defaults", {"judge": "builtin/rules"}).status_code == 200
    answer = api("PUT", "/api/models/defaults", {"simulator": "Qwen3"})
    assert answer.json() == {"judge": "builtin/rules", "simulator": model_id, "agent": ""}
    assert api("GET", "/api/models/defaults").json() == answer.json()


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_default_is_taken_back_by_null_or_blank(api, nothing):
    api("PUT", "/api/models/defaults", {"judge": "builtin/rules", "simulator": "builtin/rules"})
    assert api("PUT", "/api/models/defaults", {"judge": nothing}).json() == {
        "judge": "", "simulator": "builtin/rules", "agent": "",
    }  # fmt: skip


def test_a_default_that_names_nothing_is_refused(api):
    answer = api("PUT", "/api/models/defaults", {"judge": "no such model"})
    assert (answer.status_code, answer.json()["error"]["details"]["problems"][0]["field"]) == (422, "judge")


def test_a_model_is_archived_only_when_nothing_needs_it(api):
    model_id = api("POST", "/api/models", MODEL).json()["id"]
    api("PUT", "/api/models/defaults", {"judge": model_id})
    assert api("DELETE", f"/api/models/{model_id}").json()["error"]["code"] == "model_in_use"
    api("PUT", "/api/models/defaults", {"judge": ""})
    assert api("DELETE", f"/api/models/{model_id}").status_code == 204
    assert api("GET", f"/api/models/{model_id}").status_code == 404


def test_a_test_says_why_there_was_no_answer(api, project):
    endpoint = ModelEndpointFactory(organization=project.organization)  # nothing listens at its address
    answer = api("POST", f"/api/models/{endpoint.public_id}/test").json()
    assert (answer["test_latency_ms"], bool(answer["tested_at"]), bool(answer["test_error"])) == (None, True, True)


def test_another_organizations_model_does_not_exist(api):
    stranger = ModelEndpointFactory()
    assert api("GET", f"/api/models/{stranger.public_id}").status_code == 404
    assert api("DELETE", f"/api/models/{stranger.public_id}").status_code == 404
    assert ModelEndpoint.objects.get().archived_at is None


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_other_roles_change_nothing(project, role):
    ask = api_as(project, role)
    for method, path in (("POST", ""), ("PUT", "/defaults"), ("POST", "/model_0/test")):
        assert ask(method, f"/api/models{path}", MODEL if not path else {}).status_code == 403


def test_other_roles_see_the_models_that_they_may_choose_and_not_the_way_to_them(api, project):
    made = api("POST", "/api/models", MODEL).json()
    viewer = api_as(project, Role.VIEWER)
    assert viewer("GET", "/api/models/defaults").json() == {"judge": "", "simulator": "", "agent": ""}
    (seen,) = viewer("GET", "/api/models").json()["items"]
    assert (seen["id"], seen["display_name"], seen["model_id"]) == (made["id"], "Qwen3", "qwen3:32b")
    assert (seen["base_url"], seen["credential_id"], seen["test_error"]) == (None, None, None)
    assert viewer("GET", f"/api/models/{made['id']}").json() == seen


def test_lists_are_paged_by_key(api, project):
    ModelEndpointFactory.create_batch(3, organization=project.organization)
    ModelEndpointFactory(organization=ProjectFactory().organization)
    first = api("GET", "/api/models?limit=2").json()
    second = api("GET", f"/api/models?limit=2&cursor={first['next_cursor']}").json()
    assert [len(first["items"]), len(second["items"]), second["next_cursor"]] == [2, 1, None]
