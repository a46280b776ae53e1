import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import path

from console import navigation
from console.access import Actor, Role
from console.session import Place
from tests.factories import OrganizationFactory, ProjectFactory, UserFactory


def page(request):
    return HttpResponse()


PAGES = {
    "home": "",
    "runs": "runs",
    "agents": "agents",
    "settings-models": "settings/models",
    "settings-tokens": "settings/tokens",
    "project-choose": "project",
}
urlpatterns = [path(where, page, name=name) for name, where in PAGES.items()]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def context_of(role, where="/", projects=None, **cookies):
    project = (projects or [ProjectFactory(name="Refunds")])[0]
    request = RequestFactory().get(where)
    request.COOKIES |= cookies
    request.place = Place(
        actor=Actor(organization_id=project.organization_id, roles={None: role}),
        user=UserFactory(name="Mara Okafor"),
        organization=project.organization,
        project=project,
        projects=tuple(projects or [project]),
    )
    return navigation.context(request)


def labels(context):
    return [link.label for group in context["nav_groups"] for link in group.links]


def test_a_page_without_a_url_is_left_out():
    assert labels(context_of(Role.ORG_ADMIN)) == ["Home", "Data Explorer", "Agents"]


def test_members_do_not_see_the_agents():
    assert labels(context_of(Role.MEMBER)) == ["Home", "Data Explorer"]


def test_settings_lead_to_the_first_page_one_may_see():
    member, admin = context_of(Role.MEMBER), context_of(Role.ORG_ADMIN)
    assert [link.url for link in member["nav_foot"]] == ["/settings/tokens"]
    assert [link.url for link in admin["nav_foot"]] == ["/settings/models"]
    assert [link.label for link in admin["nav_settings"]] == ["Models", "API tokens"]


@pytest.mark.parametrize(
    ("where", "current"),
    [("/", "Home"), ("/runs", "Data Explorer"), ("/runs/arun_1/log", "Data Explorer"), ("/runsheet", None)],
)
def test_the_open_page_is_the_current_one(where, current):
    links = [link for group in context_of(Role.ORG_ADMIN, where)["nav_groups"] for link in group.links]
    assert next((link.label for link in links if link.is_current), None) == current


def test_settings_are_current_on_each_of_their_pages():
    [settings] = context_of(Role.ORG_ADMIN, "/settings/tokens")["nav_foot"]
    assert settings.is_current


def test_where_there_is_one_project_there_is_nothing_to_switch():
    assert context_of(Role.MEMBER)["nav_places"] == []


def test_projects_are_grouped_by_organization_with_the_present_one_first():
    first, second = OrganizationFactory(name="Larkfield"), OrganizationFactory(name="Another")
    projects = [
        ProjectFactory(organization=first),
        ProjectFactory(organization=second),
        ProjectFactory(organization=first),
    ]
    [own, other] = context_of(Role.MEMBER, projects=projects)["nav_places"]
    assert (own.organization, len(own.projects)) == ("Larkfield", 2)
    assert (other.organization, len(other.projects)) == ("Another", 1)


def test_a_pinned_theme_is_on_the_page_and_an_invented_one_is_not():
    assert context_of(Role.MEMBER, **{navigation.THEME_COOKIE: "dark"})["theme"] == "dark"
    assert context_of(Role.MEMBER, **{navigation.THEME_COOKIE: '"><x'})["theme"] == ""


def test_somebody_without_a_place_gets_no_sidebar():
    request = RequestFactory().get("/")
    request.place = None
    assert navigation.context(request) == {"theme": ""}


def test_the_sidebar_names_place_person_and_pages():
    shown = render_to_string("components/sidebar.html", context_of(Role.ORG_ADMIN, "/runs"))
    assert "Refunds" in shown
    assert ">MO<" in shown
    assert shown.count('aria-current="page"') == 1
