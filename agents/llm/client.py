"""The one way to call a model."""

import random
import threading
import time
from dataclasses import dataclass

from agents.credentials import SecretUnreadable
from agents.errors import CallStopped, ModelCallFailed
from agents.llm.pricing import cost_of
from agents.llm.prompt import STEADY, Prompt, Reply, Usage, Wishes
from agents.llm.records import MadeFor, record_call
from agents.llm.retrying import Patience, wait_seconds
from agents.llm.target import Target, target_of
from agents.llm.tuning import Tuning, tuned_down
from agents.models import AgentRun, ModelEndpoint, Provider, Purpose
from agents.redaction import Redactor

DEFAULT_PATIENCE = Patience()
#: Anthropic wants a limit named. The others' own is the most the model can say.
_ANTHROPIC_MOST_TOKENS = 8_192

_Model = tuple[str, str, str]
#: What this process has learned that models do not take, so that it is not refused again with every call.
_tunings: dict[tuple[_Model, Wishes], Tuning] = {}


def ask(
    *,
    endpoint: ModelEndpoint,
    prompt: Prompt,
    purpose: Purpose,
    agent_run: AgentRun | None = None,
    made_for: MadeFor | None = None,
    wishes: Wishes = STEADY,
    patience: Patience = DEFAULT_PATIENCE,
    stop: threading.Event | None = None,
) -> Reply:
    """Return a model's answer; raise ModelCallFailed when it gives none, CallStopped soon after `stop` is set.

    Transport errors, rate limits and server errors are tried again after growing waits. Every call is kept, and what
    it took is added to `agent_run`. Not for use in an event loop, nor in a transaction, which would be held open all
    the while.
    """
    stop = stop or threading.Event()
    line = _Line(endpoint, _target(endpoint), purpose, agent_run, made_for, stop)
    key = (line.model, wishes)
    tuning = _tunings.get(key) or _first_tuning(endpoint, wishes)
    attempt = 1
    while True:
        try:
            return line.call(prompt, tuning, patience.call_seconds)
        except ModelCallFailed as failure:
            instead = tuned_down(tuning, failure)
            wait = wait_seconds(patience, failure, attempt=attempt, chance=random.random())  # noqa: S311  # jitter
            if instead is None and wait is None:
                raise
        if instead is not None:
            tuning = _tunings[key] = instead
        elif wait is not None:
            attempt += 1
            if _pause(wait, stop):
                raise CallStopped


def _pause(seconds: float, stop: threading.Event) -> bool:
    """Wait, and return whether the wait was cut short."""
    return stop.wait(seconds)


def _first_tuning(endpoint: ModelEndpoint, wishes: Wishes) -> Tuning:
    most = _ANTHROPIC_MOST_TOKENS if endpoint.provider == Provider.ANTHROPIC else None
    return Tuning(temperature=wishes.temperature, max_tokens=wishes.max_tokens or most)


@dataclass(frozen=True, slots=True)
class _Line:
    """A way to one endpoint on behalf of one run."""

    endpoint: ModelEndpoint
    target: Target
    purpose: Purpose
    agent_run: AgentRun | None
    made_for: MadeFor | None
    stop: threading.Event

    @property
    def model(self) -> _Model:
        return (self.target.provider, self.target.base_url, self.target.model_id)

    def call(self, prompt: Prompt, tuning: Tuning, seconds: float) -> Reply:
        from agents.llm import wire  # noqa: PLC0415  # seconds to import, and most processes never call a model

        wire.load(self.target.provider)
        started = time.monotonic()
        try:
            reply = wire.send(self.target, prompt, tuning, seconds=seconds, stop=self.stop)
        except ModelCallFailed as failure:
            self._record(Usage(), started, error=self._without_key(failure))
            raise
        except CallStopped:
            self._record(Usage(), started, error="Stopped: nobody waits for the answer any more.")
            raise
        cost = cost_of(self.endpoint, input_tokens=reply.input_tokens, output_tokens=reply.output_tokens)
        usage = Usage(reply.input_tokens, reply.output_tokens, cost)
        return Reply(self._masked(reply.text), usage, self._record(usage, started))

    def _record(self, usage: Usage, started: float, *, error: str = "") -> int:
        latency_ms = round((time.monotonic() - started) * 1000)
        record_call(
            endpoint=self.endpoint, purpose=self.purpose, agent_run=self.agent_run,
            made_for=self.made_for, usage=usage, latency_ms=latency_ms, error=error,
        )  # fmt: skip
        return latency_ms

    def _without_key(self, failure: ModelCallFailed) -> str:
        """Take the key out of a provider's words, which may quote it, and return them."""
        failure.provider_message = self._masked(failure.provider_message)
        return failure.sentence

    def _masked(self, text: str) -> str:
        return Redactor([self.target.key])(text)


def _target(endpoint: ModelEndpoint) -> Target:
    try:
        return target_of(endpoint)
    except SecretUnreadable as error:
        raise ModelCallFailed(f"The endpoint's credential can't be used. {error}", is_retryable=False) from error
