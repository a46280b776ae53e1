"""Lines in blocks: nothing lost, nothing doubled, nothing longer than a page likes."""

from hypothesis import given
from hypothesis import strategies as st

from console.live.log_blocks import MOST_LINES, Piece, blocks_of


def pieces(*sizes: int) -> list[Piece]:
    found, first = [], 1
    for seq, size in enumerate(sizes, start=10):
        found.append(Piece(seq, "arun_a", "stdout", first, [f"line {first + n}" for n in range(size)]))
        first += size
    return found


@given(st.lists(st.integers(1, 500), max_size=30))
def test_every_line_is_in_one_block_in_order(sizes):
    blocks = blocks_of(pieces(*sizes))
    numbers = [line.number for block in blocks for line in block.lines]
    assert numbers == list(range(1, sum(sizes) + 1))
    assert all(1 <= len(block.lines) <= MOST_LINES for block in blocks)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=30))
def test_what_lies_before_a_block_is_what_older_events_hold(sizes):
    given_pieces = pieces(*sizes)
    seen = set()
    for block in blocks_of(given_pieces):
        if block.seq not in seen:
            older = sum(len(piece.lines) for piece in given_pieces if piece.seq < block.seq)
            assert block.lines[0].number == older + 1
        seen.add(block.seq)


def test_short_pieces_share_a_block_and_a_long_one_is_cut():
    blocks = blocks_of(pieces(2, 3, 250, 1))
    assert [(block.seq, len(block.lines), block.is_part) for block in blocks] == [
        (10, 5, False), (12, 100, True), (12, 100, True), (12, 50, True), (13, 1, False),
    ]  # fmt: skip


def test_an_attempt_that_starts_anew_starts_a_block():
    again = Piece(20, "arun_a", "stdout", 1, ["hello"])
    blocks = blocks_of([*pieces(2), again])
    assert [(block.seq, block.starts_attempt) for block in blocks] == [(10, True), (20, True)]
