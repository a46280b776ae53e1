"""Log lines as the HTML that a page appends, once an agent run and frame."""

from collections.abc import Iterable
from itertools import groupby

from django.template.loader import render_to_string

from console.live.log_blocks import Piece, blocks_of


def log_html(pieces: Iterable[Piece]) -> dict[str, str]:
    """Return, by the public id of each agent run, one element to be swapped out of band: its blocks of lines."""
    ordered = sorted(pieces, key=lambda piece: piece.agent_run)
    return {
        agent_run: render_to_string("runs/log_append.html", {"blocks": blocks_of(own)})
        for agent_run, own in groupby(ordered, key=lambda piece: piece.agent_run)
    }
