import pytest

from agents.services.agents import agent_archive, agent_register
from agents.services.models import defaults_set
from console.access import Role
from console.forms.pipelines import BuilderForm
from console.models import AuditEntry
from evaluation.criteria import CRITERIA
from orchestration.models import Pipeline
from tests.console.pages.conftest import client_as
from tests.factories import ModelEndpointFactory, ProjectFactory
from tests.support.agents import HELLO, published_agent, published_pipeline
from tests.support.answers import text

HTMX = {"HX-Request": "true"}


@pytest.fixture
def agent(admin):
    return published_agent(admin, name="hello-sandbox")


@pytest.fixture
def pipeline(admin, project, agent):
    return published_pipeline(admin, project, agent, name="Triage", rubric="Is polite")


@pytest.fixture
def form(agent):
    """A new pipeline as a browser sends it: an agent field, and a column of the CSV under it."""
    return {
        "name": "Triage",
        "description": "Sorts tickets",
        "row": ["0", "1"],
        "f0-key": "answer",
        "f0-title": "Answer",
        "f0-mode": "agent",
        "f0-open": "1",
        "f0-agent_id": agent.public_id,
        "f0-judge_model": "builtin/rules",
        "f0-rubric": "Is polite\r\nIs short",
        "f1-key": "ticket",
        "f1-title": "Ticket",
        "f1-mode": "column",
        "f1-open": "0",
        "f1-help": "Its number",
    }


def criterion(uid, kind, value="", **more):
    """Return what a criterion's row of the first field sends."""
    sent = {"type": kind, "value": value, "name": "", **more}
    return {f"f0-c-{uid}-{name}": item for name, item in sent.items()}


# Opening ------------------------------------------------------------------------------------------------------------


def test_a_new_pipeline_begins_with_the_field_it_can_t_do_without(client, agent):
    page = text(client.get("/pipelines/new"))
    for words in (
        "Pipeline Builder", "hello-sandbox, version 1", "Models", "Judge model", "Organization default: none set",
        "Rules, no model", "Rubric", "Criteria", "Seed columns", "Save draft", "Save and publish",
    ):  # fmt: skip
        assert words in page


def test_the_models_popover_offers_the_organizations_models_and_its_default(client, project, admin):
    endpoint = ModelEndpointFactory(organization=project.organization, display_name="Judge one")
    ModelEndpointFactory(display_name="Another organization's")
    defaults_set(actor=admin, judge=endpoint.public_id)
    page = text(client.get("/pipelines/new"))
    assert "Organization default: Judge one" in page
    assert "Another organization" not in page


def test_without_any_judge_the_popover_says_how_runs_will_fail(client):
    assert "agent_model_unresolved" in text(client.get("/pipelines/new"))


def test_drafts_of_agents_are_offered_apart(client, admin, agent):
    agent_register(actor=admin, name="unfinished", spec={"source": {"kind": "paste", "code": HELLO}})
    page = text(client.get("/pipelines/new"))
    assert "Drafts: publish the agent before this pipeline" in page
    assert "unfinished, draft" in page


def test_the_form_takes_as_many_queries_for_many_agents(client, admin, django_assert_max_num_queries):
    for number in range(6):
        published_agent(admin, name=f"a{number}")
    with django_assert_max_num_queries(10):
        client.get("/pipelines/new")


# Saving -------------------------------------------------------------------------------------------------------------


def test_saving_makes_a_draft_of_the_fields_in_their_order(client, form, agent):
    answer = client.post("/pipelines/new", form)
    pipeline = Pipeline.objects.get()
    assert (answer.status_code, answer.url) == (303, f"/pipelines/{pipeline.public_id}/edit")
    assert (pipeline.name, pipeline.description, pipeline.status) == ("Triage", "Sorts tickets", "draft")
    assert [(field["key"], field["mode"]) for field in pipeline.draft["fields"]] == [
        ("answer", "agent"),
        ("ticket", "column"),
    ]
    assert pipeline.draft["fields"][0]["agentConfig"] == {
        "agent_id": agent.public_id, "judge_model": "builtin/rules", "rubric": "Is polite\nIs short",
    }  # fmt: skip


def test_saving_and_publishing_makes_a_version_and_two_audit_entries(client, form):
    answer = client.post("/pipelines/new", {**form, "act": "publish"}, follow=True)
    assert Pipeline.objects.get().latest.number == 1
    assert "Version 1 is published" in text(answer)
    assert AuditEntry.objects.filter(action__in=["pipeline.create", "pipeline.publish"]).count() == 2


