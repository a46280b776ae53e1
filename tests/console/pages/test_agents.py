import pytest
from django.urls import reverse
from django.utils.html import escape

from agents.models import Agent
from agents.services.agents import agent_publish, agent_register, agent_update
from agents.services.credentials import credential_create
from console.access import Role
from tests.console.pages.conftest import client_as
from tests.factories import AgentRunFactory, AgentVersionFactory, ProjectFactory
from tests.support.answers import text

CODE = "def run(task_input, *, proxy_url, run_token):\n    return 'hello'\n"
FORM = {
    "name": "hello",
    "source": "paste",
    "code": CODE.replace("\n", "\r\n"),  # as browsers send it
    "entrypoint": "run",
    "entrypoint_file": "main.py",
    "run_timeout_s": "300",
    "concurrency": "5",
    "network": "none",
}


@pytest.fixture
def agent(admin):
    return agent_register(actor=admin, name="hello", spec={"source": {"kind": "paste", "code": CODE}})


# The list -----------------------------------------------------------------------------------------------------------


def test_the_list_is_paged_by_key(client, admin):
    for number in range(51):
        agent_register(actor=admin, name=f"a{number:02}", spec={"source": {"kind": "paste", "code": CODE}})
    first = client.get("/agents")
    assert ("a50" in text(first), "a00" in text(first)) == (True, False)
    assert "a00" in text(client.get(f"/agents{first.context['pager'].older}"))


def test_versions_are_paged_by_key(client, agent):
    for number in range(1, 52):
        AgentVersionFactory(agent=agent, number=number, spec=agent.draft)
    first = client.get(reverse("agent-versions", args=[agent.public_id]))
    second = client.get(f"{first.request['PATH_INFO']}{first.context['pager'].older}")
    assert [len(answer.context["page"].items) for answer in (first, second)] == [50, 1]
    assert escape(first.context["pager"].older) in text(first)


def test_an_empty_list_says_what_to_do_next(client):
    answer = client.get("/agents")
    assert (answer.status_code, "No agents yet" in text(answer)) == (200, True)
    assert reverse("agent-new") in text(answer)


def test_the_list_says_how_agents_have_been_doing(client, project, agent, admin):
    version = agent_publish(actor=admin, agent=agent)
    for verdict in ("PASS", "PASS", "FAIL", ""):
        AgentRunFactory(project=project, agent=agent, version=version, verdict=verdict)
    page = text(client.get("/agents"))
    assert "66.7%" in page
    assert "2 of 3 graded runs pass" in page


def test_the_list_takes_as_many_queries_for_many_agents_as_for_one(
    client, project, admin, django_assert_max_num_queries
):
    for number in range(5):
        agent = agent_register(actor=admin, name=f"a{number}", spec={"source": {"kind": "paste", "code": CODE}})
        AgentRunFactory(project=project, agent=agent, version=agent_publish(actor=admin, agent=agent))
    with django_assert_max_num_queries(7):  # session, user, memberships, projects, names; one for all the rows
        client.get("/agents")


def test_the_search_is_in_the_url_and_may_be_asked_for_as_a_part(client, agent):
    assert "hello" in text(client.get("/agents?q=ELL"))
    part = text(client.get("/agents?q=other", headers={"HX-Request": "true"}))
    assert "No agents match" in part
    assert "<html" not in part


def test_a_search_for_what_no_name_can_hold_finds_what_is_left_of_it(client, agent):
    assert agent.name in text(client.get("/agents", {"q": f"{agent.name[:3]}\0"}))


def test_runs_of_projects_one_may_not_see_are_not_counted(project, agent, admin):
    version = agent_publish(actor=admin, agent=agent)
    hidden = ProjectFactory(organization=project.organization)
    AgentRunFactory(project=hidden, agent=agent, version=version, verdict="FAIL", title="Hidden work")
    owner = client_as(project, Role.PROJECT_ADMIN_OWNER)
    assert "0.0%" not in text(owner.get("/agents"))
    assert "Hidden work" not in text(owner.get(f"/agents/{agent.public_id}"))


# Registering --------------------------------------------------------------------------------------------------------


def test_the_form_has_what_the_runbook_names(client):
    page = text(client.get("/agents/new"))
    for words in (
        "Sandbox Agents", "How your agent runs", "Python function", "Code source", "Paste code", "Multiple files",
        "Entrypoint", "Environment variable", "From credential", "Run timeout", "Save and publish",
    ):  # fmt: skip
        assert words in page


