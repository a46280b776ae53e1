"""An agent's environment over the API."""

from tests.console.pages.test_agent_environment import ENVIRONMENT, SPEC


def test_an_environment_comes_back_as_it_was_sent(api):
    answer = api("POST", "/api/agents", {"name": "a", **SPEC})

    assert answer.status_code == 201
    assert answer.json()["spec"]["environment"] == ENVIRONMENT


def test_what_is_wrong_is_told_with_its_path(api):
    environment = {"system_packages": ["jq", "-y"], "requirements": ["-r all.txt"], "python_version": "2.7"}
    first = api("POST", "/api/agents", {"name": "a", **SPEC, "environment": environment}).json()["error"]
    second = api("POST", "/api/agents", {"name": "a", **SPEC, "environment": {**environment, "python_version": ""}})

    assert first["code"] == "agent_invalid"
    assert "3.13" in str(first["details"])
    assert second.status_code == 422
    assert "system_packages" in str(second.json()["error"]["details"])
    assert "requirements" in str(second.json()["error"]["details"])
