"""The first runbook's own agent, word for word."""

CODE = """\
import platform
import subprocess
from pathlib import Path


def run(task_input, *, proxy_url, run_token):
    instruction = task_input["user_instruction"]

    # Do some real work so the trajectory has steps to show.
    Path("/tmp/notes.txt").write_text(f"task: {instruction}\\n")
    uname = subprocess.run(["uname", "-a"], capture_output=True, text=True)

    return {
        "final_response": (
            f"Hello from the sandbox (Python {platform.python_version()}). "
            f"You asked: {instruction!r}. Kernel: {uname.stdout.strip()}"
        )
    }
"""
INSTRUCTION = "Summarize what environment you are running in."
