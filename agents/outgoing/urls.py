"""What is wrong with a URL that somebody typed. Pure."""

import re
from urllib.parse import urlsplit

from agents.outgoing.addresses import is_refused, parsed

LONGEST_URL = 2_000


def url_problem(url: str) -> str:
    """Return the first thing wrong with a URL, as there may be only the one that hides the others, or nothing."""
    if len(url) > LONGEST_URL:
        return f"Use at most {LONGEST_URL:,} characters."
    # Readers of URLs differ over these, so what was checked might not be what is called.
    if re.search(r"[\s\\\x00-\x20\x7f]", url):
        return "Write the URL without spaces, backslashes and control characters."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "This is not a URL."
    rules = (
        (parts.scheme in {"http", "https"} and bool(host), "Write a URL that begins with http:// or https://."),
        ("@" not in parts.netloc, "Write the URL without a user name or password. Put the key into a credential."),
        (not _is_refused_literal(host), "This is a link-local or metadata address, which is not asked."),
    )
    return next((message for holds, message in rules if not holds), "")


def _is_refused_literal(host: str) -> bool:
    try:
        parsed(host)
    except ValueError:
        return False
    return is_refused(host)
