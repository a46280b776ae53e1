"""The pipeline of the guide, defined and run over REST on a whole instance: scripts, a router, reviewers, an event."""

import json
import re
from collections.abc import Iterator

import httpx
import pytest

from tests.support.code import function
from tests.support.instance import ROOT, Instance, wait_for
from tests.support.step_pipelines import in_order, step

GUIDE = (ROOT / "docs/steps.md").read_text()
EXAMPLE = json.loads(re.search(r"```json\n(.+?)```", GUIDE, re.DOTALL).group(1))
#: What would be a command if it ever became part of a script's text.
HOSTILE = "'; touch /tmp/canary; echo '$(touch /tmp/canary)\n"


@pytest.fixture(scope="module")
def instance(homes) -> Iterator[Instance]:
    running = Instance(homes.new()).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def api(instance) -> Iterator[httpx.Client]:
    with instance.api() as client:
        yield client


def made(api: httpx.Client, path: str, body: dict) -> str:
    """Create and publish something; return its address."""
    answer = api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    published = api.post(f"{path}/{answer.json()['id']}/publish")
    assert published.status_code == 200, published.text
    return f"{path}/{answer.json()['id']}"


def agent(api: httpx.Client, name: str, *roles: str) -> str:
    code = function("return {'final_response': 'seen: ' + task_input['user_instruction']}")
    body = {"name": name, "source": {"kind": "paste", "code": code}, "roles": list(roles)}
    return made(api, "/api/agents", body).rpartition("/")[2]


def ended(api: httpx.Client, pipeline: str, run_input: dict) -> dict:
    """Start a run and return it when it has ended."""
    started = api.post(f"{pipeline}/runs", json={"input": run_input})
    assert started.status_code == 201, started.text
    address = f"/api/step-runs/{started.json()['id']}"
    wait_for(lambda: api.get(address).json()["finished_at"], what="the end of the run")
    return api.get(address).json()


def test_the_example_of_the_guide_takes_the_way_that_its_router_chooses(api):
    looker = agent(api, "looker")
    agent(api, "careful", "reviewer", "security")
    definition = json.loads(json.dumps(EXAMPLE, ensure_ascii=False).replace("agt_…", looker))
    pipeline = made(api, "/api/step-pipelines", {"name": "review a change", **definition})
    small = ended(api, pipeline, {"diff": HOSTILE * 3, "pr": "http://pr/1"})
    assert (small["status"], small["error"], small["state"]["lines"]) == ("completed", None, 3)
    assert small["state"]["opinion"].endswith("Look at http://pr/1 briefly.")
    large = ended(api, pipeline, {"diff": "x\n" * 401, "pr": "http://pr/2"})
    assert (large["status"], large["state"]["lines"]) == ("completed", 401)
    assert [review["agent"] for review in large["state"]["reviews"]] == ["careful"]
    assert {one["step_id"]: one["status"] for one in large["steps"]}["look"] == "skipped"


def test_a_run_waits_for_an_event_and_for_another_pipeline(api):
    waits = step("w", "waitForEvent", event="deployed", correlationKey="{{pr}}", outputKey="how")
    child = made(api, "/api/step-pipelines", {"name": "deploy", **in_order(waits)})
    definition = in_order(
        step("sub", "subPipeline", templateId=child.rpartition("/")[2], inputs={"pr": "{{pr}}"}, outputKey="deployed"),
        step("told", script="printf %s {{deployed.how.by}}", outputKey="by"),
    )
    pipeline = made(api, "/api/step-pipelines", {"name": "release", **definition})
    run = api.post(f"{pipeline}/runs", json={"input": {"pr": "7"}}).json()
    event = {"name": "deployed", "key": "7", "payload": {"by": "Ada"}}
    wait_for(lambda: api.get(f"{child}/runs").json()["items"], what="the child")
    assert api.post("/api/events", json=event).status_code == 202
    address = f"/api/step-runs/{run['id']}"
    wait_for(lambda: api.get(address).json()["finished_at"], what="the end of the run")
    found = api.get(address).json()
    assert (found["status"], found["state"]["by"]) == ("completed", "Ada")
    (below,) = api.get(f"{child}/runs").json()["items"]
    assert below["parentPipelineRunId"] == run["id"]


def test_forty_light_scripts_run_side_by_side(api):
    scripts = [step(f"s{number}", script=f"echo {number}", outputKey="found", reducer="append") for number in range(40)]
    definition = {
        "steps": [{"id": "start", "kind": "trigger"}, *scripts, {"id": "done", "kind": "join"}],
        "edges": [
            *({"source": "start", "target": one["id"]} for one in scripts),
            *({"source": one["id"], "target": "done"} for one in scripts),
        ],
    }
    run = ended(api, made(api, "/api/step-pipelines", {"name": "many", **definition}), {})
    assert run["state"]["found"] == [str(number) for number in range(40)]
