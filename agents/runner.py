"""One agent run, from resolved to collected, phase by phase.

`prepare` gathers what is needed before a sandbox is opened; `carry_out` opens one, has the agent work in it, and stores
what came of it. Nothing leaves this file unmasked.
"""

import contextlib
import errno
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.db import connection

from agents import warm
from agents.credentials import SecretUnreadable, reveal
from agents.environments.caches import Caches
from agents.environments.failing import setup_failures
from agents.environments.ready import Ready, phase_of, ready
from agents.environments.setup_command import set_up
from agents.environments.work import Work
from agents.errors import AgentRunFailed, FailureCode
from agents.fetching import fetch_code
from agents.images.resolving import image_of
from agents.log_sink import LogSink
from agents.models import AgentRun, Credential
from agents.phases import Emit, Phase, Phases
from agents.redaction import Redactor
from agents.runtimes.base import AgentException, Answer, OnLog, Task
from agents.runtimes.prompt import answer_of
from agents.runtimes.registry import runtime
from agents.sandbox_definitions.way_out import definition_of, sandbox_of
from agents.services import progress
from agents.sources.base import Code
from agents.spec import AgentSpec, PromptSpec, Spec, Variable, parse_spec
from agents.tools.gateway import Gateway, gateway
from console.ids import from_public
from sandboxes import registry
from sandboxes.base import Backend, Sandbox, SandboxSpec
from sandboxes.errors import ImageNotReady, NotSupported, SandboxError, SandboxUnavailable
from sandboxes.trajectories.steps import Step, as_json, from_json


@dataclass(frozen=True, slots=True)
class Attempt:
    """One worker's go at an agent run. `stop` is set when it is no longer wanted."""

    agent_run: AgentRun
    step_id: uuid.UUID
    phases: Phases
    emit: Emit
    stop: threading.Event


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that a run needs of the platform."""

    spec: Spec
    code: Code
    env: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    #: Lines that the run's log has already.
    log_lines: int = 0
    #: The image that was built for the agent, by its digest; none is the default image.
    image: str | None = None


def prepare(attempt: Attempt) -> Prepared:
    """Resolve image, secrets and code, which `carry_out` lets go of; raise AgentRunFailed where one can't be had."""
    agent_run = attempt.agent_run
    spec = parse_spec(agent_run.version.spec)
    if isinstance(spec, PromptSpec):
        return Prepared(spec, Code(""), {}, ())
    image = image_of(agent_run.organization_id, spec)
    values = _secrets(agent_run, spec.env)
    env = {v.name: values[v.credential_id] if v.credential_id else str(v.value) for v in spec.env}
    code, log_lines = fetch_code(agent_run, spec, emit=attempt.emit, stop=attempt.stop, secrets=values.values())
    return Prepared(spec, code, env, (*values.values(), *code.secrets), log_lines, image)


def carry_out(attempt: Attempt, prepared: Prepared) -> None:
    """Have the agent do its task, in a sandbox where it is code, and store what came of it.

    Raise AgentRunFailed for what is not the agent's work, and Superseded when the run is no longer wanted.
    """
    if isinstance(prepared.spec, PromptSpec):
        _ask(attempt, prepared.spec)
        return
    with contextlib.closing(prepared.code), gateway(settings.CALLBOARD_HOME.sockets) as proxy:
        _collect(attempt, _answer(attempt, prepared, prepared.spec, proxy))


def _ask(attempt: Attempt, spec: PromptSpec) -> None:
    try:
        with attempt.phases.phase(Phase.TURNS):
            answer = answer_of(attempt.agent_run, spec, step_id=attempt.step_id, stop=attempt.stop)
    except AgentRunFailed as failure:
        if attempt.stop.is_set():
            raise progress.Superseded from failure
        raise
    _collect(attempt, answer)


def _answer(attempt: Attempt, prepared: Prepared, spec: AgentSpec, proxy: Gateway) -> Answer:
    """Return what came of the agent's work, masked, with everything on the way in the run's log."""
    redactor = Redactor([*prepared.secrets, proxy.token])
    sink = LogSink(redactor, attempt.emit, kind="agent.log", line_count=prepared.log_lines)
    try:
        with sink, _sandbox_failures(), setup_failures():
            answer = _work(attempt, prepared, spec, proxy, sink.put)
    except AgentRunFailed as failure:
        if attempt.stop.is_set():
            raise progress.Superseded from failure
        steps = _masked_steps(failure.steps, redactor)
        raise AgentRunFailed(failure.code, redactor.piece(failure.detail), steps=steps) from failure
    finally:
        progress.note_log_lines(attempt.agent_run, sink.line_count)
    return _masked(answer, redactor)


