"""Links to pages that may not be there for everybody."""

from django.urls import NoReverseMatch, reverse


def url_of(name: str, *args: object) -> str:
    """Return the URL of a page, or nothing where there is no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
