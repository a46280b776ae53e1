"""What the form of an agent offers."""

from agents.archives.limits import MOST_MEGABYTES
from agents.sources.files import MOST_FILES
from console.display.options import Option

MODES = (
    Option(
        "Sandbox Agents", "sandbox", icon="box", is_current=True,
        hint="Your code runs in an isolated sandbox of its own for each run; a prompt is answered by a model.",
    ),
)  # fmt: skip
RUNTIMES = (
    Option("Python function", "python", icon="code", is_current=True),
    Option("Prompt", "prompt", icon="message"),
)
CODE_SOURCES = (
    Option("Paste code", "paste", icon="clipboard", hint="up to 200 KB"),
    Option("Multiple files", "files", icon="files", hint=f"up to {MOST_FILES}, 1 MB"),
    Option("Upload ZIP", "zip", icon="file-zip", hint=f"up to {MOST_MEGABYTES} MB"),
    Option("Git repository", "git", icon="git-branch", hint="cloned for each run"),
)
NETWORKS = (
    Option("None", "none", icon="lock", hint="The code reaches the tool proxy of its run, and nothing else."),
    Option("Internet", "internet", icon="world", hint="The code reaches public addresses, not this machine's network."),
)
VARIABLE_KINDS = (Option("Literal", "literal"), Option("From credential", "credential"))

#: The least that fulfils the contract.
EXAMPLE = """\
def run(task_input, *, proxy_url, run_token):
    instruction = task_input["user_instruction"]

    return {"final_response": f"You asked: {instruction}"}
"""
