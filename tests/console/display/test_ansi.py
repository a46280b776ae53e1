import time

import pytest

from console.display import ansi


def test_colours_become_classes():
    assert ansi.to_html("\x1b[31;1mred\x1b[0m plain") == '<span class="cb-ansi-red cb-ansi-bold">red</span> plain'


def test_markup_inside_colours_is_escaped():
    assert ansi.to_html("\x1b[32m<script>\x1b[m") == '<span class="cb-ansi-green">&lt;script&gt;</span>'


@pytest.mark.parametrize(
    "command",
    [
        "\x1b[2J",
        "\x1b[1;1H",
        "\x1b[?1049h",
        "\x1b]0;title\x07",
        "\x1b]52;c;c2VjcmV0\x07",
        "\x1b]8;;https://evil.example\x1b\\",
        "\x1bPq#0;2;0;0;0\x1b\\",
        "\x9b2J",
        "\x9d0;title\x9c",
        "\x1bc",
        "\x1b(0",
        "\x07",
    ],
)
def test_what_would_command_a_terminal_is_dropped(command):
    assert ansi.to_html(f"a{command}b") == "ab"
    assert ansi.plain(f"a{command}b") == "ab"


def test_a_string_without_an_end_does_not_hide_what_follows():
    assert "rm -rf" in ansi.to_html("\x1b]0;\nrm -rf /")


def test_a_carriage_return_does_not_write_over_a_line():
    assert ansi.to_html("rm -rf /\rls       ") == "rm -rf /\nls       "


@pytest.mark.parametrize(
    ("sequence", "css"),
    [
        ("38;5;2", "cb-ansi-green"),
        ("38:5:1", "cb-ansi-red"),
        ("97", "cb-ansi-white"),
        ("41", "cb-ansi-on-red"),
        ("48;5;4", "cb-ansi-on-blue"),
        ("4:3", "cb-ansi-underline"),
    ],
)
def test_the_ways_to_say_a_colour(sequence, css):
    assert f'class="{css}"' in ansi.to_html(f"\x1b[{sequence}mx")


@pytest.mark.parametrize("sequence", ["38;2;1;2;3", "38;5;200", "38;5", "38", ";;;", "9" * 50, "38:2::1:2:3"])
def test_a_colour_without_a_name_changes_nothing(sequence):
    assert ansi.to_html(f"\x1b[{sequence}mx") == "x"


@pytest.mark.parametrize("piece", ["\x1b]", "\x9d", "\x1b[", "\x1bP", "\x1b[1", "\x9b1;"])
def test_a_long_line_of_broken_commands_takes_no_long_time(piece):
    started = time.perf_counter()
    ansi.to_html(piece * 100_000)
    assert time.perf_counter() - started < 5
