"""What agents of tests consist of. Knows no framework, so that processes outside of one can use it."""

#: The agent that the first walk-through registers.
HELLO = """\
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
#: The task that it is given there.
INSTRUCTION = "Summarize what environment you are running in."


def function(body: str) -> str:
    """Return a module whose entrypoint has `body`."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"def run(task_input, *, proxy_url, run_token):\n{lines}\n"
