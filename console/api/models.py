from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict, JsonValue, WithJsonSchema

from agents.llm.catalogue import defaults_of
from agents.llm.settings import EndpointSettings
from agents.models import ModelDefaults, ModelEndpoint
from agents.queries import model_endpoints_for
from agents.services.models import defaults_set, endpoint_archive, endpoint_create, endpoint_test, endpoint_update
from console.access import Permission, can, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.display.endpoints import price_text
from console.lists.paging import page
from console.tenancy import by_public_id

router = Router(tags=["Models"])

_EXAMPLE: dict[str, JsonValue] = {
    "display_name": "Claude Sonnet 4.5",
    "provider": "anthropic",
    "model_id": "claude-sonnet-4-5",
    "credential_id": "cred_01K9X4Z7QD8M3V5T2B6N8C1F0A",
    "input_price": "3.00",
    "output_price": "15.00",
}
_DEFAULTS_EXAMPLE: dict[str, JsonValue] = {
    "judge": "builtin/rules",
    "simulator": "model_01K9X4Z7QD8M3V5T2B6N8C1F0A",
    "agent": "model_01K9X4Z7QD8M3V5T2B6N8C1F0A",
}

#: A price may be sent as a number or, so that it stays exact, as text; it is returned as text.
Price = Annotated[Decimal | None, WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}]})]


class ModelIn(Schema):
    """A model to be added, or all of what one is to become."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    display_name: str = Field(description="unique in the organization")
    provider: str = Field(description="openai, openai_compatible, anthropic or google")
    model_id: str = Field(description="the provider's own id of the model")
    base_url: str = Field("", description="needed for openai_compatible; blank is the provider's own address")
    credential_id: str | None = Field(None, description="the API key; a server of your own may need none")
    input_price: Price = Field(None, description="US dollars for a million tokens; null is unknown")
    output_price: Price = Field(None, description="US dollars for a million tokens; null is unknown")

    def settings(self) -> EndpointSettings:
        """Return what the service takes; it says what is wrong with it."""
        return EndpointSettings(**{**self.model_dump(), "credential_id": self.credential_id or ""})


class ModelOut(Schema):
    id: str
    display_name: str
    provider: str
    model_id: str
    base_url: str | None = Field(description="null for who may not manage models")
    credential_id: str | None = Field(description="null where there is none, and for who may not manage models")
    input_price: str | None
    output_price: str | None
    tested_at: datetime | None
    test_latency_ms: int | None = Field(description="null where the last test failed or there was none")
    test_error: str | None = Field(
        description="what the provider said to the last test, blank where it went well; null as above"
    )
    created_at: datetime


class DefaultsIn(Schema):
    """References: a model's id, its display name or model id where only one goes by it, or `builtin/rules`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _DEFAULTS_EXAMPLE})

    judge: str | None = Field(None, description="null or blank for none; left out it stays as it is")
    simulator: str | None = Field(None, description="null or blank for none; left out it stays as it is")
    agent: str | None = Field(None, description="null or blank for none; left out it stays as it is")

    def changes(self) -> dict[str, str]:
        """Return what was sent, blank for none."""
        return {name: ref or "" for name, ref in self.model_dump(exclude_unset=True).items()}


class DefaultsOut(Schema):
    """The models of runs that name none: an id or `builtin/rules` each, blank for none."""

    judge: str
    simulator: str
    agent: str = Field(description="of prompt agents and steps that name no model and no topic with one")


def _out(endpoint: ModelEndpoint) -> ModelOut:
    """Shape all of a model, for those who manage them."""
    return ModelOut(
        id=endpoint.public_id, display_name=endpoint.display_name, provider=endpoint.provider,
        model_id=endpoint.model_id, base_url=endpoint.base_url,
        credential_id=endpoint.credential.public_id if endpoint.credential else None,
        input_price=price_text(endpoint.input_price) or None, output_price=price_text(endpoint.output_price) or None,
        tested_at=endpoint.tested_at, test_latency_ms=endpoint.test_latency_ms, test_error=endpoint.test_error,
        created_at=endpoint.created_at,
    )  # fmt: skip


def _choice_out(endpoint: ModelEndpoint) -> ModelOut:
    """Shape what a select shows: a model by its names and prices, without the way to it."""
    return _out(endpoint).model_copy(update={"base_url": None, "credential_id": None, "test_error": None})


def _shape(request: ApiRequest) -> Callable[[ModelEndpoint], ModelOut]:
    require(request.auth.actor, Permission.VIEW)
    return _out if can(request.auth.actor, Permission.MANAGE_MODELS) else _choice_out


def _defaults_out(defaults: ModelDefaults) -> DefaultsOut:
    return DefaultsOut(judge=defaults.judge, simulator=defaults.simulator, agent=defaults.agent)


@router.get("", response=ListOut[ModelOut], summary="List models, the newest first")
def index(request: ApiRequest, cursor: str | None = None, limit: int = 50) -> ListOut[ModelOut]:
    """`builtin/rules` can be named everywhere and is not listed: it is no model."""
    shape = _shape(request)
    return list_out(page(model_endpoints_for(request.auth.actor), cursor=cursor, limit=limit), shape)


@router.post("", response={201: ModelOut}, summary="Add a model")
def create(request: ApiRequest, data: ModelIn) -> Status[ModelOut]:
    return Status(201, _out(endpoint_create(actor=request.auth.actor, settings=data.settings())))


@router.get("/defaults", response=DefaultsOut, summary="Get the organization's default models")
def defaults(request: ApiRequest) -> DefaultsOut:
    require(request.auth.actor, Permission.VIEW)
    return _defaults_out(defaults_of(request.auth.actor.organization_id))


@router.put("/defaults", response=DefaultsOut, summary="Set the organization's default models")
def update_defaults(request: ApiRequest, data: DefaultsIn) -> DefaultsOut:
    return _defaults_out(defaults_set(actor=request.auth.actor, **data.changes()))


@router.get("/{model_id}", response=ModelOut, summary="Get a model")
def detail(request: ApiRequest, model_id: str) -> ModelOut:
    shape = _shape(request)
    return shape(by_public_id(model_endpoints_for(request.auth.actor), model_id))


@router.put("/{model_id}", response=ModelOut, summary="Replace a model's settings")
def update(request: ApiRequest, model_id: str, data: ModelIn) -> ModelOut:
    endpoint = _endpoint(request, model_id)
    return _out(endpoint_update(actor=request.auth.actor, endpoint=endpoint, settings=data.settings()))


@router.delete("/{model_id}", response={204: None}, summary="Archive a model that nothing uses")
def delete(request: ApiRequest, model_id: str) -> Status[None]:
    endpoint_archive(actor=request.auth.actor, endpoint=_endpoint(request, model_id))
    return Status(204, None)


@router.post("/{model_id}/test", response=ModelOut, summary="Make one small call")
def test(request: ApiRequest, model_id: str) -> ModelOut:
    """The answer comes after at most half a minute, with a latency or with what the provider said."""
    return _out(endpoint_test(actor=request.auth.actor, endpoint=_endpoint(request, model_id)))


def _endpoint(request: ApiRequest, model_id: str) -> ModelEndpoint:
    require(request.auth.actor, Permission.MANAGE_MODELS)
    return by_public_id(model_endpoints_for(request.auth.actor), model_id)
