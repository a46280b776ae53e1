"""What notifications use of other rooms, for those who would take it away."""

import uuid

from console.models import OutgoingWebhook


def webhooks_signed_by(organization_id: uuid.UUID) -> list[tuple[str, str]]:
    """Return the credential that signs the organization's webhook, and that it does."""
    hooks = OutgoingWebhook.objects.filter(organization_id=organization_id).select_related("credential")
    return [(hook.credential.public_id, "the outgoing webhook") for hook in hooks]
