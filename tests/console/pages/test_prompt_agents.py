"""Prompt agents on the Agents pages."""

import pytest

from agents.llm.catalogue import RULES
from agents.models import Agent
from agents.services.agents import agent_publish
from tests.factories import ModelEndpointFactory
from tests.support.answers import text

FORM = {
    "name": "asker",
    "runtime": "prompt",
    "instructions": "Be brief and <b>bold</b>.",
    "model": "",
    "topic": "review",
    "temperature": "0.2",
    "max_tokens": "2000",
    "output_schema": '{"type": "object", "required": ["word"]}',
    "roles": "reviewer, second reader",
    "concurrency": "5",
    # What the browser sends of the fields that are hidden.
    "source": "paste",
    "code": "",
    "entrypoint": "run",
    "run_timeout_s": "300",
    "network": "none",
}


def test_the_form_offers_both_runtimes(client, project):
    ModelEndpointFactory(organization=project.organization, display_name="Writer")
    page = text(client.get("/agents/new"))
    for words in ("Python function", 'value="prompt"', "Instructions", "Writer", "Rules, no model"):
        assert words in page


def test_a_prompt_agent_is_saved_published_and_shown(client, admin):
    answer = client.post("/agents/new", {**FORM, "act": "publish"}, follow=True)
    assert "version 1 is published" in text(answer)
    agent = Agent.objects.select_related("latest").get()
    assert agent.latest.spec == {
        "runtime": "prompt", "instructions": "Be brief and <b>bold</b>.", "model": "", "topic": "review",
        "temperature": 0.2, "max_tokens": 2000, "output_schema": {"type": "object", "required": ["word"]},
        "concurrency": 5, "roles": ["reviewer", "second reader"],
    }  # fmt: skip
    page = text(answer)
    for words in ("Prompt", "none is found, by the topic review", "Instructions", "&lt;b&gt;bold", "2,000 tokens",
                  "reviewer, second reader", "Output schema"):  # fmt: skip
        assert words in page
    for words in ("Entrypoint", "Network access", "Environment variables"):
        assert words not in page


def test_editing_keeps_what_it_holds(client, admin):
    client.post("/agents/new", FORM)
    agent = Agent.objects.get()
    page = text(client.get(f"/agents/{agent.public_id}/edit"))
    for words in ('value="review"', 'value="0.2"', 'value="2000"', "&quot;required&quot;", "reviewer, second reader"):
        assert words in page
    agent_publish(actor=admin, agent=agent)
    client.post(f"/agents/{agent.public_id}/edit", FORM)
    agent.refresh_from_db()
    assert not agent.has_changes


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"instructions": ""}, "Write what the model is to do"),
        ({"model": RULES}, "Name a model or a topic, not both."),
        ({"model": "gone", "topic": ""}, "There is no model"),
        ({"temperature": "warm"}, "Write a number, such as 0.2."),
        ({"temperature": "3"}, "Use 0 to 2"),
        ({"max_tokens": "many"}, "Write a whole number"),
        ({"output_schema": "{"}, "Not valid JSON"),
        ({"output_schema": '{"type": "array"}'}, "must be of an object"),
        ({"roles": "#!"}, "roles"),
    ],
)
def test_each_problem_is_a_sentence_and_nothing_typed_is_lost(client, changes, sentence):
    answer = client.post("/agents/new", {**FORM, **changes})
    assert (answer.status_code, sentence in text(answer), 'value="asker"' in text(answer)) == (422, True, True)
    assert Agent.objects.count() == 0


def test_versions_show_what_changed_in_the_instructions(client, admin):
    client.post("/agents/new", {**FORM, "act": "publish"})
    agent = Agent.objects.get()
    client.post(f"/agents/{agent.public_id}/edit", {**FORM, "instructions": "Be long.", "act": "publish"})
    page = text(client.get(f"/agents/{agent.public_id}/versions"))
    assert ("instructions.md" in page, "Be long." in page, "settings.json" in page) == (True, True, False)
