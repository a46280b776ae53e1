"""Whether this worker has been told to stop: then it takes nothing new, and hands back what it has under way.

The parent of a worker's processes gets the signal, the processes themselves do the work. They share one byte of memory,
which every process forked after this module was imported has.
"""

import mmap

_SHARED = mmap.mmap(-1, 1)


def leave() -> None:
    """Tell every process of this worker. Safe within a signal handler."""
    _SHARED[0] = 1


def is_leaving() -> bool:
    return _SHARED[0] != 0
