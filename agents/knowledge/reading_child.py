"""The process that `reading_apart.py` starts: a document on stdin, its text on stdout.

Its arguments are the kind and how many bytes of memory it may take. Where there is no text to be had it writes why
instead, and ends with 3.
"""

import resource
import sys
from pathlib import Path

# It runs isolated from the environment, so that it has to find its own package.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from agents.knowledge.errors import DocumentUnreadable
from agents.knowledge.reading import text_of

_UNREADABLE = 3
_MOST_SECONDS = 40


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    kind, most_bytes = sys.argv[1], int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    try:
        text = text_of(kind, sys.stdin.buffer.read())
    except DocumentUnreadable as error:
        sys.stdout.buffer.write(error.message.encode())
        sys.exit(_UNREADABLE)
    sys.stdout.buffer.write(text.encode())


if __name__ == "__main__":
    main()