def test_saving_makes_a_draft(client):
    answer = client.post("/agents/new", FORM)
    agent = Agent.objects.get()
    assert (answer.status_code, answer.url) == (303, f"/agents/{agent.public_id}")
    assert (agent.status, agent.draft["source"]["code"]) == ("draft", CODE)
    assert "can’t be dispatched" in text(client.get(answer.url))


def test_saving_and_publishing_makes_a_version(client):
    client.post("/agents/new", {**FORM, "act": "publish"})
    assert Agent.objects.get().latest.number == 1


def test_many_files_and_variables_are_saved_whatever_their_numbers(client, admin):
    key = credential_create(actor=admin, name="key", value="a secret value").public_id
    files = {"file-0-path": "main.py", "file-0-text": CODE, "file-1007-path": "a/b.py", "file-1007-text": ""}
    blank = {"file-2-path": "", "file-2-text": "", "env-9-name": "", "env-9-kind": "literal", "env-9-value": ""}
    env = {"env-0-name": "A", "env-0-kind": "literal", "env-0-value": "1", "env-0-credential": key}
    secret = {"env-1001-name": "KEY", "env-1001-kind": "credential", "env-1001-value": "x", "env-1001-credential": key}
    client.post("/agents/new", {**FORM, "source": "files", **files, **blank, **env, **secret})
    draft = Agent.objects.get().draft
    assert draft["source"]["files"] == {"main.py": CODE, "a/b.py": ""}
    assert draft["env"] == [{"name": "A", "value": "1"}, {"name": "KEY", "credential_id": key}]


def test_problems_stand_at_their_fields_and_nothing_typed_is_lost(client):
    files = {
        "file-0-path": "main.py",
        "file-0-text": "def other(): ...",
        "file-3-path": "../x.py",
        "file-3-text": "y = 7",
    }
    env = {"env-4-name": "1BAD", "env-4-kind": "literal", "env-4-value": "kept"}
    answer = client.post(
        "/agents/new", {**FORM, "source": "files", "code": "pasted before", "run_timeout_s": "9999", **files, **env}
    )
    page = text(answer)
    assert (answer.status_code, Agent.objects.count()) == (422, 0)
    for kept in ("pasted before", "def other(): ...", "../x.py", "y = 7", "1BAD", "kept", "9999"):
        assert kept in page
    for link in ("#id_run_timeout_s", "#id_file-3-path", "#id_env-4-name"):
        assert f'href="{link}"' in page
    assert "3 problems:" in page


@pytest.mark.parametrize(
    ("changes", "link", "sentence"),
    [
        ({"name": " "}, "#id_name", "Give the agent a name"),
        ({"code": ""}, "#id_code", "Paste the agent"),
        ({"code": "def run(:"}, "#id_code", "main.py, line 1"),
        ({"entrypoint": "a.b"}, "#id_entrypoint", "dotted path"),
        ({"concurrency": "many"}, "#id_concurrency", "Use 1 to 100"),
        ({"network": "lan"}, "#id_network", "Use none or internet"),
        ({"source": "files"}, "#id_source", "Add at least one file"),
        ({"source": "files", "file-0-path": "", "file-0-text": CODE}, "#id_file-0-path", "Name the file"),
        (
            {"source": "files", "file-0-path": "a.py", "file-1-path": "a.py"},
            "#id_file-1-path",
            "Another file has this name",
        ),
        (
            {"source": "files", "file-0-path": "main.py", "file-0-text": "#" * 204_801},
            "#id_file-0-text",
            "larger than 200 KB",
        ),
        ({"source": "files", "file-0-path": "main.py", "file-0-text": "def run(:"}, "#id_file-0-text", "line 1"),
        ({"env-0-name": "KEY", "env-0-kind": "credential"}, "#id_env-0-credential", "Choose a credential"),
        (
            {"env-0-name": "KEY", "env-0-kind": "credential", "env-0-credential": "cred_0"},
            "#id_env-0-credential",
            "no such credential",
        ),
        ({"env-0-name": "", "env-0-kind": "literal", "env-0-value": "x"}, "#id_env-0-name", "Use letters"),
    ],
)
def test_each_problem_is_a_sentence_at_its_control(client, changes, link, sentence):
    answer = client.post("/agents/new", {**FORM, **changes})
    assert (answer.status_code, f'href="{link}"' in text(answer), sentence in text(answer)) == (422, True, True)
    assert f'id="{link[1:]}' in text(answer)


