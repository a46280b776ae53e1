import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from agents.models import Document, KnowledgeSource
from console.access import Role
from tests.console.api.conftest import api_as
from tests.factories import KnowledgeSourceFactory, ProjectFactory

SOURCES = "/api/knowledge"


@pytest.fixture
def source_id(api):
    return api("POST", SOURCES, {"name": "Policies", "description": "What we promise"}).json()["id"]


@pytest.fixture
def documents(source_id):
    return f"{SOURCES}/{source_id}/documents"


def send_file(api, url, content, name):
    file = SimpleUploadedFile(name, content)
    return Client().post(url, {"file": file}, headers={"Authorization": f"Bearer {api.token}"})


def test_a_source_is_created_changed_and_deleted(api, source_id):
    changed = api("PUT", f"{SOURCES}/{source_id}", {"name": "Promises"})
    assert (changed.status_code, changed.json()["name"], changed.json()["description"]) == (200, "Promises", "")
    assert [item["id"] for item in api("GET", SOURCES).json()["items"]] == [source_id]
    assert api("DELETE", f"{SOURCES}/{source_id}").status_code == 204
    assert api("GET", f"{SOURCES}/{source_id}").status_code == 404


def test_what_is_wrong_is_told_with_its_field(api, source_id):
    taken = api("POST", SOURCES, {"name": "policies"})
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "name_taken")
    nameless = api("POST", SOURCES, {"name": " "}).json()["error"]
    assert (nameless["code"], nameless["details"]["problems"][0]["field"]) == ("knowledge_invalid", "name")


def test_a_text_becomes_a_document_that_is_found(api, documents):
    added = api("POST", documents, {"name": "refunds.md", "text": "Refunds within 30 days."})
    assert (added.status_code, added.json()["state"], added.json()["kind"]) == (201, "ready", "md")
    [hit] = api("POST", "/api/knowledge/search", {"query": "refund"}).json()["results"]
    assert (hit["kind"], hit["title"], hit["document_id"]) == ("document", "refunds.md", added.json()["id"])
    assert [hit["snippet"][first:end] for first, end in hit["marks"]] == ["Refunds"]


def test_a_file_is_uploaded_read_and_deleted(api, documents, source_id):
    added = send_file(api, f"{documents}/upload", b"# Refunds\n\nWithin 30 days.", name="refunds.md")
    assert (added.status_code, added.json()["name"], added.json()["size_bytes"]) == (201, "refunds.md", 26)
    url = f"{documents}/{added.json()['id']}"
    [chunk] = api("GET", f"{url}/chunks").json()["items"]
    assert (chunk["position"], chunk["start"], chunk["text"]) == (0, 0, "# Refunds\n\nWithin 30 days.")
    assert api("GET", f"{SOURCES}/{source_id}").json()["document_count"] == 1
    assert api("DELETE", url).status_code == 204
    assert api("GET", documents).json()["items"] == []


def test_a_long_document_is_read_in_order_page_by_page(api, documents):
    text = "A sentence in it. " * 500
    document_id = api("POST", documents, {"name": "a.md", "text": text}).json()["id"]
    url, cursor, positions = f"{documents}/{document_id}/chunks?limit=3", "", []
    while cursor is not None:
        answer = api("GET", f"{url}&cursor={cursor}").json()
        positions += [item["position"] for item in answer["items"]]
        cursor = answer["next_cursor"]
    assert positions == list(range(len(positions)))
    assert len(positions) > 6
    assert api("GET", f"{url}&cursor=x").status_code == 422


def test_a_file_may_be_given_another_name(api, documents):
    file = SimpleUploadedFile("x.bin", b"Text.")
    headers = {"Authorization": f"Bearer {api.token}"}
    added = Client().post(f"{documents}/upload", {"file": file, "name": "notes.txt"}, headers=headers)
    assert (added.status_code, added.json()["name"], added.json()["kind"]) == (201, "notes.txt", "txt")


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("a.pdf", b"%PDF-1.7", 422, "knowledge_invalid"),
        ("a.md", b"%PDF-1.7", 422, "document_unreadable"),
        ("a.json", b"{", 422, "document_unreadable"),
        ("a.txt", b"x" * 2_000, 413, "document_too_large"),
    ],
)
def test_a_file_that_cannot_be_used_leaves_nothing(api, documents, settings, name, content, status, code):
    settings.CALLBOARD_UPLOAD_BYTES = 1_999
    answer = send_file(api, f"{documents}/upload", content, name=name)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not Document.objects.exists()


def test_the_same_content_again_is_a_conflict(api, documents):
    api("POST", documents, {"name": "a.md", "text": "Within 30 days."})
    again = api("POST", documents, {"name": "b.md", "text": "Within 30 days."})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "document_exists")


def test_a_question_is_asked_of_what_it_names(api, documents, project):
    api("POST", documents, {"name": "a.md", "text": "alpha"})
    other = KnowledgeSourceFactory(project=project)
    named = api("POST", "/api/knowledge/search", {"query": "alpha", "source_ids": [other.public_id]})
    assert (named.status_code, named.json()) == (200, {"results": []})
    unknown = api("POST", "/api/knowledge/search", {"query": "alpha", "source_ids": ["know_x"]})
    assert unknown.status_code == 404
    empty = api("POST", "/api/knowledge/search", {"query": ""})
    assert (empty.status_code, empty.json()["error"]["code"]) == (422, "question_invalid")


def test_lists_are_paged(api, documents):
    for number in range(3):
        api("POST", documents, {"name": f"{number}.md", "text": f"Text {number}"})
    first = api("GET", f"{documents}?limit=2").json()
    rest = api("GET", f"{documents}?limit=2&cursor={first['next_cursor']}").json()
    names = [item["name"] for item in [*first["items"], *rest["items"]]]
    assert (names, rest["next_cursor"]) == (["2.md", "1.md", "0.md"], None)


def test_the_list_takes_as_many_queries_for_many_as_for_one(api, project, django_assert_max_num_queries):
    KnowledgeSourceFactory.create_batch(6, project=project)
    with django_assert_max_num_queries(6):
        assert len(api("GET", SOURCES).json()["items"]) == 6


def test_a_viewer_looks_and_asks(project, api, documents):
    api("POST", documents, {"name": "a.md", "text": "alpha"})
    viewer = api_as(project, Role.VIEWER)
    assert viewer("GET", documents).json()["items"][0]["name"] == "a.md"
    assert viewer("POST", "/api/knowledge/search", {"query": "alpha"}).json()["results"]
    assert viewer("POST", documents, {"name": "b.md", "text": "beta"}).status_code == 403


def test_another_organization_s_source_does_not_exist(api, documents, source_id):
    stranger = api_as(ProjectFactory(), Role.ORG_ADMIN)
    assert stranger("GET", f"{SOURCES}/{source_id}").status_code == 404
    assert stranger("POST", documents, {"name": "a.md", "text": "alpha"}).status_code == 404
    assert KnowledgeSource.objects.count() == 1
