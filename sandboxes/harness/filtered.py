"""Runs any command with the filtered way out at hand: `python3 -I -B /opt/callboard filtered COMMAND …`."""

from __future__ import annotations

from sandboxes import paths
from sandboxes.harness.beside import run_beside
from sandboxes.harness.relay_start import listen_at


def main(argv: list[str]) -> None:
    run_beside(argv, listener=listen_at(paths.EGRESS_PORT), to=paths.EGRESS)
