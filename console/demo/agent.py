"""The demo's agent. It runs in a sandbox, never here: it is what somebody would paste into the form."""

import platform
import subprocess
from pathlib import Path


def run(task_input, *, proxy_url, run_token):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001  # as its author would write it
    instruction = task_input["user_instruction"]
    print(f"Asked: {instruction}")  # noqa: T201  # shows up in the run's log

    notes = Path("/tmp/notes.txt")  # noqa: S108  # private to the sandbox
    notes.write_text(f"task: {instruction}\n")
    kernel = subprocess.run(["uname", "-sr"], capture_output=True, text=True, check=True).stdout.strip()

    if "no baskets" in instruction:
        return {"final_response": str(12 / 0)}  # the run shows how an exception is captured and graded
    if "Count the words" in instruction:
        return {"final_response": f"{len(instruction.split())} words, counted with Python {platform.python_version()}."}
    return {"final_response": f"A sandbox with Python {platform.python_version()} on {kernel}."}