def _work(attempt: Attempt, prepared: Prepared, spec: AgentSpec, proxy: Gateway, put: OnLog) -> Answer:
    """Open the sandbox that the spec asks for and have the agent work in it."""
    kind, backend = runtime(spec.runtime), registry.choose()
    work = Work(_labels(attempt), attempt.phases, put, attempt.stop)
    ways = sandbox_of(definition_of(spec), image=prepared.image, labels=work.labels, proxy_socket=proxy.socket, put=put)
    with ways as base, Caches(backend, attempt.stop) as caches:
        environment, sandbox = _opened(attempt, spec, base, backend, caches, work)
        with sandbox:
            with attempt.phases.phase(Phase.SETUP):
                kind.place(sandbox, spec, prepared.code)
                set_up(spec.environment, sandbox, environment, prepared.env, work)
            task = Task(
                attempt.agent_run.task_input, proxy.token, prepared.env, put, attempt.stop, environment.python,
                has_tools=base.proxy_socket is not None,
            )  # fmt: skip
            with attempt.phases.phase(Phase.TURNS):
                _let_go_of_the_database()
                return kind.carry_out(sandbox, spec, prepared.code, task)


def _opened(
    attempt: Attempt, spec: AgentSpec, base: SandboxSpec, backend: Backend, caches: Caches, work: Work
) -> tuple[Ready, Sandbox]:
    """Get the environment ready and open a sandbox with it."""
    phases, environment = attempt.phases, None
    if phase_of(spec.environment) is Phase.PREPARE:
        with phases.phase(Phase.PREPARE):
            environment = ready(spec.environment, backend, base.image, caches, work)
    with phases.phase(Phase.BOOT):
        environment = environment or ready(spec.environment, backend, base.image, caches, work)
        sandbox = warm.opened(backend, _with_environment(base, environment), attempt.agent_run.version)
        progress.note_sandbox(attempt.agent_run, backend.name, environment.image or "")
    return environment, sandbox


def _with_environment(base: SandboxSpec, environment: Ready) -> SandboxSpec:
    return replace(base, profile=environment.profile, image=environment.image, mounts=environment.mounts)


def _collect(attempt: Attempt, answer: Answer) -> None:
    """Store what came of the agent's work, with every secret masked."""
    if attempt.stop.is_set():
        raise progress.Superseded
    with attempt.phases.phase(Phase.COLLECT):
        progress.collected(attempt.agent_run, answer)
        attempt.emit("agent.collected", {"steps": attempt.agent_run.step_count})


def _let_go_of_the_database() -> None:
    """Give the connection back for as long as the agent works: a database that restarts meanwhile breaks nothing."""
    if not connection.in_atomic_block:
        connection.close()


def _secrets(agent_run: AgentRun, variables: list[Variable]) -> dict[str, str]:
    """Return the value of every credential that the variables name, by its public id."""
    values = {}
    for variable in variables:
        if variable.credential_id is None:
            continue
        key = from_public(Credential.ID_PREFIX, variable.credential_id)
        own = Credential.objects.filter(organization_id=agent_run.organization_id)
        credential = own.filter(pk=key).first() if key else None
        if credential is None:
            detail = f"The credential of {variable.name} was deleted."
            raise AgentRunFailed(FailureCode.AGENT_SECRET_UNRESOLVED, detail)
        try:
            values[variable.credential_id] = reveal(credential)
        except SecretUnreadable as error:
            raise AgentRunFailed(FailureCode.AGENT_SECRET_UNRESOLVED, f"{variable.name}: {error}") from error
    return values


@contextlib.contextmanager
def _sandbox_failures() -> Iterator[None]:
    """Turn what goes wrong with a sandbox into what is told of the run."""
    try:
        yield
    except (SandboxUnavailable, NotSupported) as error:
        raise AgentRunFailed(FailureCode.SANDBOX_UNAVAILABLE, f"{error.message} {error.fix}".strip()) from error
    except ImageNotReady as error:
        raise AgentRunFailed(FailureCode.IMAGE_NOT_READY, error.message) from error
    except SandboxError as error:
        raise AgentRunFailed(FailureCode.SANDBOX_FAILED, error.message) from error
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise AgentRunFailed(FailureCode.SANDBOX_FAILED, "The disk of the worker's machine is full.") from error


def _labels(attempt: Attempt) -> dict[str, str]:
    """Return what the reaper knows a sandbox by."""
    run = attempt.agent_run
    return {
        "organization": str(run.organization_id),
        "run": str(run.run_id),
        "step": str(attempt.step_id),
        "attempt": str(run.attempt),
    }


def _masked(answer: Answer, redactor: Redactor) -> Answer:
    exception = answer.exception and AgentException(
        *map(redactor.piece, (answer.exception.type, answer.exception.message, answer.exception.traceback))
    )
    text = answer.final_response
    return Answer(_masked_steps(answer.steps, redactor), None if text is None else redactor.piece(text), exception)


def _masked_steps(steps: tuple[Step, ...], redactor: Redactor) -> tuple[Step, ...]:
    masked = (redactor.value(as_json(step)) for step in steps)
    return tuple(from_json(step) for step in masked if isinstance(step, dict))
