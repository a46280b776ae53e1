"""Finds the model that does a piece of work: the one that is named, the topic's, or the organization's."""

import uuid

from agents.llm.catalogue import ModelRef, defaults_of, resolve_model
from agents.models import TopicRoute


def resolve_writer(organization_id: uuid.UUID, *, model: str = "", topic: str = "") -> ModelRef | None:
    """Return the model of a reference, else of a topic, else the organization's default for agents; None without one.

    A reference or a route that leads to no model is not made good by the default: nobody would see that another model
    did the work. A topic without a route has the default.
    """
    if model.strip():
        return resolve_model(organization_id, model)
    return resolve_model(organization_id, _routed(organization_id, topic) or defaults_of(organization_id).agent)


def topic_key(topic: str) -> str:
    """Return a topic as it is looked for: in lower case, with single blanks."""
    return " ".join(topic.lower().split())


def routes_of(organization_id: uuid.UUID) -> dict[str, str]:
    """Return the organization's routes, topic to reference, by topic."""
    routes = TopicRoute.objects.filter(organization_id=organization_id).order_by("topic")
    return dict(routes.values_list("topic", "model"))


def _routed(organization_id: uuid.UUID, topic: str) -> str:
    key = topic_key(topic)
    if not key:
        return ""
    route = TopicRoute.objects.filter(organization_id=organization_id, topic=key).first()
    return route.model if route else ""
