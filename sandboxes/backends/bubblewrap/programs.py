"""The options by which the system's programs and libraries are shown inside."""

from pathlib import Path

#: Beside /usr; on most systems they lead into it.
_BESIDE_USR = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


def programs() -> list[str]:
    """Return what shows /usr, read-only, and the names beside it that lead there."""
    made = ["--ro-bind", "/usr", "/usr"]
    for name in _BESIDE_USR:
        place = Path("/", name)
        if place.is_symlink():
            made += ["--symlink", str(place.readlink()), str(place)]
        elif place.is_dir():
            made += ["--ro-bind", str(place), str(place)]
    return made
