import pytest
from django.test import Client

from console.views import errors

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.console.views.error_urls")]


@pytest.fixture
def browser():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("how", "status", "title"),
    [
        ("invalid", 422, "What was sent has 2 problems"),
        ("not-found", 404, "There is no such run"),
        ("forbidden", 403, "Your role does not allow this"),
        ("conflict", 409, "The name is taken"),
        ("too-large", 413, "That is 30 MB"),
        ("unavailable", 503, "The broker does not answer"),
        ("denied", 403, "Your role does not allow this"),
        ("missing", 404, "There is nothing here that you may see"),
        ("suspicious", 400, "The request could not be read"),
        ("too-big", 413, "That is more than this takes at once"),
        ("fault", 500, "Callboard has a fault"),
    ],
)
def test_every_error_has_its_page(browser, how, status, title):
    answer = browser.get(f"/fail/{how}")
    body = answer.content.decode()
    assert answer.status_code == status
    assert f"<h1>{title}</h1>" in body
    assert "What was lost" in body
    assert "What you can do" in body
    assert "req_" in body


def test_a_page_says_why_what_was_lost_and_what_to_run(browser):
    body = browser.get("/fail/sandbox").content.decode()
    assert "bubblewrap is not installed." in body
    assert "apt-get install bubblewrap" in body
    assert "sandbox_unavailable" in body
    assert "Platform" in body


def test_problems_are_listed_and_escaped(browser):
    body = browser.get("/fail/invalid").content.decode()
    assert "rows.3.max_turns" in body
    assert "&lt;b&gt; is empty." in body


@pytest.mark.parametrize(("how", "secret"), [("missing", "agt_secret"), ("fault", "secret of the database")])
def test_a_page_does_not_tell_what_it_must_not(browser, how, secret):
    assert secret not in browser.get(f"/fail/{how}").content.decode()


def test_a_part_of_a_page_gets_a_toast_and_keeps_what_it_shows(browser):
    answer = browser.get("/fail/conflict", headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#toasts", "beforeend")
    assert "The name is taken" in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_a_program_gets_json(browser):
    answer = browser.get("/api/fail/missing")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_a_wrong_method_gets_a_page_and_is_told_the_right_one(browser):
    answer = browser.get("/bare")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert "opened like a page" in answer.content.decode()


def test_a_form_without_its_key_is_told_to_load_the_page_again():
    answer = Client(enforce_csrf_checks=True).post("/fail/conflict")
    assert answer.status_code == 403
    assert "csrf_failed" in answer.content.decode()


def test_a_fault_in_the_page_of_a_fault_still_has_an_answer(browser, monkeypatch):
    def broken(*_):
        raise RuntimeError("no templates")

    monkeypatch.setattr(errors, "_response", broken)
    answer = browser.get("/fail/fault")
    assert answer.status_code == 500
    assert "callboard doctor" in answer.content.decode()
