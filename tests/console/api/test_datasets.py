import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from console.access import Role
from evaluation.models import Dataset, DatasetStatus
from tests.console.api.conftest import Api, api_as
from tests.console.tenancy.conftest import body_of
from tests.factories import ProjectFactory
from tests.support.agents import published_agent, published_pipeline

CSV = b'user\n"fine"\n""\n'
ACTS = ("seed", "pause", "continue", "cancel")


@pytest.fixture
def workflow(project, admin) -> str:
    return published_pipeline(admin, project, published_agent(admin)).public_id


@pytest.fixture
def checked(api, workflow) -> str:
    """The path of a dataset of one good row and one bad one, of which nothing was created."""
    return f"/api/datasets/{upload(api, workflow, CSV).json()['id']}"


def upload(api: Api, workflow: str, content: bytes):
    file = SimpleUploadedFile("tasks.csv", content, "text/csv")
    headers = {"Authorization": f"Bearer {api.token}"}
    return Client().post(f"/api/v1/workflows/{workflow}/datasets", {"file": file}, headers=headers)


def test_a_file_is_looked_through_and_nothing_is_created_from_it(api, workflow):
    answer = upload(api, workflow, CSV)
    found = answer.json()
    assert (answer.status_code, found["status"], found["good_rows"], found["created_rows"]) == (201, "checked", 1, 0)
    assert (found["errors"][0]["row"], found["errors"][0]["column"]) == (2, "user")


def test_a_file_that_is_none_is_refused(api, workflow):
    assert upload(api, workflow, b"usr\nx\n").status_code == 422
    assert not Dataset.objects.exists()


def test_a_checked_file_is_seeded_with_or_without_its_bad_rows(api, checked):
    refused = api("POST", f"{checked}/seed")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "rows_invalid")
    seeded = api("POST", f"{checked}/seed", {"leave_out_bad_rows": True}).json()
    assert (seeded["status"], seeded["created_rows"], seeded["counts"]["total"]) == ("seeded", 1, 1)
    assert api("POST", f"{checked}/seed", {"leave_out_bad_rows": True}).status_code == 409


def test_all_that_is_wrong_comes_as_a_file(api, checked):
    answer = api("GET", f"{checked}/problems.csv")
    assert (answer["Content-Type"], body_of(answer).splitlines()[0]) == (
        "text/csv; charset=utf-8", '"row","column","message"',
    )  # fmt: skip
    assert body_of(answer).splitlines()[1].startswith('"2","user"')


def test_a_seeding_is_held_continued_and_ended(api, checked):
    Dataset.objects.update(status=DatasetStatus.SEEDING)
    said = [api("POST", f"{checked}/{act}").json()["status"] for act in ("pause", "continue", "cancel")]
    assert said == ["paused", "seeding", "cancelled"]


@pytest.mark.parametrize("act", ACTS[1:])
def test_a_seeding_that_is_not_under_way_is_left_alone(api, checked, act):
    answer = api("POST", f"{checked}/{act}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "seeding_not_under_way")


def test_datasets_are_listed_by_workflow_and_status(api, workflow, checked):
    listed = api("GET", f"/api/datasets?workflow_id={workflow}&status=checked").json()["items"]
    assert [item["name"] for item in listed] == ["tasks.csv"]
    assert api("GET", "/api/datasets?status=seeded").json()["items"] == []


def test_a_list_costs_the_same_however_long(api, workflow, django_assert_max_num_queries):
    for _ in range(5):
        upload(api, workflow, b"user\nx\n")
    with django_assert_max_num_queries(6):
        assert len(api("GET", "/api/datasets").json()["items"]) == 5


def test_a_viewer_reads_and_changes_nothing(project, workflow, checked):
    viewer = api_as(project, Role.VIEWER)
    assert upload(viewer, workflow, CSV).status_code == 403
    assert {viewer("POST", f"{checked}/{act}").status_code for act in ACTS} == {403}
    assert viewer("GET", checked).status_code == 200


def test_another_organizations_dataset_does_not_exist(workflow, checked):
    stranger = api_as(ProjectFactory(), Role.ORG_ADMIN)
    assert upload(stranger, workflow, CSV).status_code == 404
    assert {stranger("POST", f"{checked}/{act}").status_code for act in ("seed", "pause", "continue", "cancel")} == {
        404
    }
    assert stranger("GET", f"/api/datasets?workflow_id={workflow}").status_code == 404
    assert stranger("GET", "/api/datasets").json()["items"] == []
