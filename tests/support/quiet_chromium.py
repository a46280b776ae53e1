#!/usr/bin/env python3
"""Becomes Chromium, kept from hearing that the machine's networks change.

Whenever an address comes or goes, Chromium ends all its connections, and a page whose scripts were just under way stays
without them. Docker's containers bring and take addresses all the time. Chromium listens by netlink: without such
sockets it goes by a network that is always there. The filter is that of seccomp(2).
"""

import ctypes
import os
import platform
import struct
import sys

_CHROMIUM = "/usr/bin/chromium"
_SOCKET_CALLS = {"x86_64": 41, "aarch64": 198}
_AF_NETLINK, _EAFNOSUPPORT = 16, 97
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
#: Of linux/filter.h and linux/seccomp.h: load a word of what is asked, compare it, answer.
_LOAD, _IS_EQUAL, _RETURN = 0x20, 0x15, 0x06
_CALL, _FIRST_ARGUMENT = 0, 16
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def refuse_netlink() -> None:
    """Let no netlink socket be opened by this process and what it starts. Where that can't be had, nothing changes."""
    call = _SOCKET_CALLS.get(platform.machine())
    if call is None:
        return
    steps = [
        (_LOAD, 0, 0, _CALL),
        (_IS_EQUAL, 0, 3, call),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_IS_EQUAL, 0, 1, _AF_NETLINK),
        (_RETURN, 0, 0, _ERRNO | _EAFNOSUPPORT),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    program = _Program(len(steps), code)
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)


if __name__ == "__main__":
    refuse_netlink()
    os.execv(_CHROMIUM, [_CHROMIUM, *sys.argv[1:]])  # noqa: S606  # becoming it is what this is for
