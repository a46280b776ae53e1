"""The table on the terminal and the file beside it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.results import Result, number

OUT = Path(__file__).parent / "out"
_MARKS = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}


def show(results: Sequence[Result], machine: Mapping[str, object], skipped: Sequence[str]) -> None:
    console = Console(width=160)
    table = Table(title="Callboard, medians", title_justify="left")
    for heading in ("what", "value", "unit", "spread", "target", "", "others (times ours)"):
        table.add_column(heading, justify="right" if heading == "value" else "left")
    for result in results:
        table.add_row(
            result.name, number(result.value), result.unit, result.spread, _target(result), _MARKS[result.is_met],
            _peers(result),
        )  # fmt: skip
    console.print(table)
    for name, value in machine.items():
        console.print(f"{name}: {value}", highlight=False)
    for reason in skipped:
        console.print(f"[bold yellow]SKIPPED[/] {reason}", highlight=False)


def write(results: Sequence[Result], machine: Mapping[str, object]) -> Path:
    """Write `out/latest.json` and return where it is."""
    OUT.mkdir(exist_ok=True)
    file = OUT / "latest.json"
    content = {"results": [result.as_json() for result in results], "machine": dict(machine)}
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return file


def _target(result: Result) -> str:
    return "" if result.target is None else f"{result.target.bound.value} {number(result.target.value)}"


def _peers(result: Result) -> str:
    return ", ".join(
        f"{name} {number(value)} (×{number(value / result.value)})" for name, value in sorted(result.peers.items())
    )
