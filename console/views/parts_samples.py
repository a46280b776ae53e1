"""Invented data for the sheet of parts."""

from datetime import datetime, timedelta
from types import SimpleNamespace

from console.display.options import Attention, Option, SetUpStep
from console.display.pictures import Hour, Point

_CODE = """import subprocess
from pathlib import Path


def run(task_input, *, proxy_url, run_token):
    # Do some real work so the trajectory has steps to show.
    Path("/tmp/notes.txt").write_text(f"task: {task_input['user_instruction']}\\n")
    uname = subprocess.run(["uname", "-a"], capture_output=True, text=True)
    return {"final_response": f"Hello from {uname.stdout.strip()}"}
"""

FIELDS = {
    "name": "hello-sandbox",
    "judge": "sonnet",
    "timeout": "2400",
    "checked": "on",
    "switched": "on",
    "chosen": "a",
    "code": _CODE,
}

CHOICES = {
    "tiles_big": [
        Option(
            "Sandbox agent",
            "sandbox",
            hint="Your code or any command-line agent, in an isolated sandbox.",
            icon="box",
            is_current=True,
        ),
        Option("External HTTP agent", "http", hint="We POST each task to your endpoint.", icon="world"),
    ],
    "tiles_small": [
        Option("Paste code", "paste", hint="up to 200 KB", icon="clipboard", is_current=True),
        Option("Multiple files", "files", hint="up to 50, 1 MB", icon="files"),
    ],
    "views": [Option("Timeline", "timeline", is_current=True), Option("Graph", "graph")],
    "tabs": [
        Option("Agent Trace", url="#", is_current=True),
        Option("Frozen seed", url="#"),
        Option("Log", url="#", hint="38 lines"),
        Option("Raw JSON", url="#"),
    ],
    "facets": [
        Option("Pass", "PASS", count=1042, tone="passed"),
        Option("Fail", "FAIL", count=157, tone="failed", is_current=True),
        Option("Ungraded", "UNGRADED", count=19, tone="ungraded"),
    ],
    "steps": [
        SetUpStep("Register and publish an agent", "hello-sandbox, version 1", is_done=True, action="Open", url="#"),
        SetUpStep(
            "Add it to a pipeline",
            "An agent field names the agent, the judge and the rubric",
            action="Create pipeline",
            url="#",
            icon="plus",
            is_primary=True,
        ),
        SetUpStep("Seed one task", "Upload a CSV with a single user column", action="Get the template", url="#"),
    ],
}

_CHANGING = "def parse(text):\n    records = []\n    for line in text.{}:\n        if not line:\n            continue\n"
_SAME = "".join(f"        step_{number}()\n" for number in range(12)) + "    return records\n"

RUN = {
    "phases": [
        {"name": "resolve", "duration_ms": 40},
        {"name": "boot", "duration_ms": 30},
        {"name": "setup", "duration_ms": 210},
        {"name": "seed", "duration_ms": 10},
        {"name": "turns", "duration_ms": 2400},
        {"name": "collect", "duration_ms": 60},
        {"name": "grade", "duration_ms": 1900},
    ],
    "broken_phases": [
        {"name": "resolve", "duration_ms": 40},
        {"name": "boot", "duration_ms": 900},
        {"name": "setup", "duration_ms": 14000, "failed": True},
    ],
    "verdict": SimpleNamespace(
        verdict="FAIL",
        reasoning="The answer is complete and well formed, but it dates the exchange rate to 19 November. "
        "The trace shows that the request for that day timed out and the rate of 18 November was used.",
        ungraded_reason="",
        items=[
            {"name": "Reports the total in EUR", "origin": "judge", "passed": True, "evidence": "The sum is right."},
            {
                "name": "States the rate with its date",
                "origin": "judge",
                "passed": False,
                "evidence": "Says 19 November; step 5 fetched the rate of 18 November.",
            },
            {"name": "Contains EUR", "origin": "program", "passed": True, "evidence": "Found at character 24."},
        ],
        model="claude-sonnet-4-5",
        is_rules=False,
        tokens=1204,
    ),
    "json": {"verdict": "FAIL", "items": [{"name": "States the rate", "passed": False}], "tokens": 3118, "error": None},
    "before": _CHANGING.format("split('\\n')") + _SAME,
    "after": _CHANGING.format("splitlines()") + _SAME,
    "terminal": "$ pytest -x\n\x1b[32m11 passed\x1b[0m, \x1b[31;1m1 failed\x1b[0m in 0.84s\n"
    "\x1b]0;a title nobody sees\x07\x1b[2Jtext that turns around: \u202egnp.exe\n",
    "log": [
        {"number": 1, "stream": "stdout", "text": "using cached rate 0.9214 (2026-11-18)"},
        {"number": 2, "stream": "stderr", "text": "\x1b[33mwarning\x1b[0m: deprecated call"},
    ],
}

_FIRST_INSIDE = 31

PICTURES = {
    "hours": [
        Hour(
            passed=10 + index % 7,
            failed=index % 4,
            ungraded=int(index % 9 == 0),
            title=f"{index}:00",
            start=str(index),
            end=str(index + 1),
            is_inside=index >= _FIRST_INSIDE,
        )
        for index in range(48)
    ],
    "points": [Point(0.8 + index % 5 / 50, 0.76 + index % 5 / 50, 0.84 + index % 5 / 50) for index in range(14)],
    "bars": [4 + index % 6 + index / 4 for index in range(36)],
}


def dated(now: datetime) -> dict[str, object]:
    """Return what stands some minutes before now."""
    return {"then": now - timedelta(minutes=4), "runs": _runs(now), "attention": _attention(now)}


def _runs(now: datetime) -> list[SimpleNamespace]:
    rows = (
        ("Refund order 4521, customer was charged twice", "refund-agent", 7, "running", "", 48_200, 0.031, 2),
        ("Fix the failing test in tests/test_parser.py", "repo-fixer", 4, "completed", "PASS", 372_000, 0.412, 4),
        ("Convert invoice INV-2291 to EUR", "invoice-extractor", 12, "completed", "FAIL", 4600, 0.008, 6),
        ("Convert invoice INV-2290 to EUR", "invoice-extractor", 12, "failed", "", 3100, None, 22),
        ("Summarize ticket 88121 in two sentences", "ticket-summarizer", 5, "completed", "UNGRADED", 2700, 0, 61),
    )
    return [
        SimpleNamespace(
            title=title,
            agent=agent,
            version=version,
            status=status,
            verdict=verdict,
            latency_ms=latency,
            cost=cost,
            started_at=now - timedelta(minutes=minutes),
        )
        for title, agent, version, status, verdict, latency, cost, minutes in rows
    ]


def _attention(now: datetime) -> list[Attention]:
    return [
        Attention(
            status="run_failed",
            lead="14 runs failed",
            rest="environment_setup_failed",
            facts="invoice-extractor v12 · apt-get exited 100 · first 09:12, last 09:41",
            when=now - timedelta(minutes=22),
            action="Open 14 runs",
            url="#",
        ),
        Attention(
            status="ungraded",
            lead="8 runs are ungraded",
            rest="The judge's answer could not be read",
            facts="ticket-summarizer v5 · judge claude-sonnet-4-5 · repaired once, still no verdict",
            when=now - timedelta(hours=1),
            action="Re-grade",
            url="#",
        ),
    ]
