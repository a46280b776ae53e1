"""Which hosts an allow-list names. Pure."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from console.errors import Problem

MOST_DOMAINS = 100
LONGEST_DOMAIN = 253
_WILDCARD = "*."
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
#: A wildcard over less, such as *.com, would be most of the internet.
_LEAST_LABELS_OF_WILDCARD = 2


@dataclass(frozen=True, slots=True)
class AllowList:
    """Names that may be asked: exactly, or with `*.` in front for every name below one and not for itself."""

    domains: frozenset[str]

    @classmethod
    def of(cls, domains: Iterable[str]) -> "AllowList":
        """Return the list of domains that have no problems."""
        return cls(frozenset(map(normalized, domains)))

    def holds(self, host: str) -> bool:
        """Say whether a host is named. An address never is: lists are of names."""
        name = normalized(host)
        if is_address(name):
            return False
        above = (name[place + 1 :] for place, character in enumerate(name) if character == ".")
        return name in self.domains or any(f"{_WILDCARD}{parent}" in self.domains for parent in above)


def normalized(domain: str) -> str:
    """Return a domain as it is compared: in lower case, without a last dot, other letters than ASCII as punycode."""
    text = domain.strip().lower().removesuffix(".")
    try:
        return text if text.isascii() else text.encode("idna").decode()
    except UnicodeError:
        return text


def is_address(host: str) -> bool:
    """Say whether a host is an IP address, in brackets or in one of the forms that resolvers take for one."""
    bare = host.strip("[]").partition("%")[0]
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return bool(re.fullmatch(r"(0x[0-9a-f]+|[0-9]+)(\.(0x[0-9a-f]+|[0-9]+))*", bare))
    return True


def domain_problem(domain: str) -> str:
    """Return why a domain can't stand in an allow-list, or nothing."""
    name = normalized(domain)
    bare = name.removeprefix(_WILDCARD)
    labels = bare.split(".")
    if "://" in name or "/" in name:
        return "Write the name of a host alone, such as pypi.org, without https:// and path."
    if ":" in name:
        return "Write the name without a port: 80, 443 and 8000 to 8999 can be asked."
    if is_address(bare):
        return "Write a name: addresses can't be allowed."
    if not bare or len(name) > LONGEST_DOMAIN or not all(_LABEL.fullmatch(label) for label in labels):
        return "Write a host's name, such as pypi.org, or *.example.com for every name below one."
    if name != bare and len(labels) < _LEAST_LABELS_OF_WILDCARD:
        return f"{name} is too wide. Name what is below it, such as *.example.{bare}."
    return ""


def domains_problems(domains: list[str]) -> list[Problem]:
    """Return what is wrong with the domains of a list, each under its place."""
    found = [
        Problem(sentence, "allowed_domains", place)
        for place, domain in enumerate(domains)
        if (sentence := domain_problem(domain))
    ]
    if len(domains) > MOST_DOMAINS:
        found.append(Problem(f"There are {len(domains)} domains. Use at most {MOST_DOMAINS}.", "allowed_domains"))
    return found
