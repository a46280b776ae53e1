"""What of a run's network stands in its worker: the filtered way out, for as long as the run lasts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from agents.egress.allow_list import AllowList
from agents.egress.proxy import egress
from agents.outgoing.policy import guarded
from agents.sandbox_definitions.opening import allowed_problems, spec_of
from agents.sandbox_definitions.shape import NetworkPolicy, SandboxSettings
from agents.spec import AgentSpec
from sandboxes.base import Labels, SandboxSpec
from sandboxes.errors import NotSupported


def definition_of(spec: AgentSpec) -> SandboxSettings:
    """Return what an agent's sandbox is like: what its definition said when it was published, else its own network.

    Raise NotSupported for what the operator does not allow any more.
    """
    if spec.sandbox is None:
        is_open = spec.network == "internet"
        return SandboxSettings(network=NetworkPolicy.INTERNET if is_open else NetworkPolicy.PROXY_ONLY)
    problems = allowed_problems(
        spec.sandbox, images=settings.CALLBOARD_SANDBOX_IMAGES, runtimes=settings.CALLBOARD_SANDBOX_RUNTIMES
    )
    if problems:
        raise NotSupported(problems[0].message, fix="Correct the agent's sandbox definition and publish the agent.")
    return spec.sandbox


@contextmanager
def sandbox_of(
    definition: SandboxSettings,
    *,
    labels: Labels,
    proxy_socket: Path,
    put: Callable[[str, str], None],
    image: str | None = None,
) -> Iterator[SandboxSpec]:
    """Yield what a run's sandbox is opened with, so far as its definition says it, with the ways out that it has.

    They are there for as long as the block lasts. What is blocked on them is told to `put`, which takes a stream's name
    and a text. `image` is the agent's own, where it has one.
    """
    spec = spec_of(definition)
    spec = replace(spec, labels=labels, image=image or spec.image)
    if definition.network is NetworkPolicy.NONE:
        yield spec
        return
    with _way_out(definition, put) as egress_socket:
        yield replace(spec, proxy_socket=proxy_socket, egress_socket=egress_socket)


@contextmanager
def _way_out(definition: SandboxSettings, put: Callable[[str, str], None]) -> Iterator[Path | None]:
    """Yield the socket of the way to the hosts of an allow-list, None where there is no list."""
    if definition.network is not NetworkPolicy.ALLOW_LIST:
        yield None
        return
    allowed = AllowList.of(definition.allowed_domains)
    policy = guarded(settings.CALLBOARD_TRUSTED_HOSTS)
    with egress(settings.CALLBOARD_HOME.sockets, allowed, policy) as opened:
        opened.denials.listen(lambda line: put("stderr", f"{line}\n"))
        yield opened.socket
