"""What a page says, for the tests that ask for one without a browser."""

from django.http import HttpResponse


def text(answer: HttpResponse) -> str:
    """Return the page as it was sent."""
    return answer.content.decode()


def prose(answer: HttpResponse) -> str:
    """Return the page with every run of blanks as one, so that a sentence can be looked for."""
    return " ".join(answer.content.decode().split())
