"""Runs any command with the run's proxy at hand: `python3 -I -B /opt/callboard relayed COMMAND …`."""

from __future__ import annotations

from sandboxes import paths
from sandboxes.harness.beside import run_beside
from sandboxes.harness.relay_start import listen_for_proxy


def main(argv: list[str]) -> None:
    run_beside(argv, listener=listen_for_proxy(), to=paths.PROXY)
