"""The kinds of code source: a name and where its class is."""

import functools
from typing import cast

from django.utils.module_loading import import_string

from agents.sources.base import Source

SOURCES = {
    "paste": "agents.sources.paste.PasteSource",
    "files": "agents.sources.files.FilesSource",
    "zip": "agents.sources.archive.ArchiveSource",
    "git": "agents.sources.git.GitSource",
}


@functools.cache
def source(kind: str) -> Source:
    """Return the source of a kind in `SOURCES`."""
    return cast("Source", import_string(SOURCES[kind])())
