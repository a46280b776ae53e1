from celery import shared_task

from console.sessions import SessionStore


@shared_task(name="console.clear_sessions")
def clear_sessions() -> None:
    """Delete sessions that have ended. Can run twice: a deleted row is not deleted again."""
    SessionStore.clear_expired()
