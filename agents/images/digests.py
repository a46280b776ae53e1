"""Which Dockerfile bodies come to the same image."""

import hashlib

from django.conf import settings

from sandboxes.dockerfile import parse


def digest_of(body: str) -> str:
    """Return what two bodies share that ask for the same on the same base image; raise Refused for one of no use."""
    text = f"{settings.CALLBOARD_BASE_IMAGE}\0{parse(body).normal_form}"
    return hashlib.sha256(text.encode()).hexdigest()
