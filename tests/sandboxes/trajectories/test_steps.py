import json

import pytest

from sandboxes.trajectories.audit import MAX_STEPS, steps_from
from sandboxes.trajectories.registry import ADAPTERS, adapter
from sandboxes.trajectories.steps import (
    EditDetail,
    ExceptionDetail,
    FileDetail,
    HttpDetail,
    LogDetail,
    ReadDetail,
    ReasonDetail,
    ReplyDetail,
    SearchDetail,
    ShellDetail,
    Step,
    StepKind,
    ToolDetail,
    all_from_json,
    as_json,
)
from sandboxes.trajectories.titles import title_of

DETAILS = [
    ShellDetail(["ls", "-l"], "/tmp", 0, "out", "err"),  # noqa: S108  # inside
    FileDetail("write", "/home/user/a", size=3, text="abc"),
    HttpDetail("GET", "http://x.test/", 200),
    LogDetail("stdout", "hello\n"),
    ExceptionDetail("ValueError", "bad", "Traceback …"),
    ReadDetail("/home/user/a", "abc"),
    SearchDetail("abc", "/home/user", "a:1:abc"),
    EditDetail("/home/user/a", "-a\n+b\n"),
    ReasonDetail("I think"),
    ToolDetail("get_order", {"order_id": "4521", "deep": [{"a": None}]}, "{}", "led_1"),
    ReplyDetail("Done."),
]
STEPS = [Step(index, title_of(detail), detail, index * 10, 5, is_ok=True) for index, detail in enumerate(DETAILS)]


def log(text, at_ms=0, stream="stdout"):
    return {"type": "log", "stream": stream, "text": text, "at_ms": at_ms}


def step(kind, step_id="1.1", at_ms=0, **data):
    return {"type": "step", "id": step_id, "kind": kind, "at_ms": at_ms, "data": data}


def test_there_is_an_example_of_every_kind():
    assert {detail.kind for detail in DETAILS} == set(StepKind)


def test_steps_come_back_from_json_as_they_were():
    stored = json.dumps([as_json(one) for one in STEPS])

    assert all_from_json(json.loads(stored)) == STEPS


@pytest.mark.parametrize(
    "broken", [{"kind": "unheard-of"}, {"kind": "log", "detail": {"stream": 1}, "index": 0, "title": ""}]
)
def test_what_is_no_step_is_refused(broken):
    with pytest.raises((ValueError, KeyError)):
        all_from_json([broken])


def test_lines_that_follow_each_other_are_one_step():
    steps = steps_from([log("a\n", 1), log("b\n", 2), log("c\n", 3, "stderr"), log("d\n", 4)])

    assert [(one.detail.stream, one.detail.text) for one in steps] == [
        ("stdout", "a\nb\n"),
        ("stderr", "c\n"),
        ("stdout", "d\n"),
    ]


def test_a_long_log_is_several_steps_and_loses_nothing():
    steps = steps_from([log("x" * 50_000)])

    assert "".join(one.detail.text for one in steps) == "x" * 50_000
    assert max(len(one.detail.text) for one in steps) <= 16 * 1024


def test_the_end_of_a_step_is_told_later():
    begun = step("process", argv=["make"], cwd="/home/user")
    ended = {"type": "update", "id": "1.1", "at_ms": 9, "data": {"exit_code": 2, "duration_ms": 8, "stderr": "no"}}

    (one,) = steps_from([begun, log("meanwhile\n", 5), ended])[:1]

    assert (one.detail.exit_code, one.detail.stderr, one.duration_ms, one.is_ok) == (2, "no", 8, False)


def test_the_connection_of_a_request_is_not_told_twice():
    request = step("http", "1.1", method="GET", url="https://a.test/x")
    other = step("connect", "1.4", host="10.0.0.1", port=5432)
    own = [step("connect", "1.2", host="192.0.2.1", port=443), step("connect", "1.3", host="192.0.2.2", port=443)]

    assert [one.title for one in steps_from([request, *own, other])] == [
        "GET https://a.test/x",
        "CONNECT 10.0.0.1:5432",
    ]
    assert [one.title for one in steps_from([own[0], request])] == ["GET https://a.test/x"]


def test_too_many_steps_are_left_out():
    many = (step("file", str(number), action="read", path=f"/home/user/{number}") for number in range(MAX_STEPS + 10))

    assert len(steps_from(many)) == MAX_STEPS


@pytest.mark.parametrize(
    ("detail", "title"),
    [
        (ShellDetail(["bash", "-lc", "cd x && make"]), "cd x && make"),
        (ShellDetail(["echo", "two words"]), "echo 'two words'"),
        (ShellDetail([]), ""),
        (FileDetail("append", "/a", times=3), "Appended to /a (3 times)"),
        (FileDetail("rename", "/a", "/b"), "Renamed /a to /b"),
        (HttpDetail("POST", "http://x/", 503), "POST http://x/ 503"),
        (LogDetail("stdout", "\n\n  first line\nsecond"), "first line"),
        (ExceptionDetail("KeyError", ""), "KeyError"),
        (ShellDetail(["echo", "x" * 500]), f"echo {'x' * 194}…"),
    ],
)
def test_a_title_is_one_short_line(detail, title):
    assert title_of(detail) == title


def test_every_adapter_can_be_found_and_an_unknown_one_fails_with_their_names():
    assert all(adapter(name)([]) == () for name in ADAPTERS)
    with pytest.raises(LookupError, match="audit"):
        adapter("strace")
