"""Looks up hosts within a deadline, in threads of its own: a resolver that hangs must not hold up who waits for it."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

LONGEST_LOOKUP_SECONDS = 5
_pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolver")


class HostNotFound(Exception):
    """A host has no address, or none that was found in time."""


async def addresses_of(host: str, port: int) -> list[str]:
    """Return every address of a host, each once; raise HostNotFound."""
    lookup = asyncio.wrap_future(_pool.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM))
    try:
        found = await asyncio.wait_for(lookup, LONGEST_LOOKUP_SECONDS)
    except TimeoutError as error:
        raise HostNotFound(f"The host {host} was not found within {LONGEST_LOOKUP_SECONDS} seconds.") from error
    except (OSError, UnicodeError) as error:
        raise HostNotFound(f"The host {host} could not be found.") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
