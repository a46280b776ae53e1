from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from agents.errors import ModelCallFailed, ModelInUse, ModelInvalid, ModelNameTaken
from agents.llm.catalogue import defaults_of, resolve_model
from agents.llm.client import ask
from agents.llm.prompt import Message, Prompt, Speaker
from agents.llm.retrying import Patience
from agents.llm.settings import EndpointSettings, normalized_url, settings_problems
from agents.llm.uses import users_of
from agents.models import Credential, ModelDefaults, ModelEndpoint, Purpose, TopicRoute
from console import audit
from console.access import Actor, Permission, require
from console.errors import Problem
from console.ids import from_public

_TEST_PROMPT = Prompt("You are being tested.", (Message(Speaker.USER, "Answer with the word OK."),))
#: Somebody looks on, so it is tried once and not for long.
_TEST_PATIENCE = Patience(attempts=1, call_seconds=30)


def endpoint_create(*, actor: Actor, settings: EndpointSettings) -> ModelEndpoint:
    """Add a model to the organization's; raise ModelInvalid with every problem, or ModelNameTaken."""
    require(actor, Permission.MANAGE_MODELS)
    endpoint = ModelEndpoint(organization_id=actor.organization_id)
    _apply(endpoint, settings)
    _save(endpoint)
    audit.record(actor=actor, action="model.create", target=endpoint, after=_told(endpoint))
    return endpoint


def endpoint_update(*, actor: Actor, endpoint: ModelEndpoint, settings: EndpointSettings) -> ModelEndpoint:
    """Change a model. What an earlier test found is forgotten, for it was found of another one."""
    require(actor, Permission.MANAGE_MODELS)
    before = _told(endpoint)
    _apply(endpoint, settings)
    endpoint.tested_at, endpoint.test_latency_ms, endpoint.test_error = None, None, ""
    _save(endpoint)
    audit.record(actor=actor, action="model.update", target=endpoint, before=before, after=_told(endpoint))
    return endpoint


@transaction.atomic
def endpoint_archive(*, actor: Actor, endpoint: ModelEndpoint) -> None:
    """Take a model out of use; raise ModelInUse while something would miss it. Verdicts and calls keep its name."""
    require(actor, Permission.MANAGE_MODELS)
    if users := endpoint_users(endpoint):
        raise ModelInUse(f"{endpoint.display_name} is in use: {', '.join(users)}. Choose another model there first.")
    endpoint.archived_at = timezone.now()
    endpoint.save(update_fields=["archived_at"])
    audit.record(actor=actor, action="model.archive", target=endpoint)


def endpoint_users(endpoint: ModelEndpoint) -> list[str]:
    """Return what would miss a model: the defaults that name it, and what the rooms above this one say."""
    refs = _default_refs(defaults_of(endpoint.organization_id))
    defaults = [f"the organization's default {what}" for what, ref in refs if ref == endpoint.public_id]
    topics = TopicRoute.objects.filter(organization_id=endpoint.organization_id, model=endpoint.public_id)
    return [*defaults, *(f"the topic {route.topic}" for route in topics.order_by("topic")), *users_of(endpoint)]


@transaction.atomic
def defaults_set(
    *, actor: Actor, judge: str | None = None, simulator: str | None = None, agent: str | None = None
) -> ModelDefaults:
    """Set the organization's models by reference: blank for none, None to leave one as it is; raise ModelInvalid."""
    require(actor, Permission.MANAGE_MODELS)
    ModelDefaults.objects.get_or_create(organization_id=actor.organization_id)
    defaults: ModelDefaults = ModelDefaults.objects.select_for_update().get(organization_id=actor.organization_id)
    before = dict(_default_refs(defaults))
    problems = []
    for name, ref in (("judge", judge), ("simulator", simulator), ("agent", agent)):
        if ref is None:
            continue
        model = resolve_model(actor.organization_id, ref)
        if model is None and ref.strip():
            problems.append(Problem(f"There is no model {ref!r} here, or more than one.", name))
        setattr(defaults, name, model.key if model else "")
    if problems:
        raise ModelInvalid.of(problems)
    defaults.save()
    after = dict(_default_refs(defaults))
    audit.record(actor=actor, action="model.defaults", target=defaults, before=before, after=after)
    return defaults


def endpoint_test(*, actor: Actor, endpoint: ModelEndpoint) -> ModelEndpoint:
    """Make one small call, and keep how long it took or what the provider said to it."""
    require(actor, Permission.MANAGE_MODELS)
    endpoint.test_latency_ms, endpoint.test_error = None, ""
    try:
        reply = ask(endpoint=endpoint, prompt=_TEST_PROMPT, purpose=Purpose.TEST, patience=_TEST_PATIENCE)
    except ModelCallFailed as failure:
        endpoint.test_error = failure.sentence
    else:
        endpoint.test_latency_ms = reply.latency_ms
    endpoint.tested_at = timezone.now()
    endpoint.save(update_fields=["tested_at", "test_latency_ms", "test_error"])
    return endpoint


def _apply(endpoint: ModelEndpoint, settings: EndpointSettings) -> None:
    problems = settings_problems(settings)
    credential = _credential(endpoint, settings.credential_id)
    if settings.credential_id and credential is None:
        problems.append(Problem("There is no such credential in this organization.", "credential_id"))
    if problems:
        raise ModelInvalid.of(problems)
    endpoint.display_name, endpoint.provider = settings.display_name.strip(), settings.provider
    endpoint.model_id, endpoint.base_url = settings.model_id.strip(), normalized_url(settings)
    endpoint.credential = credential
    endpoint.input_price, endpoint.output_price = settings.input_price, settings.output_price


def _credential(endpoint: ModelEndpoint, public_id: str) -> Credential | None:
    key = from_public(Credential.ID_PREFIX, public_id)
    if key is None:
        return None
    return Credential.objects.filter(organization_id=endpoint.organization_id, agent=None, pk=key).first()


def _save(endpoint: ModelEndpoint) -> None:
    try:
        with transaction.atomic():
            endpoint.save()
    except IntegrityError as error:
        if "model_name_in_organization" not in str(error):
            raise
        raise ModelNameTaken(
            f"There is a model named {endpoint.display_name!r} already. Choose another name.",
            problems=[Problem("This name is taken in this organization.", "display_name")],
        ) from error


def _told(endpoint: ModelEndpoint) -> dict[str, object]:
    """Return what the audit trail says of a model."""
    return {
        "display_name": endpoint.display_name,
        "provider": endpoint.provider,
        "model_id": endpoint.model_id,
        "base_url": endpoint.base_url,
        "credential_id": endpoint.credential.public_id if endpoint.credential else None,
        "input_price": _text(endpoint.input_price),
        "output_price": _text(endpoint.output_price),
    }


def _text(price: Decimal | None) -> str | None:
    return None if price is None else str(price)


def _default_refs(defaults: ModelDefaults) -> list[tuple[str, str]]:
    return [("judge", defaults.judge), ("simulator", defaults.simulator), ("agent", defaults.agent)]
