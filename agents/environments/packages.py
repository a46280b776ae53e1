"""Which names of system packages may stand in an environment. Pure."""

import re

#: Debian Policy 5.6.1 and 5.6.12: a name, and the version of it after an equals sign.
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.+~:-]*")


def package_problem(text: str) -> str:
    """Return why a text is no name of a Debian package, with a version or without, or nothing."""
    name, equals, version = text.partition("=")
    if text.startswith("-"):
        return f"{text} is an option. Write names of packages alone, one on each line."
    if not _NAME.fullmatch(name):
        return f"{text} is not the name of a Debian package, such as jq or libpq-dev, one on each line."
    if name.endswith("-"):
        return f"{text} would take a package away. Write the name without the minus."
    if equals and not _VERSION.fullmatch(version):
        return f"{text} has no version of a Debian package after the equals sign."
    return ""
