"""Dockerfile bodies: what may stand in them, read by a parser of our own. Pure: no engine, no files, no clock.

An engine never sees the text. It is read into steps here, and `sandboxes.image_build` carries these out in a sandbox:
nothing hangs on two parsers reading the same text alike.
"""

from sandboxes.dockerfile.instructions import Dockerfile, Env, Run, Step, Workdir
from sandboxes.dockerfile.lines import Fault
from sandboxes.dockerfile.parser import LONGEST_BYTES, Refused, parse

__all__ = ["LONGEST_BYTES", "Dockerfile", "Env", "Fault", "Refused", "Run", "Step", "Workdir", "parse"]
