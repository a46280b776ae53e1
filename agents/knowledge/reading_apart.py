"""Gets the text out of a large document in a process of its own, with limits.

A document can be made to take more memory than the worker has, which would end the worker, and the next one that tries.
A process can be ended; a function in a worker can't.
"""

import subprocess
import sys
from pathlib import Path

from agents.knowledge.errors import DocumentUnreadable

_CHILD = Path(__file__).with_name("reading_child.py")
_UNREADABLE = 3
#: Somewhat over what the child allows itself of the processor, and less than a transaction may idle.
_LONGEST_SECONDS = 50
_MOST_BYTES = 2 * 1024 * 1024 * 1024
_TOO_MUCH = "It takes too long or too much memory to read. Split it into several, or save it as plain text."


def text_apart(kind: str, content: bytes) -> str:
    """Return the text of a document of a kind of `reading.KINDS`; raise DocumentUnreadable."""
    try:
        child = subprocess.run(
            # Isolated from the environment and from the folder it runs in.
            [sys.executable, "-I", str(_CHILD), kind, str(_MOST_BYTES)],
            input=content,
            capture_output=True,
            timeout=_LONGEST_SECONDS,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DocumentUnreadable(_TOO_MUCH) from error
    if child.returncode == _UNREADABLE:
        raise DocumentUnreadable(child.stdout.decode())
    if child.returncode != 0:
        raise DocumentUnreadable(_TOO_MUCH)
    return child.stdout.decode()
