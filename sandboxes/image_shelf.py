"""Images that were made of sandboxes: what one is given, what is known of it, and where they are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from sandboxes import paths


@dataclass(frozen=True, slots=True)
class ImageWords:
    """What an image says of itself. `name` is whose it is, for those who look over the shelf."""

    name: str
    env: Mapping[str, str] = field(default_factory=dict)
    folder: str = paths.HOME


class KeptImage(NamedTuple):
    """An image that was made: its digest, and how much it adds to the base image."""

    digest: str
    added_bytes: int


class ImageShelf(Protocol):
    """The images that one installation has made on one machine. All of it may raise SandboxUnavailable."""

    def place(self) -> str:
        """Return what tells this shelf from that of another machine."""

    def base(self) -> str:
        """Return the digest of the base image as it is now. Raise ImageNotReady where it is not built."""

    def has(self, digest: str) -> bool:
        """Say whether there is such an image."""

    def names(self) -> Mapping[str, str]:
        """Return the names of the images that were made here, by digest."""

    def remove(self, digest: str) -> bool:
        """Remove an image; return False where something still runs on it. One that is gone is removed."""

    def free_bytes(self) -> int:
        """Return how much room there is for more."""