def test_publishing_what_did_not_change_makes_no_version(client, form):
    client.post("/pipelines/new", {**form, "act": "publish"})
    pipeline = Pipeline.objects.get()
    answer = client.post(f"/pipelines/{pipeline.public_id}/edit", {**form, "act": "publish"}, follow=True)
    assert "nothing to publish" in text(answer)
    assert pipeline.versions.count() == 1


def test_every_type_of_criterion_is_saved_with_its_own_settings(client, form):
    sent = {"f0-criterion": ["0", "1", "2", "3", "4"]}
    sent |= criterion(0, "regex", r"Kernel: \S+", ignore_case="on", name="Says the kernel")
    sent |= criterion(1, "json_schema", '{"type": "object"}')
    sent |= criterion(2, "non_empty", "kept while the form is open")
    sent |= criterion(3, "equals", "yes")
    sent |= criterion(4, "refusal")
    client.post("/pipelines/new", {**form, **sent, "act": "publish"})
    assert Pipeline.objects.get().latest.definition["fields"][0]["agentConfig"]["criteria"] == [
        {"type": "regex", "value": r"Kernel: \S+", "ignore_case": True, "name": "Says the kernel"},
        {"type": "json_schema", "schema": {"type": "object"}},
        {"type": "non_empty"},
        {"type": "equals", "value": "yes"},
        {"type": "refusal"},
    ]


@pytest.mark.parametrize("kind", CRITERIA)
def test_every_type_of_criterion_can_be_chosen_and_shows_what_it_takes(client, form, kind):
    sent = {**form, "f0-criterion": "0", **criterion(0, kind), "act": "show"}
    page = text(client.post("/pipelines/new", sent, headers=HTMX))
    assert f'<option value="{kind}" selected' in " ".join(page.split())
    assert CRITERIA[kind].__doc__.splitlines()[0] in page


def test_wired_seed_columns_are_saved_under_their_axes(client, form):
    wired = {"f0-axis-behavior": "on", "f0-axis-state": "on", "f0-column-state": "world", "f0-column-user": "prompt"}
    client.post("/pipelines/new", {**form, **wired, "f0-column-failure_rules": "not wired"})
    columns = Pipeline.objects.get().draft["fields"][0]["agentConfig"]["odyssey_seed_columns"]
    assert columns == {"user": "prompt", "behavior": True, "state": "world"}


# Problems -----------------------------------------------------------------------------------------------------------


def test_problems_stand_at_their_controls_and_nothing_typed_is_lost(client, form):
    sent = {"f1-key": "two words", "f0-title": "", "f0-criterion": "7", **criterion(7, "json_schema", "{not json")}
    answer = client.post("/pipelines/new", {**form, **sent})
    page = text(answer)
    assert (answer.status_code, Pipeline.objects.count()) == (422, 0)
    for kept in ('value="Triage"', "Sorts tickets", "Is polite\nIs short", "two words", "{not json", "Its number"):
        assert kept in page
    for anchor in ("f1-key", "f0-title"):
        assert f'href="#{anchor}"' in page
        assert f'id="{anchor}_problem"' in page
    assert "2 problems:" in page


@pytest.mark.parametrize(
    ("changes", "anchor", "sentence"),
    [
        ({"name": " "}, "id_name", "Give the pipeline a name"),
        ({"f1-key": "answer"}, "f1-key", "Give each its own"),
        ({"f1-mode": "agent"}, "f1-mode", "A pipeline has one agent field"),
        ({"f1-mode": "telepathy"}, "f1-mode", "Use one of: agent, column, static"),
        ({"f1-mode": "static", "f1-value": "x" * 20_001}, "f1-value", "20000 characters"),
        ({"f1-title": "a\0"}, "f1-title", "can’t be stored"),
    ],
)
def test_what_a_draft_may_not_be_is_a_sentence_at_its_control(client, form, changes, anchor, sentence):
    answer = client.post("/pipelines/new", {**form, **changes})
    page = text(answer)
    assert (answer.status_code, f'href="#{anchor}"' in page, sentence in page) == (422, True, True)
    assert f'id="{anchor}"' in page


