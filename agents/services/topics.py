"""Which model does the work of which topic."""

from collections.abc import Mapping

from django.db import transaction

from agents.errors import ModelInvalid
from agents.llm.catalogue import resolve_model
from agents.llm.routing import routes_of, topic_key
from agents.models import ModelDefaults, TopicRoute
from agents.models.topics import LONGEST_TOPIC
from console import audit
from console.access import Actor, Permission, require
from console.errors import Problem
from console.storable import unstorable

MOST_TOPICS = 200


def topic_set(*, actor: Actor, topic: str, model: str) -> dict[str, str]:
    """Route one topic to a model by reference, or no longer where it is blank; return all the routes."""
    return _changed(actor, {topic: model}, keeps_others=True)


def topics_replace(*, actor: Actor, routes: Mapping[str, str]) -> dict[str, str]:
    """Set the whole table, topic to reference; return it as it is kept. Raise ModelInvalid with every problem."""
    return _changed(actor, routes, keeps_others=False)


@transaction.atomic
def _changed(actor: Actor, changes: Mapping[str, str], *, keeps_others: bool) -> dict[str, str]:
    require(actor, Permission.MANAGE_MODELS)
    # The row that every organization has one of, so that two changes at once do not undo each other.
    ModelDefaults.objects.get_or_create(organization_id=actor.organization_id)
    defaults: ModelDefaults = ModelDefaults.objects.select_for_update().get(organization_id=actor.organization_id)
    before = routes_of(actor.organization_id)
    wanted = {**(before if keeps_others else {}), **_checked(actor, changes, needs_model=not keeps_others)}
    after = {topic: model for topic, model in sorted(wanted.items()) if model}
    if len(after) > MOST_TOPICS:
        raise ModelInvalid.of([Problem(f"Use at most {MOST_TOPICS} topics.", "topics")])
    _store(actor, before, after)
    if before != after:
        audit.record(actor=actor, action="model.topics", target=defaults, before=before, after=after)
    return after


def _checked(actor: Actor, changes: Mapping[str, str], *, needs_model: bool) -> dict[str, str]:
    """Return the changes as they are kept; raise ModelInvalid with every problem, each at its topic."""
    problems, found = [], {}
    for topic, ref in changes.items():
        key = topic_key(topic)
        if not 1 <= len(key) <= LONGEST_TOPIC or [*unstorable(key)]:
            problems.append(Problem(f"Name the topic in 1 to {LONGEST_TOPIC} characters.", "topic"))
            continue
        model = resolve_model(actor.organization_id, ref)
        if model is None and (ref.strip() or needs_model):
            problems.append(Problem(f"There is no model {ref!r} here, or more than one.", "model"))
        found[key] = model.key if model else ""
    if problems:
        raise ModelInvalid.of(problems)
    return found


def _store(actor: Actor, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    mine = TopicRoute.objects.filter(organization_id=actor.organization_id)
    mine.filter(topic__in=[topic for topic in before if topic not in after]).delete()
    for topic, model in after.items():
        if before.get(topic) != model:
            mine.update_or_create(topic=topic, defaults={"model": model, "organization_id": actor.organization_id})
