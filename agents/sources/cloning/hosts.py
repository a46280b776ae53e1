"""Where a repository's host is: looked up once, judged, and pinned for git."""

import asyncio
from dataclasses import dataclass

from agents.outgoing.policy import Policy
from agents.outgoing.resolving import HostNotFound, addresses_of
from agents.sources.cloning.errors import CloneFailed
from agents.sources.cloning.urls import Repository


@dataclass(frozen=True, slots=True)
class Place:
    """A repository with the addresses that it was judged by: git asks these, and looks nothing up itself."""

    repository: Repository
    addresses: tuple[str, ...]

    @property
    def pin(self) -> str:
        """Return curl's way to write it (CURLOPT_RESOLVE); nothing where the host is an address already."""
        if self.repository.host in self.addresses:
            return ""
        written = (f"[{address}]" if ":" in address else address for address in self.addresses)
        return f"{self.repository.host}:{self.repository.port}:{','.join(written)}"


def located(repository: Repository, policy: Policy) -> Place:
    """Look a repository's host up; raise CloneFailed where it has no address, or any that must not be asked."""
    try:
        addresses = asyncio.run(addresses_of(repository.host, repository.port))
    except HostNotFound as error:
        raise CloneFailed(str(error)) from error
    for address in addresses:
        if problem := policy.problem(repository.host, address, repository.port):
            raise CloneFailed(problem)
    # A scope names a network of this machine, which curl would not read.
    return Place(repository, tuple(address.partition("%")[0] for address in addresses))
