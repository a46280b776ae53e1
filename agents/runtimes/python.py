"""Agents that are a Python function, `run(task_input, *, proxy_url, run_token)`."""

from collections.abc import Mapping

from agents.errors import AgentRunFailed, FailureCode
from agents.runtimes.base import AgentException, Answer, Task
from agents.sources.base import Code
from agents.spec import AgentSpec
from sandboxes import paths
from sandboxes.base import Sandbox
from sandboxes.python_agent import PythonJob, PythonOutcome, run_python_agent


class PythonRuntime:
    """Loads the agent's module in the sandbox and calls its entrypoint, under an audit hook."""

    def place(self, sandbox: Sandbox, spec: AgentSpec, code: Code) -> None:  # noqa: ARG002  # the code is all there is
        if code.folder is None:
            sandbox.write_all(paths.AGENT, code.files)
        else:
            sandbox.write_folder(paths.AGENT, code.folder)

    def carry_out(self, sandbox: Sandbox, spec: AgentSpec, code: Code, task: Task) -> Answer:
        def hear(message: Mapping[str, object]) -> None:
            if message.get("type") == "log":
                task.on_log(str(message.get("stream", "")), str(message.get("text", "")))

        job = PythonJob(
            task_input=dict(task.task_input), run_token=task.run_token, entry_file=code.entrypoint_file,
            entrypoint=spec.entrypoint, env=task.env, has_proxy=task.has_tools, timeout_seconds=spec.run_timeout_s,
            python=task.python,
        )  # fmt: skip
        outcome = run_python_agent(sandbox, job, on_message=hear, stop=task.stop)
        if outcome.result.is_timed_out:
            detail = f"The run timeout is {spec.run_timeout_s} s."
            raise AgentRunFailed(FailureCode.AGENT_TIMEOUT, detail, steps=outcome.steps)
        if outcome.problem:
            raise AgentRunFailed(FailureCode.ENTRYPOINT_MISSING, outcome.problem_text, steps=outcome.steps)
        return Answer(outcome.steps, outcome.final_response, _exception(outcome))


def _exception(outcome: PythonOutcome) -> AgentException | None:
    """Return what kept the agent from answering, if something did."""
    if outcome.exception is not None:
        return AgentException(outcome.exception.type, outcome.exception.message, outcome.exception.traceback)
    if outcome.bad_result is not None:
        return AgentException(
            "BadReturnValue",
            f'The agent returned {outcome.bad_result}. Return {{"final_response": "…"}} or a text.',
        )
    if outcome.final_response is None:
        return AgentException("AgentEnded", _how_it_ended(outcome))
    return None


def _how_it_ended(outcome: PythonOutcome) -> str:
    if outcome.result.is_oom_killed:
        return "The agent used more memory than the sandbox has, and was ended."
    if outcome.result.is_disk_full:
        return "The agent wrote more than the sandbox's disk holds, and was ended."
    if outcome.signal is not None:
        return f"The agent's process was ended by {outcome.signal} before it returned."
    if outcome.exit_code is not None:
        return f"The agent's process exited with code {outcome.exit_code} before it returned."
    tail = outcome.result.stderr_text.strip().splitlines()[-1:]
    return " ".join([f"The agent's process ended before it returned (exit code {outcome.result.exit_code}).", *tail])
