import pytest
from django.urls import reverse

from console.access import Role
from console.models import AuditEntry
from orchestration.models import Dialect, Pipeline
from orchestration.services.pipelines import pipeline_create, pipeline_publish, pipeline_update
from tests.console.pages.conftest import client_as
from tests.factories import AgentRunFactory, MembershipFactory, ProjectFactory
from tests.support.agents import published_agent, published_pipeline
from tests.support.answers import text


@pytest.fixture
def agent(admin):
    return published_agent(admin)


@pytest.fixture
def pipeline(admin, project, agent):
    return published_pipeline(admin, project, agent, name="Triage", rubric="Is polite\nIs short")


@pytest.fixture
def draft(admin, project):
    return pipeline_create(
        actor=admin, project=project, name="Draft", dialect_name=Dialect.FIELDS, definition={"fields": []}
    )


def with_runs(pipeline, agent, *verdicts):
    for verdict in verdicts:
        AgentRunFactory(
            project=pipeline.project, agent=agent, version=agent.latest, pipeline_id=pipeline.pk, verdict=verdict
        )


# The list -----------------------------------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do_next(client):
    page = text(client.get("/pipelines"))
    assert "No pipelines yet" in page
    assert reverse("pipeline-new") in page


def test_the_list_says_how_pipelines_have_been_doing(client, pipeline, agent):
    with_runs(pipeline, agent, "PASS", "PASS", "FAIL", "UNGRADED")
    page = text(client.get("/pipelines"))
    for words in ("Triage", "Published", "v1", "hello", "66.7%", "20.8% to 93.9%", "2 of the last 4 runs passed"):
        assert words in page


def test_the_list_takes_as_many_queries_for_many_pipelines_as_for_one(
    client, project, admin, agent, django_assert_max_num_queries
):
    for number in range(5):
        with_runs(published_pipeline(admin, project, agent, name=f"p{number}"), agent, "PASS", "FAIL")
    with django_assert_max_num_queries(7):  # session, user, memberships, projects, names; rows; agents
        client.get("/pipelines")


def test_the_search_is_in_the_url_and_may_be_asked_for_as_a_part(client, pipeline):
    assert "Triage" in text(client.get("/pipelines?q=TRI"))
    part = text(client.get("/pipelines?q=other", headers={"HX-Request": "true"}))
    assert "No pipelines match" in part
    assert "<html" not in part


def test_the_list_is_paged_by_key(client, admin, project):
    for number in range(51):
        pipeline_create(
            actor=admin, project=project, name=f"p{number:02}", dialect_name=Dialect.FIELDS, definition={"fields": []}
        )
    first = client.get("/pipelines")
    assert ("p50" in text(first), "p00" in text(first)) == (True, False)
    assert "p00" in text(client.get(f"/pipelines{first.context['pager'].older}"))


def test_pipelines_of_another_project_are_not_listed(client, admin, project, agent):
    elsewhere = ProjectFactory(organization=project.organization)
    published_pipeline(admin, elsewhere, agent, name="Elsewhere")
    assert "Elsewhere" not in text(client.get("/pipelines"))


# One pipeline -------------------------------------------------------------------------------------------------------


def test_the_page_of_a_pipeline_shows_what_new_tasks_take(client, pipeline, agent):
    with_runs(pipeline, agent, "PASS", "")
    page = text(client.get(f"/pipelines/{pipeline.public_id}"))
    for words in ("New tasks take version 1", "builtin/rules", "no model", "2 items", "Say hello", "100.0%"):
        assert words in page
    for name in ("pipeline-edit", "pipeline-seed", "pipeline-versions"):
        assert reverse(name, args=[pipeline.public_id]) in page


def test_a_draft_takes_no_tasks_yet(client, draft):
    page = text(client.get(f"/pipelines/{draft.public_id}"))
    assert reverse("pipeline-seed", args=[draft.public_id]) not in page
    assert "Publish the pipeline, then seed tasks" in page


def test_a_pipeline_without_a_judge_says_how_its_runs_will_fail(client, admin, project, agent):
    pipeline = published_pipeline(admin, project, agent, judge_model="")
    assert "agent_model_unresolved" in text(client.get(f"/pipelines/{pipeline.public_id}"))


def test_the_page_takes_as_many_queries_for_many_runs(client, pipeline, agent, django_assert_max_num_queries):
    with_runs(pipeline, agent, *["PASS", "FAIL"] * 6)
    with django_assert_max_num_queries(15):
        client.get(f"/pipelines/{pipeline.public_id}")


def test_what_people_wrote_is_escaped(client, admin, project, agent):
    pipeline = published_pipeline(admin, project, agent, name="<b>bold</b>")
    for page in ("", "/versions", "/edit"):
        answer = text(client.get(f"/pipelines/{pipeline.public_id}{page}"))
        assert ("<b>bold" in answer, "&lt;b&gt;bold" in answer) == (False, True)


def test_publishing_makes_a_version_and_says_so(client, pipeline, admin):
    definition = {"fields": [{**pipeline.draft["fields"][0], "title": "Reply"}]}
    pipeline_update(actor=admin, pipeline=pipeline, name="Triage", definition=definition)
    answer = client.post(f"/pipelines/{pipeline.public_id}/publish", follow=True)
    assert "Version 2 is published" in text(answer)
    assert AuditEntry.objects.filter(action="pipeline.publish").count() == 2


