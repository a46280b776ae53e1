"""What comes over the channel, which anything inside may write to."""

import json

import pytest

from sandboxes import channel

_SEND = """
import socket, sys
connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
connection.connect("/run/callboard/channel.sock")
try:
    connection.sendall(open("/home/user/said", "rb").read())
except OSError as error:
    print(type(error).__name__)
"""


def say(sandbox, said):
    """Send bytes over the channel from inside; return what was heard and the result."""
    heard = []
    sandbox.write("/home/user/send.py", _SEND.encode())
    sandbox.write("/home/user/said", said)
    result = sandbox.exec(["python3", "/home/user/send.py"], on_message=heard.append)
    return heard, result


def test_each_line_is_a_message_in_order(sandbox):
    messages = [{"number": number, "text": "größer\n"} for number in range(2000)]

    heard, result = say(sandbox, b"".join(json.dumps(one).encode() + b"\n" for one in messages))

    assert heard == messages
    assert result.messages_dropped == 0


def test_messages_are_heard_while_the_command_runs(sandbox):
    code = (
        _SEND.replace("connection.sendall", "import time\n    connection.sendall") + "time.sleep(0.5)\nprint('slept')"
    )
    order = []
    sandbox.write("/home/user/said", b'{"a": 1}\n')

    sandbox.exec(
        ["python3", "-c", code],
        on_message=lambda _: order.append("message"),
        on_output=lambda *_: order.append("output"),
    )

    assert order == ["message", "output"]


@pytest.mark.parametrize(
    "line",
    [
        b"no json",
        b"[1, 2]",
        b'"text"',
        b"",
        b"NaN",
        b'{"a": NaN}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_message_is_dropped_and_counted(sandbox, line):
    heard, result = say(sandbox, line + b'\n{"after": 1}\n')

    assert heard == [{"after": 1}]
    assert result.messages_dropped == 1


def test_what_no_database_takes_is_replaced(sandbox):
    heard, _ = say(sandbox, rb'{"a\u0000": ["\u0000b", {"c": "\ud800"}], "d": "\\u0000"}' + b"\n")

    assert heard == [{"a\ufffd": ["\ufffdb", {"c": "\ufffd"}], "d": "\\u0000"}]


def test_a_line_past_the_limit_is_dropped_and_the_next_one_heard(sandbox):
    heard, result = say(sandbox, b'{"a": "' + b"x" * (channel.MAX_LINE_BYTES + 1) + b'"}\n{"after": 1}\n')

    assert heard == [{"after": 1}]
    assert result.messages_dropped == 1


def test_past_the_limit_of_a_command_nothing_more_is_taken(sandbox, monkeypatch):
    monkeypatch.setattr(channel, "MAX_TOTAL_BYTES", 1_000_000)

    heard, result = say(sandbox, b'{"a": 1}\n' * 1_000_000)

    assert len(heard) < 1_000_000 / 9
    assert result.messages_dropped == 1
    assert "BrokenPipeError" in result.stdout_text or "ConnectionResetError" in result.stdout_text


def test_only_so_many_may_speak_at_once(sandbox):
    code = """
import socket
opened = []
for number in range(100):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect("/run/callboard/channel.sock")
    opened.append(connection)
opened[0].sendall(b'{"first": 1}\\n')
"""
    heard = []

    result = sandbox.exec(["python3", "-c", code], on_message=heard.append)

    assert (result.exit_code, heard) == (0, [{"first": 1}])


def test_nobody_needs_to_listen(sandbox):
    sandbox.write("/home/user/said", b'{"a": 1}\n' * 10_000)
    sandbox.write("/home/user/send.py", _SEND.encode())

    assert sandbox.exec(["python3", "/home/user/send.py"], timeout_seconds=20).is_success
