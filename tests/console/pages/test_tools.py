import pytest

from agents.models import Tool
from agents.services.credentials import credential_create
from console.access import Role
from tests.console.pages.conftest import client_as
from tests.factories import ToolFactory
from tests.support.answers import text
from tests.support.web_server import Answer, WebServer

TOOLS = "/tools"
FORM = {
    "name": "desk",
    "description": "Opens tickets.",
    "method": "POST",
    "url": "https://desk.example.com/tickets/{{id}}",
    "timeout_s": "20",
    "body": '{"title": "{{title}}"}',
    "credential_id": "",
    "send_as": "bearer",
    "credential_header": "",
    "input_schema": '{"type": "object", "required": ["id", "title"]}',
    "output_schema": "",
    "header-0-name": "X-Client",
    "header-0-kind": "literal",
    "header-0-value": "callboard",
    "header-0-credential": "",
}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def server(settings):
    with WebServer() as server:
        settings.CALLBOARD_TRUSTED_HOSTS = [f"127.0.0.1:{server.port}"]
        yield server


@pytest.fixture
def tool(project):
    return ToolFactory(organization=project.organization, name="desk")


def test_an_empty_list_says_what_a_tool_is_and_how_to_add_one(client):
    page = text(client.get(TOOLS))
    assert "No tools yet" in page
    assert "/tools/new" in page


def test_a_tool_is_added_and_shown(client):
    answer = client.post(f"{TOOLS}/new", FORM, follow=True)
    tool = Tool.objects.get()
    assert answer.redirect_chain == [(f"{TOOLS}/{tool.public_id}", 303)]
    for words in ("desk is added", "https://desk.example.com/tickets/{{id}}", "X-Client", "callboard", "20 s"):
        assert words in text(answer)
    assert tool.input_schema == {"type": "object", "required": ["id", "title"]}
    assert "desk" in text(client.get(TOOLS))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "Give the tool a name"),
        ({"url": "https://{{host}}/"}, "behind the host"),
        ({"body": "{"}, "Write the body as JSON"),
        ({"timeout_s": "x"}, "Use 1 to 300 seconds."),
        ({"input_schema": "{"}, "Not valid JSON at character"),
        ({"input_schema": "[]"}, "A schema is a JSON object."),
        ({"output_schema": '{"properties": {"a": {"type": "objekt"}}}'}, "properties.a.type: "),
        ({"header-0-name": "Host"}, "Host is set by Callboard itself."),
        ({"header-0-name": "Authorization"}, "Keep it as a credential"),
        ({"header-0-kind": "credential"}, "Choose a credential."),
        ({"header-0-kind": "credential", "header-0-credential": "cred_0"}, "no such credential"),
        ({"credential_id": "cred_0"}, "no such credential"),
        ({"send_as": "header"}, "Name the header by letters"),
    ],
)
def test_each_problem_is_a_sentence_and_nothing_typed_is_lost(client, changes, sentence):
    answer = client.post(f"{TOOLS}/new", {**FORM, **changes})
    assert (answer.status_code, sentence in text(answer), "Opens tickets." in text(answer)) == (422, True, True)
    assert Tool.objects.count() == 0


def test_a_taken_name_is_a_problem_of_the_name(client, tool):
    answer = client.post(f"{TOOLS}/new", FORM)
    assert (answer.status_code, "This name is taken" in text(answer)) == (422, True)


def test_a_tool_is_edited_with_what_it_holds_in_the_form(client, admin):
    credential = credential_create(actor=admin, name="desk-key", value="a secret value of a desk")
    headers = {"header-0-kind": "credential", "header-0-credential": credential.public_id}
    client.post(f"{TOOLS}/new", {**FORM, **headers, "credential_id": credential.public_id})
    tool = Tool.objects.get()
    page = text(client.get(f"{TOOLS}/{tool.public_id}/edit"))
    for words in ("X-Client", "desk-key ****desk", "&quot;required&quot;", "{{title}}"):
        assert words in page
    assert "a secret value" not in page
    answer = client.post(f"{TOOLS}/{tool.public_id}/edit", {**FORM, "method": "PUT"}, follow=True)
    assert "desk is saved" in text(answer)
    tool.refresh_from_db()
    assert (tool.method, tool.credential) == ("PUT", None)