def test_a_taken_name_is_a_problem_of_the_name(client, agent):
    answer = client.post("/agents/new", FORM)
    assert (answer.status_code, "This name is taken" in text(answer)) == (422, True)


def test_credentials_are_offered_with_their_last_characters_alone(client, admin):
    credential_create(actor=admin, name="model-prod", value="sk-0123456789abcdef9f3c")
    page = text(client.get("/agents/new"))
    assert "model-prod ****9f3c" in page
    assert "abcdef9f3c" not in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "run is defined at line 1 and takes the right arguments"),
        ({"code": "@traced\ndef run(): ..."}, "run is defined at line 2; whether its arguments fit shows when it runs"),
        ({"code": "def run(x): ..."}, "run, line 1, must take (task_input, *, proxy_url, run_token)."),
        ({"code": "def run(:"}, "main.py, line 1"),
        ({"code": " "}, "Checked as you type"),
        ({"entrypoint": "a.b"}, "dotted path"),
        (
            {"source": "files", "entrypoint_file": "a.py", "file-0-path": "a.py", "file-0-text": f"\n{CODE}"},
            "run is defined at line 2 of a.py and takes the right arguments",
        ),
    ],
)
def test_code_is_checked_while_it_is_typed(client, changes, sentence):
    answer = client.post("/agents/check", {**FORM, **changes})
    assert (answer.status_code, sentence in text(answer)) == (200, True)
    assert "<html" not in text(answer)


# Editing ------------------------------------------------------------------------------------------------------------


def test_an_edit_changes_the_draft_and_says_that_runs_keep_the_version(client, agent, admin):
    agent_publish(actor=admin, agent=agent)
    answer = client.post(f"/agents/{agent.public_id}/edit", {**FORM, "run_timeout_s": "60"}, follow=True)
    agent.refresh_from_db()
    assert (agent.status, agent.draft["run_timeout_s"]) == ("changed", 60)
    assert "Runs take version 1" in text(answer)


def test_the_form_of_an_edit_shows_the_draft(client, admin):
    files = {"main.py": CODE, "b.py": "x = 1"}
    spec = {"source": {"kind": "files", "files": files}, "env": [{"name": "A", "value": "two\nlines"}]}
    agent = agent_register(actor=admin, name="hello", spec=spec)
    page = text(client.get(f"/agents/{agent.public_id}/edit"))
    for value in ('value="b.py"', "x = 1", "two\nlines", "run is defined at line 1 of main.py"):
        assert value in page


def test_an_edit_with_problems_keeps_the_agents_own_name_in_the_head(client, agent):
    answer = client.post(f"/agents/{agent.public_id}/edit", {**FORM, "name": "other", "code": ""})
    assert (answer.status_code, "Edit hello" in text(answer), 'value="other"' in text(answer)) == (422, True, True)


# One agent ----------------------------------------------------------------------------------------------------------


def test_the_page_of_an_agent_shows_what_runs_take(client, project, admin):
    key = credential_create(actor=admin, name="model-prod", value="sk-0123456789abcdef9f3c").public_id
    spec = {"source": {"kind": "paste", "code": CODE}, "env": [{"name": "KEY", "credential_id": key}]}
    agent = agent_register(actor=admin, name="hello", spec=spec)
    version = agent_publish(actor=admin, agent=agent)
    AgentRunFactory(project=project, agent=agent, version=version, title="Say <b>hello</b>")
    page = text(client.get(f"/agents/{agent.public_id}"))
    for words in (
        "model-prod ****9f3c",
        "Say &lt;b&gt;hello&lt;/b&gt;",
        "Runs take version 1",
        "return &#x27;hello&#x27;",
    ):
        assert words in page


def test_the_page_of_an_agent_takes_as_many_queries_for_many_runs(
    client, project, agent, admin, django_assert_max_num_queries
):
    version = agent_publish(actor=admin, agent=agent)
    AgentRunFactory.create_batch(6, project=project, agent=agent, version=version)
    with django_assert_max_num_queries(10):
        client.get(f"/agents/{agent.public_id}")


