"""Answers that pages share."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect


def see_other(to: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    """Send the browser on after a change, always by GET: loading that page again repeats nothing."""
    response: HttpResponse = redirect(to, *args, **kwargs)
    response.status_code = 303
    return response
