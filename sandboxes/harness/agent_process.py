"""The agent's own process: loads its code, calls its entrypoint, reports what came of it."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from sandboxes.harness import audit
from sandboxes.harness.failures import described
from sandboxes.harness.http_calls import HttpCalls
from sandboxes.harness.imports import after_import
from sandboxes.harness.processes import ProcessEvents
from sandboxes.harness.recorder import Recorder
from sandboxes.harness.streams import replace_standard_streams
from sandboxes.harness.text import safe_repr, shortened

_ANSWER_LIMIT = 500_000


def main(argv: list[str]) -> None:
    """Run the job that is read from the descriptor given as the only argument."""
    with os.fdopen(int(argv[0]), "rb") as given:
        job = json.loads(given.read())
    recorder = Recorder(job["address"], job["started"])
    entry = Path(job["folder"], job["entry_file"])
    _take_the_stage_down(entry, job["folder"])
    replace_standard_streams(recorder)
    if not entry.is_file():
        recorder.send(_problem("entry_file_missing", f"There is no file {job['entry_file']} in the agent's code."))
        return
    _watch(recorder, job["watched"])
    recorder.send({**_outcome(recorder, entry, job), "at_ms": recorder.now_ms()})
    if recorder.dropped:
        recorder.send({"type": "dropped", "count": recorder.dropped})


def _take_the_stage_down(entry: Path, folder: str) -> None:
    """Leave the interpreter as if it had been started on the agent's own file."""
    sys.path[0] = folder
    sys.argv = [str(entry)]
    for name in [name for name in sys.modules if name.partition(".")[0] == "sandboxes"]:
        del sys.modules[name]  # the agent may have a package of that name


def _watch(recorder: Recorder, watched: list[str]) -> None:
    processes = ProcessEvents(recorder)
    processes.install()
    after_import({**processes.late_patches(), **HttpCalls(recorder).late_patches()})
    files = audit.FileEvents(recorder, tuple(watched))
    audit.install(recorder, {**files.handlers(), **processes.handlers(), **audit.ConnectionEvents(recorder).handlers()})


def _outcome(recorder: Recorder, entry: Path, job: dict[str, Any]) -> dict[str, Any]:
    """Load, call and await; whatever is raised on the way is the agent's result too."""
    try:
        function = getattr(_loaded(entry), job["entrypoint"], None)
        if not callable(function):
            return _problem("entrypoint_missing", f"{job['entry_file']} has no function {job['entrypoint']}.")
        answer = function(job["task_input"], proxy_url=job["proxy_url"], run_token=job["run_token"])
        if isinstance(answer, Awaitable):
            answer = _awaited(answer)
    except BaseException as error:  # noqa: BLE001  # also SystemExit: the agent decides to end, not the run
        with recorder.quiet():
            return {"type": "exception", **described(error)}
    return _answered(answer)


def _loaded(entry: Path) -> Any:
    name = entry.stem if entry.stem.isidentifier() and entry.stem not in sys.modules else f"agent_{abs(hash(entry))}"
    spec = importlib.util.spec_from_file_location(name, entry)
    if spec is None or spec.loader is None:
        raise ImportError(f"{entry.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # so that its classes can be pickled and its functions sent to other processes
    spec.loader.exec_module(module)
    return module


def _awaited(answer: Any) -> Any:
    import asyncio  # noqa: PLC0415  # costs 40 ms, and most agents don't need it

    async def whole() -> Any:
        return await answer

    return asyncio.run(whole())


def _answered(answer: Any) -> dict[str, Any]:
    text = answer.get("final_response") if isinstance(answer, dict) else answer
    if isinstance(text, str):
        return {"type": "result", "final_response": shortened(text, _ANSWER_LIMIT)}
    what = "a dict without a text under final_response" if isinstance(answer, dict) else type(answer).__name__
    return {"type": "bad_result", "came_back": what, "repr": safe_repr(answer)}


def _problem(code: str, message: str) -> dict[str, Any]:
    return {"type": "problem", "code": code, "message": message}
