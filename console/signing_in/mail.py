"""E-mail, where the instance has been told how to send any."""

import logging
import smtplib

from django.conf import settings
from django.core.mail import send_mail

log = logging.getLogger(__name__)


def is_configured() -> bool:
    return bool(settings.CALLBOARD_SENDS_MAIL)


def send(*, to: str, subject: str, text: str) -> bool:
    """Send a mail; return whether it went out. What it says also stands on a page, so that losing it costs little."""
    if not is_configured():
        return False
    try:
        return bool(send_mail(subject, text, None, [to]))
    except (smtplib.SMTPException, OSError) as error:
        log.warning("a mail could not be sent: %s", error)
        return False
