from dataclasses import dataclass

from agents.credentials import reveal
from agents.models import ModelEndpoint


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """Where a call goes and with which key, which is why it has no repr."""

    provider: str
    model_id: str
    base_url: str
    key: str


def target_of(endpoint: ModelEndpoint) -> Target:
    """Return where calls of an endpoint go; raise SecretUnreadable."""
    key = reveal(endpoint.credential) if endpoint.credential is not None else ""
    return Target(endpoint.provider, endpoint.model_id, endpoint.base_url, key)
