"""What a soak has to say, as the part of docs/reliability.md between two marks."""

import os
import platform
import subprocess
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos import invariants
from tests.chaos.storm import Outcome

BEGIN, END = "[//]: # (soak: begin)", "[//]: # (soak: end)"


def put(file: Path, outcome: Outcome) -> None:
    """Replace what stands between the marks of a file."""
    before, _, rest = file.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    file.write_text(f"{before}{BEGIN}\n\n{text(outcome)}\n\n{END}{after}")


def text(outcome: Outcome) -> str:
    kills = len(outcome.kills)
    lost, doubled = (sum(len(outcome.broken.get(rule, [])) for rule in rules) for rules in _RULES)
    others = sum(len(rows) for rows in outcome.broken.values()) - lost - doubled
    parts = [
        (
            f"On {datetime.now(tz=UTC):%-d %B %Y}, {_machine()}: "
            f"**{kills:,} kills in {outcome.seconds / 60:.0f} minutes**, while {outcome.counts['runs']:,} runs were "
            f"carried out. Chances drawn from seed {outcome.seed}."
        ),
        _table(
            ("found", "count", "at most so many a kill, with 95 % confidence"),
            [
                ("lost", f"{lost:,}", _bound(lost, kills)),
                ("doubled", f"{doubled:,}", _bound(doubled, kills)),
                ("other contradictions", f"{others:,}", _bound(others, kills)),
                ("sandboxes left behind", f"{outcome.sandboxes_left:,}", _bound(outcome.sandboxes_left, kills)),
            ],
        ),
        _table(("killed", "times"), [(kind, f"{n:,}") for kind, n in _by_kind(outcome)]),
        "From a kill to the beginning of the next attempt at the step it cut off:",
        _table(
            ("killed", "steps", "p50", "p95", "longest"),
            [
                (kind, f"{len(found):,}", *(f"{_quantile(found, q):.1f} s" for q in (0.5, 0.95, 1.0)))
                for kind, found in sorted(outcome.recoveries.items())
            ],
        ),
        _table(("the load", "count"), [(name, f"{n:,}") for name, n in outcome.counts.items()]),
        *(f"Broken: {rule} ({len(rows)}), such as `{rows[0]}`." for rule, rows in outcome.broken.items()),
    ]
    return "\n\n".join(parts)


_RULES = (invariants.LOST, invariants.DOUBLED)


def _bound(count: int, kills: int) -> str:
    """Return the rule of three: where nothing was found in n tries, the rate is below 3/n with 95 % confidence."""
    return f"3/{kills:,} = {3 / kills:.2%}" if count == 0 and kills else "-"


def _by_kind(outcome: Outcome) -> list[tuple[str, int]]:
    return Counter(kill.kind for kill in outcome.kills).most_common()


def _quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    at = f" at {commit.stdout.strip()}" if commit.returncode == 0 else ""
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}{at}, load average {os.getloadavg()[-1]:.0f}"
    )