@pytest.mark.parametrize(
    ("changes", "anchor", "sentence"),
    [
        ({"f0-agent_id": ""}, "f0-agent_id", "Choose the agent"),
        ({"f0-agent_id": "agt_gone"}, "f0-agent_id", "There is no agent"),
        ({"f0-judge_model": "gone"}, "f0-judge_model", "There is no model"),
        ({"f0-rubric": "x\n" * 60}, "f0-rubric", "Use at most 50"),
        ({"f0-criterion": "0", **criterion(0, "regex", "(")}, "f0-c-0-value", "The pattern can&#x27;t be used"),
        ({"f0-criterion": "0", **criterion(0, "contains")}, "f0-c-0-value", "This is required"),
        ({"f0-criterion": "0", **criterion(0, "json_schema", "{not")}, "f0-c-0-value", "Write a JSON object"),
        (
            {"f0-criterion": "0", **criterion(0, "json_schema", '{"type": 5}')},
            "f0-c-0-value",
            "The schema can&#x27;t be used",
        ),
        ({"f0-criterion": "0", **criterion(0, "vibes")}, "f0-c-0-type", "There is no such type"),
        ({"f0-axis-state": "on", "f0-column-state": "USER"}, "f0-column-state", "Choose another"),
    ],
)
def test_what_can_t_be_published_is_saved_and_told_at_its_control(client, form, changes, anchor, sentence):
    answer = client.post("/pipelines/new", {**form, **changes, "act": "publish"}, follow=True)
    page = text(answer)
    assert (Pipeline.objects.get().latest, "The draft is saved" in page) == (None, True)
    assert (f'href="#{anchor}"' in page, sentence in page) == (True, True)


def test_a_draft_agent_is_refused_with_its_explanation(client, form, admin):
    unfinished = agent_register(actor=admin, name="unfinished", spec={"source": {"kind": "paste", "code": HELLO}})
    answer = client.post("/pipelines/new", {**form, "f0-agent_id": unfinished.public_id, "act": "publish"}, follow=True)
    assert "is a draft, and a draft can&#x27;t be dispatched. Publish it." in text(answer)
    assert Pipeline.objects.get().latest is None


def test_an_agent_that_is_gone_stays_chosen_and_is_told(client, pipeline, admin, agent):
    agent_archive(actor=admin, agent=agent)
    page = text(client.get(f"/pipelines/{pipeline.public_id}/edit?check=1"))
    assert f'<option value="{agent.public_id}" selected' in page
    assert "is archived. Choose another." in page


def test_a_taken_name_is_a_problem_of_the_name(client, form, pipeline):
    answer = client.post("/pipelines/new", form)
    assert (answer.status_code, "This name is taken" in text(answer)) == (422, True)


# Rows ---------------------------------------------------------------------------------------------------------------


def order(answer):
    return [row.uid for row in answer.context["form"].rows]


@pytest.mark.parametrize(
    ("act", "rows"),
    [
        ("add:static", ["0", "1", "2"]),
        ("up:1", ["1", "0"]),
        ("down:0", ["1", "0"]),
        ("up:0", ["0", "1"]),
        ("down:1", ["0", "1"]),
        ("remove:0", ["1"]),
        ("remove:9", ["0", "1"]),
        ("nonsense", ["0", "1"]),
    ],
)
def test_the_buttons_of_the_form_change_rows_and_save_nothing(client, form, act, rows):
    answer = client.post("/pipelines/new", {**form, "act": act}, headers=HTMX)
    assert (answer.status_code, order(answer), Pipeline.objects.count()) == (200, rows, 0)
    assert "<html" not in text(answer)
    assert 'data-guard="changed"' in text(answer)


def test_criteria_are_added_and_removed_and_keep_what_was_typed(client, form):
    sent = {**form, "f0-criterion": ["4", "5"], **criterion(4, "equals", "apple"), **criterion(5, "regex", "pear")}
    added = client.post("/pipelines/new", {**sent, "act": "add-criterion:0"}, headers=HTMX)
    assert [row.uid for row in added.context["form"].rows[0].criteria] == ["4", "5", "6"]
    removed = client.post("/pipelines/new", {**sent, "act": "remove-criterion:0:4"}, headers=HTMX)
    assert ("pear" in text(removed), "apple" in text(removed)) == (True, False)


def test_what_another_mode_holds_is_kept_while_the_form_is_open(client, form):
    agent_only = {"f0-criterion": "4", **criterion(4, "equals", "apple"), "f0-axis-state": "on"}
    away = client.post("/pipelines/new", {**form, **agent_only, "f0-mode": "static", "act": "show"}, headers=HTMX)
    row = away.context["form"].rows[0]
    sent = {**form, **dict(row.kept), "f0-mode": "agent", "act": "show"}
    (back, _) = client.post("/pipelines/new", sent, headers=HTMX).context["form"].rows
    assert (back.rubric, back.criteria[0].value, back.axes[2].is_wired) == ("Is polite\nIs short", "apple", True)
    assert all(f'name="{name}"' in text(away) for name, _ in row.kept)


def test_the_buttons_work_without_a_script_too(client, form):
    answer = client.post("/pipelines/new", {**form, "act": "up:1"})
    assert (answer.status_code, "<html" in text(answer), order(answer)) == (200, True, ["1", "0"])


