"""The sandbox environment on the pages of an agent, and in its API."""

from django.urls import reverse
from django.utils.html import escape

from agents.models import Agent
from agents.services.agents import agent_publish, agent_register, agent_update
from tests.console.pages.test_agents import CODE, FORM, text

ENVIRONMENT = {
    "system_packages": ["jq"],
    "setup_command": "pip config list && echo <ready>",
    "requirements": ["httpx>=0.28"],
    "python_version": "3.12",
}
SPEC = {"source": {"kind": "paste", "code": CODE}, "environment": ENVIRONMENT}


def test_an_environment_is_saved_from_the_form_and_shown_on_the_agents_page(client, admin):
    sent = {
        **FORM,
        "system_packages": "jq\r\n",
        "setup_command": ENVIRONMENT["setup_command"],
        "requirements": "# the client\r\nhttpx>=0.28\r\n",
        "python_version": "3.12",
    }
    answer = client.post(reverse("agent-new"), sent, follow=True)

    assert Agent.objects.get().draft["environment"] == ENVIRONMENT
    shown = text(answer)
    assert all(escape(word) in shown for word in ("3.12", "jq", "httpx>=0.28", ENVIRONMENT["setup_command"]))


def test_the_form_shows_what_was_saved(client, admin):
    agent = agent_register(actor=admin, name="a", spec=SPEC)
    shown = text(client.get(reverse("agent-edit", args=[agent.public_id])))

    assert "Python 3.12, 1 requirement, 1 package, setup command" in shown
    assert escape("httpx>=0.28") in shown
    assert '<option value="3.12" selected>' in shown


def test_a_bad_line_is_named_where_it_was_typed(client, admin):
    answer = client.post(reverse("agent-new"), {**FORM, "system_packages": "poppler-utils\r\njq; rm -rf /"})

    assert answer.status_code == 422
    assert escape("Line 2: jq; rm -rf / is not the name of a Debian package") in text(answer)
    assert "jq; rm -rf /" in text(answer)
    assert not Agent.objects.exists()


def test_an_agent_without_an_environment_keeps_the_draft_it_had(client, admin):
    agent = agent_register(actor=admin, name="a", spec={"source": SPEC["source"]})
    agent_publish(actor=admin, agent=agent)
    client.post(reverse("agent-edit", args=[agent.public_id]), {**FORM, "name": "a"})
    agent.refresh_from_db()

    assert "environment" not in agent.draft
    assert not agent.has_changes
    assert "Sandbox environment" not in text(client.get(reverse("agent", args=[agent.public_id])))


def test_versions_are_compared_by_environment(client, admin):
    agent = agent_register(actor=admin, name="a", spec={"source": SPEC["source"]})
    agent_publish(actor=admin, agent=agent)
    agent_update(actor=admin, agent=agent, name="a", spec=SPEC)
    shown = text(client.get(reverse("agent-versions", args=[agent.public_id])))

    assert "sandbox environment" in shown
    assert escape("httpx>=0.28") in shown
