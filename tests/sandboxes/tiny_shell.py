"""As much of a shell as the contract's tests ask of the fake backend."""

from collections.abc import Mapping

from sandboxes.backends.fake import FakeReply, no_such_command
from sandboxes.base import Command


def answer(command: Command, files: Mapping[str, bytes]) -> FakeReply:
    match list(command.argv):
        case ["echo", *words]:
            reply = FakeReply(stdout=" ".join(words).encode() + b"\n")
        case ["sleep", seconds]:
            reply = FakeReply(lasts_seconds=float(seconds))
        case ["head", "-c", count, "/dev/zero"]:
            reply = FakeReply(stdout=bytes(int(count)))
        case ["sh", "-c", "exit 3"]:
            reply = FakeReply(3)
        case ["sh", "-c", "echo oops >&2"]:
            reply = FakeReply(stderr=b"oops\n")
        case _:
            reply = no_such_command(command, files)
    return reply