def test_publishing_makes_a_version_and_says_so(client, agent):
    answer = client.post(f"/agents/{agent.public_id}/publish", follow=True)
    assert "Version 1 of hello is published" in text(answer)
    assert answer.redirect_chain == [(f"/agents/{agent.public_id}", 303)]


def test_archiving_takes_an_agent_out_of_the_list(client, agent):
    answer = client.post(f"/agents/{agent.public_id}/archive", follow=True)
    assert ("hello is archived" in text(answer), "No agents yet" in text(answer)) == (True, True)
    assert client.get(f"/agents/{agent.public_id}").status_code == 404


# Versions -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def versions(agent, admin):
    """Two versions that differ in a word of the code, and a draft that differs in a setting."""
    agent_publish(actor=admin, agent=agent)
    for changes in ({"code": CODE.replace("hello", "goodbye"), "seconds": 300}, {"code": CODE, "seconds": 60}):
        agent.refresh_from_db()
        source = {"kind": "paste", "code": CODE.replace("hello", "goodbye")}
        spec = {"source": source, "run_timeout_s": changes["seconds"]}
        agent_update(actor=admin, agent=agent, name="hello", spec=spec)
        if changes["seconds"] == 300:
            agent_publish(actor=admin, agent=agent)
    return agent


def test_versions_show_first_what_the_draft_changes(client, versions):
    page = text(client.get(f"/agents/{versions.public_id}/versions"))
    assert "settings.json" in page
    assert "main.py</code>" not in page


def test_any_two_versions_can_be_compared(client, versions):
    page = text(client.get(f"/agents/{versions.public_id}/versions?from=1&to=2"))
    assert "main.py</code>" in page
    assert "<del>hello</del>" in page
    assert "<ins>goodbye</ins>" in page


def test_versions_that_do_not_exist_fall_back_on_the_newest(client, versions):
    answer = client.get(f"/agents/{versions.public_id}/versions?from=99&to=zero")
    assert (answer.status_code, "settings.json" in text(answer)) == (200, True)


def test_a_single_version_has_nothing_to_be_compared_with(client, agent):
    assert "No versions yet" in text(client.get(f"/agents/{agent.public_id}/versions"))
    client.post(f"/agents/{agent.public_id}/publish")
    assert "Only one version yet" in text(client.get(f"/agents/{agent.public_id}/versions"))


# Who may, and how ---------------------------------------------------------------------------------------------------

_OF_ONE = ("", "/edit", "/versions")
_CHANGES = ("/publish", "/archive")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_the_agents_pages_are_hidden_from_other_roles(project, agent, role):
    client = client_as(project, role)
    paths = ["/agents", "/agents/new", *(f"/agents/{agent.public_id}{page}" for page in _OF_ONE)]
    answers = [client.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {403}
    assert not any('href="/agents"' in text(answer) for answer in answers)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_other_roles_change_nothing(project, agent, role):
    client = client_as(project, role)
    paths = ["/agents/new", "/agents/check", *(f"/agents/{agent.public_id}{act}" for act in ("/edit", *_CHANGES))]
    assert {client.post(path, FORM).status_code for path in paths} == {403}
    agent.refresh_from_db()
    assert (agent.status, agent.archived_at, Agent.objects.count()) == ("draft", None, 1)


def test_a_project_admin_owner_registers_and_publishes(project):
    client = client_as(project, Role.PROJECT_ADMIN_OWNER)
    assert client.post("/agents/new", {**FORM, "act": "publish"}).status_code == 303


def test_another_organizations_agent_does_not_exist(agent):
    client = client_as(ProjectFactory())
    assert {client.get(f"/agents/{agent.public_id}{page}").status_code for page in _OF_ONE} == {404}
    assert {client.post(f"/agents/{agent.public_id}{act}", FORM).status_code for act in ("/edit", *_CHANGES)} == {404}


def test_wrong_methods_are_refused(client, agent):
    assert client.post("/agents").status_code == 405
    assert client.delete("/agents/new").status_code == 405
    assert {client.get(f"/agents/{agent.public_id}{act}").status_code for act in _CHANGES} == {405}
    assert client.get("/agents/check").status_code == 405


def test_somebody_not_signed_in_is_sent_to_sign_in(client):
    client.logout()
    assert client.get("/agents").url == "/sign-in?next=/agents"