def test_a_page_of_a_tool_names_its_credentials_and_never_shows_them(client, admin):
    credential = credential_create(actor=admin, name="desk-key", value="a secret value of a desk")
    client.post(f"{TOOLS}/new", {**FORM, "credential_id": credential.public_id})
    page = text(client.get(f"{TOOLS}/{Tool.objects.get().public_id}"))
    assert ("Authorization" in page, "desk-key ****desk" in page, "a secret value" in page) == (True, True, False)


def test_trying_a_tool_shows_its_answer_in_place(client, server):
    server.script([Answer(200, b'{"state": "wide open"}')])
    client.post(f"{TOOLS}/new", {**FORM, "url": server.url + "/{{id}}"})
    path = f"{TOOLS}/{Tool.objects.get().public_id}"
    assert "&quot;title&quot;" in text(client.get(path))
    sent = {"input": '{"id": 7, "title": "Slow"}'}
    part = text(client.post(f"{path}/try", sent, headers=HTMX))
    assert ("wide open" in part, "It answered" in part, "<html" in part) == (True, True, False)
    assert (server.requests[0].path, server.requests[0].body) == ("/7", b'{"title": "Slow"}')


def test_trying_a_tool_works_without_a_script_and_says_what_failed(client, server):
    server.script([Answer(404, b"No such desk")])
    client.post(f"{TOOLS}/new", {**FORM, "url": server.url + "/{{id}}"})
    answer = client.post(f"{TOOLS}/{Tool.objects.get().public_id}/try", {"input": '{"id": 7, "title": "a"}'})
    for words in ("tool_http_error", "desk answered 404: No such desk", "<html"):
        assert words in text(answer)


@pytest.mark.parametrize(("sent", "words"), [("{", "Not valid JSON"), ("[]", "Write a JSON object")])
def test_an_input_that_is_no_object_is_not_sent(client, tool, sent, words):
    answer = client.post(f"{TOOLS}/{tool.public_id}/try", {"input": sent})
    assert (answer.status_code, words in text(answer)) == (422, True)


def test_a_tool_is_archived(client, tool):
    answer = client.post(f"{TOOLS}/{tool.public_id}/archive", follow=True)
    assert "desk is archived" in text(answer)
    assert client.get(f"{TOOLS}/{tool.public_id}").status_code == 404


def test_the_list_is_searched_in_place(client, project):
    ToolFactory(organization=project.organization, name="desk")
    ToolFactory(organization=project.organization, name="weather")
    part = text(client.get(TOOLS, {"q": "WEA"}, headers=HTMX))
    assert ("weather" in part, "desk" in part, "<html" in part) == (True, False, False)
    assert "No tools match" in text(client.get(TOOLS, {"q": "nothing"}))


def test_the_list_takes_as_many_queries_for_many_tools_as_for_one(client, project, django_assert_max_num_queries):
    ToolFactory.create_batch(6, organization=project.organization)
    with django_assert_max_num_queries(7):
        client.get(TOOLS)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_tools_are_for_those_who_register_agents(project, tool, role):
    client = client_as(project, role)
    paths = ["", "/new", f"/{tool.public_id}", f"/{tool.public_id}/edit"]
    assert {client.get(f"{TOOLS}{path}").status_code for path in paths} == {403}
    changes = ["/new", *(f"/{tool.public_id}/{act}" for act in ("edit", "try", "archive"))]
    assert {client.post(f"{TOOLS}{path}", FORM).status_code for path in changes} == {403}
    assert "/tools" not in text(client.get("/"))


def test_another_organizations_tool_does_not_exist(client):
    path = f"{TOOLS}/{ToolFactory().public_id}"
    assert {client.get(path).status_code, client.get(f"{path}/edit").status_code} == {404}
    assert {client.post(f"{path}/{act}", FORM).status_code for act in ("edit", "try", "archive")} == {404}


def test_wrong_methods_are_refused(client, tool):
    assert {client.get(f"{TOOLS}/{tool.public_id}/{act}").status_code for act in ("try", "archive")} == {405}
    assert {client.post(path).status_code for path in (TOOLS, f"{TOOLS}/{tool.public_id}")} == {405}