# Editing ------------------------------------------------------------------------------------------------------------


def sent_by(pipeline):
    """Return what a browser sends that changes nothing in a pipeline's form."""
    sent = {"name": pipeline.name, "description": pipeline.description, "row": []}
    for row in BuilderForm.of(pipeline).rows:
        sent["row"].append(row.uid)
        sent |= {f"f{row.uid}-{name}": getattr(row, name) for name in ("key", "title", "mode", "help", "value")}
        sent |= {f"f{row.uid}-{name}": getattr(row, name) for name in ("agent_id", "judge_model", "rubric")}
        sent |= {f"f{row.uid}-axis-{axis.name}": "on" for axis in row.axes if axis.is_wired}
        sent |= {f"f{row.uid}-column-{axis.name}": axis.column for axis in row.axes}
        sent[f"f{row.uid}-criterion"] = [item.uid for item in row.criteria]
        for item in row.criteria:
            sent |= {f"f{row.uid}-c-{item.uid}-{name}": getattr(item, name) for name in ("type", "name", "value")}
            sent |= {f"f{row.uid}-c-{item.uid}-ignore_case": "on"} if item.ignore_case else {}
    return sent


def test_opening_and_saving_changes_nothing(client, admin, project, agent):
    pipeline = published_pipeline(
        admin, project, agent, rubric="Is polite",
        criteria=[
            {"type": "contains", "value": "x", "ignore_case": True, "name": "Has x"},
            {"type": "json_schema", "schema": {"type": "object", "required": ["é"]}},
        ],
        odyssey_seed_columns={"user": "prompt", "state": True, "behavior": "rules"},
    )  # fmt: skip
    client.post(f"/pipelines/{pipeline.public_id}/edit", sent_by(pipeline))
    pipeline.refresh_from_db()
    assert (pipeline.draft, pipeline.has_changes) == (pipeline.latest.definition, False)


def test_an_edit_changes_the_draft_and_leaves_the_version(client, pipeline):
    answer = client.post(f"/pipelines/{pipeline.public_id}/edit", {**sent_by(pipeline), "f0-rubric": "Is curt"})
    pipeline.refresh_from_db()
    assert (answer.status_code, pipeline.status) == (303, "changed")
    assert pipeline.latest.definition["fields"][0]["agentConfig"]["rubric"] == "Is polite"


def test_a_refused_edit_leaves_the_draft_and_the_head_as_they_were(client, pipeline):
    answer = client.post(f"/pipelines/{pipeline.public_id}/edit", {**sent_by(pipeline), "name": "Other", "f0-key": ""})
    assert (answer.status_code, 'value="Other"' in text(answer)) == (422, True)
    assert "<title>Pipeline Builder · Triage" in " ".join(text(answer).split()).replace("<title> ", "<title>")
    assert Pipeline.objects.get().name == "Triage"


def test_the_draft_is_shown_as_json_too(client, pipeline):
    page = text(client.get(f"/pipelines/{pipeline.public_id}/edit?view=json"))
    assert "&quot;rubric&quot;: &quot;Is polite&quot;" in page


# Who may, and how ---------------------------------------------------------------------------------------------------


def test_a_viewer_builds_nothing(project, pipeline, form):
    client = client_as(project, Role.VIEWER)
    paths = ["/pipelines/new", f"/pipelines/{pipeline.public_id}/edit"]
    assert {client.get(path).status_code for path in paths} == {403}
    assert {client.post(path, form).status_code for path in paths} == {403}
    assert Pipeline.objects.count() == 1


def test_a_member_builds_and_publishes(project, form):
    answer = client_as(project, Role.MEMBER).post("/pipelines/new", {**form, "act": "publish"})
    assert (answer.status_code, Pipeline.objects.get().latest.number) == (303, 1)


def test_another_organizations_pipeline_does_not_exist(pipeline, form):
    client = client_as(ProjectFactory())
    path = f"/pipelines/{pipeline.public_id}/edit"
    assert (client.get(path).status_code, client.post(path, form).status_code) == (404, 404)


def test_another_organizations_agent_can_t_be_chosen(form, agent):
    project = ProjectFactory()
    client = client_as(project)
    answer = client.post("/pipelines/new", {**form, "act": "publish"}, follow=True)
    assert "There is no agent" in text(answer)
    assert "hello-sandbox" not in text(answer)


def test_wrong_methods_are_refused(client, pipeline):
    assert client.delete("/pipelines/new").status_code == 405
    assert client.put(f"/pipelines/{pipeline.public_id}/edit").status_code == 405
