"""Which URLs name a repository. Pure."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from agents.outgoing.addresses import parsed
from agents.outgoing.policy import Policy
from agents.outgoing.urls import LONGEST_URL

_HTTPS_PORT = 443
#: Names as the domain name system has them, and addresses of IPv6 as URLs do.
_HOST = re.compile(r"(?!-)[A-Za-z0-9._-]{1,253}(?<![.-])|[0-9A-Fa-f:.]{2,45}")
#: How others than https begin: `git@host:path`, `ssh://`, `git://`, `file://`, a path.
_SSH = re.compile(r"(?i)ssh://|git\+ssh://|[^/:@\s]+@[^/:\s]+:")


class Repository(NamedTuple):
    """Where a repository is. `url` is what git is given: the one that was checked, put together anew."""

    host: str
    port: int
    url: str


def repository_problem(url: str, policy: Policy) -> str:
    """Return the first thing wrong with a repository's URL, or nothing.

    A host's name is not looked up: what its addresses are is judged at each clone.
    """
    if len(url) > LONGEST_URL:
        return f"Use at most {LONGEST_URL:,} characters."
    if re.search(r"[^\x21-\x7e]|\\", url):
        return "Write the URL in plain letters, without spaces, backslashes and control characters."
    if _SSH.match(url):
        return "SSH URLs are not cloned. Use the https URL of the repository."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "This is not a URL."
    rules = (
        (parts.scheme == "https" and bool(host), "Use an https URL, such as https://github.com/acme/agent.git."),
        ("@" not in parts.netloc, "Write the URL without a user name or password. Put the token below it."),
        (not parts.query and not parts.fragment and "?" not in url and "#" not in url,
         "Write the URL without ? and #. The branch, tag or commit goes into Ref."),
        (bool(_HOST.fullmatch(host)), "The host is no name that can be looked up. Write it in plain letters."),
        (port != 0, "The port 0 is none."),
        (bool(parts.path.strip("/")), "Name the repository after the host, such as /acme/agent.git."),
        (not {".", ".."} & {*parts.path.split("/")}, "Write the URL's path without . and .. in it."),
    )  # fmt: skip
    said = next((message for holds, message in rules if not holds), "")
    return said or _host_problem(host, port or _HTTPS_PORT, policy)


def repository(url: str) -> Repository:
    """Return the repository of a URL that has no problem."""
    parts = urlsplit(url)
    host, port = (parts.hostname or "").lower(), parts.port or _HTTPS_PORT
    name = f"[{host}]" if ":" in host else host
    place = name if port == _HTTPS_PORT else f"{name}:{port}"
    return Repository(host, port, f"https://{place}{parts.path}")


def _host_problem(host: str, port: int, policy: Policy) -> str:
    """Return why a host must not be asked, as far as its name tells."""
    if host == "localhost" or host.endswith(".localhost"):
        return policy.problem(host, "127.0.0.1", port)
    try:
        parsed(host)
    except ValueError:
        return ""
    return policy.problem(host, host, port)
