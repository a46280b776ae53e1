"""How git gets a token: by a descriptor that it inherits, and by nothing that can be read of a process or a file."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from typing import NamedTuple

#: The name that goes with a token where the secret says none. Hosts that ask for tokens take any.
_NAME = "x-access-token"
#: The descriptor that git's helper reads: shells know those of one digit.
_HANDED = 9
#: Puts what a command is given as its input there, and nothing in its place.
_MOVED = ("/bin/sh", "-c", f'exec "$@" {_HANDED}<&0 </dev/null', "sh")
#: Only `get` is answered: git also tells a helper what to keep and what to forget.
_HELPER = f'!f() {{ test "$1" = get && cat <&{_HANDED}; }}; f'
#: A pipe takes so much without a reader (pipe(7)).
LONGEST_TOKEN = 32 * 1024


def login(secret: str) -> tuple[str, str]:
    """Return the name and the password that a secret is: a token, or both with a colon between."""
    name, colon, password = secret.strip().partition(":")
    return (name, password) if colon and name and password else (_NAME, secret.strip())


def token_problem(secret: str) -> str:
    """Return why a secret can't be a token, or nothing."""
    token = secret.strip()
    if len(token.encode("utf-8", "surrogatepass")) > LONGEST_TOKEN - 1024:
        return "Use at most 31 KB."
    return "" if token.isprintable() and token else "A token is one line, without control characters."


class Handed(NamedTuple):
    """How a command is started so that git in it can log in: its input, what goes before it, and git's settings."""

    stdin: int
    prefix: tuple[str, ...]
    config: tuple[str, ...]


@contextlib.contextmanager
def handed(secret: str) -> Iterator[Handed]:
    """Put a login where only the command that is started with it finds it. Nothing is, where there is no secret.

    What git asks its helper for is answered once: a second question comes from a login that was refused.
    """
    none = ("credential.helper=",)
    if not secret:
        yield Handed(subprocess.DEVNULL, (), none)
        return
    name, password = login(secret)
    read, write = os.pipe()
    try:
        os.write(write, f"username={name}\npassword={password}\n".encode())
    finally:
        os.close(write)
    try:
        yield Handed(read, _MOVED, (*none, f"credential.helper={_HELPER}"))
    finally:
        os.close(read)
