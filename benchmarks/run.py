"""Runs the measurements: `python -m benchmarks.run [--quick] [--no-peers] [MEASUREMENT …]`."""

import argparse
import time
from dataclasses import replace
from importlib import import_module
from typing import cast

from benchmarks import peers
from benchmarks.instance import serving
from benchmarks.measures import MEASURES
from benchmarks.report import show, write
from benchmarks.results import Result, Scale
from benchmarks.skipping import SKIPPED


def main() -> None:
    chosen = _arguments()
    began = time.monotonic()
    scale = Scale(is_quick=chosen.quick)
    with serving():
        from benchmarks import machine  # noqa: PLC0415  # needs Django's settings

        described = machine.describe()
        results = [result for path in _wanted(chosen.only) for result in _measured(path, scale)]
        if not chosen.no_peers:
            results = _beside(results, peers.measure(scale))
    described["seconds"] = round(time.monotonic() - began)
    show(results, described, SKIPPED)
    print(f"written to {write(results, described)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: under two minutes")
    parser.add_argument("--no-peers", action="store_true", help="leave the other engines out")
    parser.add_argument("only", nargs="*", help="names of measurements; all without any")
    return parser.parse_args()


def _wanted(names: list[str]) -> list[str]:
    known = {path.rpartition(".")[2]: path for path in MEASURES}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"There is no measurement {unknown[0]!r}. Choose among: {', '.join(known)}.")
    return [known[name] for name in names or known]


def _measured(path: str, scale: Scale) -> list[Result]:
    began = time.monotonic()
    results = cast("list[Result]", import_module(path).measure(scale))
    print(f"{time.monotonic() - began:5.0f} s  {path.rpartition('.')[2].replace('_', ' ')}", flush=True)
    return results


def _beside(results: list[Result], found: dict[str, dict[str, float]]) -> list[Result]:
    """Put beside each result what the peers took for the same."""
    return [
        replace(result, peers={name: values[result.key] for name, values in found.items() if result.key in values})
        for result in results
    ]


if __name__ == "__main__":
    main()
