"""What a fresh instance holds, so that there is something to look at: an agent, a pipeline and three graded tasks."""

from collections.abc import Callable
from pathlib import Path

from django.db import transaction
from pydantic import JsonValue

from agents.llm.catalogue import RULES
from agents.models import Agent
from agents.services.agents import agent_publish, agent_register
from agents.services.models import defaults_set
from console.access import Actor, Role
from console.models import Membership, Organization, Project, User
from evaluation.services.seeding import tasks_seed
from orchestration.models import Dialect, Pipeline
from orchestration.services.pipelines import pipeline_create, pipeline_publish
from orchestration.services.presets import presets_install

SLUG = "demo"
EMAIL = "admin@example.com"
_CODE = Path(__file__).with_name("agent.py")

_TASKS = (
    {"user": "Summarize what environment you are running in.", "expected_outcome": "completion"},
    {"user": "Count the words of this sentence and write the number down.", "expected_outcome": "completion"},
    {"user": "Divide the number of apples by the number of baskets: there are 12 apples and no baskets."},
)


def ensure(say: Callable[[str], None]) -> None:
    """Create the demo organization on an empty database; leave any other alone."""
    if Organization.objects.exists():
        return
    say("Creating the demo organization; its three tasks run in the background.")
    with transaction.atomic():
        organization = Organization.objects.create(slug=SLUG, name="Demo")
        project = Project.objects.create(organization=organization, name="First project")
        # Not a superuser's password: the way in is the link that is printed at each start.
        user = User.objects.create_user(EMAIL, name="Demo admin", is_staff=True, is_superuser=True)
        Membership.objects.create(user=user, organization=organization, role=Role.ORG_ADMIN)
    actor = Actor(organization_id=organization.pk, user_id=user.pk, label=user.name, roles={None: Role.ORG_ADMIN})
    defaults_set(actor=actor, judge=RULES, simulator=RULES, agent=RULES)
    agent = agent_register(
        actor=actor, name="demo-agent", description="Looks around its sandbox, writes a note, and answers.",
        spec={"source": {"kind": "paste", "code": _CODE.read_text()}},
    )  # fmt: skip
    agent_publish(actor=actor, agent=agent)
    presets_install(actor=actor, project=project)
    pipeline = _pipeline(actor, project, agent)
    tasks_seed(actor=actor, pipeline=pipeline, tasks=[dict(task) for task in _TASKS], name="Demo tasks")


def _pipeline(actor: Actor, project: Project, agent: Agent) -> Pipeline:
    field: dict[str, JsonValue] = {
        "key": "answer",
        "title": "Answer",
        "mode": "agent",
        "agentConfig": {
            "agent_id": agent.public_id,
            "rubric": "Answers what was asked\nSays which Python it runs on",
            "criteria": [{"type": "contains", "value": "Python"}],
            "odyssey_seed_columns": {"expected_outcome": True},
        },
    }
    pipeline = pipeline_create(
        actor=actor, project=project, name="Demo pipeline", dialect_name=Dialect.FIELDS,
        definition={"fields": [field]}, description="One agent field, graded by builtin/rules, with no model.",
    )  # fmt: skip
    pipeline_publish(actor=actor, pipeline=pipeline)
    published: Pipeline = Pipeline.objects.select_related("latest", "project").get(pk=pipeline.pk)
    return published
