"""Images that nothing is in, for tests of those who use a shelf."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandboxes.image_shelf import ImageWords, KeptImage

BASE = "sha256:base"


@dataclass
class FakeShelf:
    """`kept` are the images that were made, by digest; `in_use` those that can't be removed."""

    kept: dict[str, ImageWords] = field(default_factory=dict)
    in_use: set[str] = field(default_factory=set)
    free: int = 10**12
    base_digest: str = BASE

    def place(self) -> str:
        return "fake"

    def base(self) -> str:
        return self.base_digest

    def has(self, digest: str) -> bool:
        return digest in self.kept or digest == self.base_digest

    def names(self) -> Mapping[str, str]:
        return {digest: words.name for digest, words in self.kept.items()}

    def remove(self, digest: str) -> bool:
        if digest not in self.in_use:
            self.kept.pop(digest, None)
        return digest not in self.in_use

    def free_bytes(self) -> int:
        return self.free

    def keep(self, image: ImageWords) -> KeptImage:
        digest = f"sha256:{len(self.kept) + 1:064x}"
        self.kept[digest] = image
        return KeptImage(digest, 1_000)
