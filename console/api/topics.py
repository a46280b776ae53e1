from ninja import Field, Router, Schema
from pydantic import ConfigDict, JsonValue

from agents.llm.catalogue import defaults_of
from agents.llm.routing import routes_of
from agents.services.topics import topics_replace
from console.access import Actor, Permission, require
from console.api.auth import ApiRequest

router = Router(tags=["Models"])

_EXAMPLE: dict[str, JsonValue] = {
    "topics": [
        {"topic": "coding", "model": "model_01K9X4Z7QD8M3V5T2B6N8C1F0A"},
        {"topic": "research", "model": "builtin/rules"},
    ]
}


class TopicRouteIn(Schema):
    model_config = ConfigDict(extra="forbid")

    topic: str = Field(description="kept in lower case")
    model: str = Field(description="a model's id, its name where only one goes by it, or `builtin/rules`")


class TopicsIn(Schema):
    """The whole table: topics that are left out have the default from then on."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    topics: list[TopicRouteIn]


class TopicRouteOut(Schema):
    topic: str
    model: str = Field(description="a model's id or `builtin/rules`")


class TopicsOut(Schema):
    topics: list[TopicRouteOut]
    default: str = Field(description="the model of every other topic, an id or `builtin/rules`; blank for none")


@router.get("/topics", response=TopicsOut, summary="Get which model does the work of which topic")
def topics(request: ApiRequest) -> TopicsOut:
    actor = request.auth.actor
    require(actor, Permission.VIEW)
    return _out(actor, routes_of(actor.organization_id))


@router.put("/topics", response=TopicsOut, summary="Set which model does the work of which topic")
def replace_topics(request: ApiRequest, data: TopicsIn) -> TopicsOut:
    actor = request.auth.actor
    return _out(actor, topics_replace(actor=actor, routes={route.topic: route.model for route in data.topics}))


def _out(actor: Actor, routes: dict[str, str]) -> TopicsOut:
    rows = [TopicRouteOut(topic=topic, model=model) for topic, model in routes.items()]
    return TopicsOut(topics=rows, default=defaults_of(actor.organization_id).agent)