def test_publishing_what_is_incomplete_opens_it_with_what_is_missing(client, draft):
    answer = client.post(f"/pipelines/{draft.public_id}/publish", follow=True)
    assert answer.redirect_chain == [(f"/pipelines/{draft.public_id}/edit?check=1", 303)]
    assert "Add a field in agent mode" in text(answer)


def test_archiving_takes_a_pipeline_out_of_the_list(client, pipeline):
    answer = client.post(f"/pipelines/{pipeline.public_id}/archive", follow=True)
    assert ("Triage is archived" in text(answer), "No pipelines yet" in text(answer)) == (True, True)
    assert client.get(f"/pipelines/{pipeline.public_id}").status_code == 404


# Versions -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def versions(pipeline, admin):
    """Two versions that differ in the title, and a draft that differs from both in the rubric."""
    (field,) = pipeline.draft["fields"]
    for title, rubric in (("Reply", "Is polite\nIs short"), ("Reply", "Is polite\nIs long")):
        config = {**field["agentConfig"], "rubric": rubric}
        definition = {"fields": [{**field, "title": title, "agentConfig": config}]}
        pipeline_update(actor=admin, pipeline=pipeline, name="Triage", definition=definition)
        if rubric.endswith("short"):
            pipeline_publish(actor=admin, pipeline=pipeline)
            pipeline.refresh_from_db()
    return pipeline


def test_versions_show_first_what_the_draft_changes_line_by_line(client, versions):
    page = text(client.get(f"/pipelines/{versions.public_id}/versions"))
    assert "<ins>long</ins>" in page
    assert "definition.json" not in page


def test_any_two_versions_can_be_compared(client, versions):
    page = text(client.get(f"/pipelines/{versions.public_id}/versions?from=1&to=2"))
    assert "<ins>Reply</ins>" in page
    assert "<ins>long</ins>" not in page


def test_versions_that_do_not_exist_fall_back_on_the_newest(client, versions):
    answer = client.get(f"/pipelines/{versions.public_id}/versions?from=99&to=zero")
    assert (answer.status_code, "<ins>long</ins>" in text(answer)) == (200, True)


def test_a_single_version_has_nothing_to_be_compared_with(client, pipeline, draft):
    assert "No versions yet" in text(client.get(f"/pipelines/{draft.public_id}/versions"))
    assert "Only one version yet" in text(client.get(f"/pipelines/{pipeline.public_id}/versions"))


# Who may, and how ---------------------------------------------------------------------------------------------------

_PAGES = ("", "/versions")
_CHANGES = ("/publish", "/archive")


def test_a_viewer_sees_pipelines_and_changes_none(project, pipeline):
    client = client_as(project, Role.VIEWER)
    pages = [client.get("/pipelines"), *(client.get(f"/pipelines/{pipeline.public_id}{page}") for page in _PAGES)]
    assert {page.status_code for page in pages} == {200}
    for name in ("pipeline-edit", "pipeline-seed", "pipeline-publish", "pipeline-archive"):
        assert not any(reverse(name, args=[pipeline.public_id]) in text(page) for page in pages)
    assert {client.post(f"/pipelines/{pipeline.public_id}{act}").status_code for act in _CHANGES} == {403}


def test_a_member_publishes(project, draft, pipeline):
    assert client_as(project, Role.MEMBER).post(f"/pipelines/{pipeline.public_id}/publish").status_code == 303


def test_a_role_in_one_project_counts_in_that_one_alone(project, pipeline):
    client = client_as(project, Role.VIEWER)
    user = project.organization.memberships.get().user
    own = ProjectFactory(organization=project.organization)
    MembershipFactory(user=user, organization=project.organization, project=own, role=Role.MEMBER)
    client.post("/projects/choose", {"project": own.public_id})
    assert client.get("/pipelines/new").status_code == 200
    path = f"/pipelines/{pipeline.public_id}"
    assert (client.get(path).status_code, client.get(f"{path}/edit").status_code) == (200, 403)
    assert client.post(f"{path}/archive").status_code == 403
    assert Pipeline.objects.get(pk=pipeline.pk).archived_at is None


def test_another_organizations_pipeline_does_not_exist(pipeline):
    client = client_as(ProjectFactory())
    assert {client.get(f"/pipelines/{pipeline.public_id}{page}").status_code for page in _PAGES} == {404}
    assert {client.post(f"/pipelines/{pipeline.public_id}{act}").status_code for act in _CHANGES} == {404}


def test_wrong_methods_are_refused(client, pipeline):
    assert {client.post(f"/pipelines{page}").status_code for page in ("", f"/{pipeline.public_id}")} == {405}
    assert {client.get(f"/pipelines/{pipeline.public_id}{act}").status_code for act in _CHANGES} == {405}


def test_somebody_not_signed_in_is_sent_to_sign_in(client):
    client.logout()
    assert client.get("/pipelines").url == "/sign-in?next=/pipelines"
