from celery import shared_task

from console.notifications.sending import deliver_due, forget_old
from console.signing_in.sessions import SessionStore


@shared_task(name="console.clear_sessions")
def clear_sessions() -> None:
    """Delete sessions that have ended. Can run twice: a deleted row is not deleted again."""
    SessionStore.clear_expired()


@shared_task(name="console.deliver")
def deliver() -> None:
    """Send mails and webhooks that are due. Can run twice: each is claimed before it is sent."""
    deliver_due()


@shared_task(name="console.forget_deliveries")
def forget_deliveries() -> None:
    """Delete deliveries that ended long ago. Can run twice: a deleted row is not deleted again."""
    forget_old()
