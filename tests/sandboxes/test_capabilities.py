"""What can't be granted is refused with a reason, and never ignored."""

import pytest

from sandboxes.backends.docker import capabilities as asked
from sandboxes.base import Limits, Network, SandboxSpec
from sandboxes.capabilities import Capabilities, Refusal, Wish
from sandboxes.errors import NotSupported
from tests.sandboxes.conftest import make_backend

LIMITED = SandboxSpec(limits=Limits(cpus=1, memory_bytes=256 * 1024**2), must=frozenset({Wish.CPUS, Wish.MEMORY}))


def test_nothing_is_refused_where_everything_can_be_had():
    assert Capabilities("docker", cpus=2, runtimes=("runsc",)).refusals(LIMITED) == []


def test_each_wish_is_refused_with_its_own_reason():
    here = Capabilities("bubblewrap", {Wish.IMAGE: "No images.", Wish.CPUS: "No processors.", Wish.PIDS: "No."})
    spec = SandboxSpec(image="mine", must=frozenset({Wish.CPUS}))

    assert here.refusals(spec) == [Refusal(Wish.CPUS, "No processors."), Refusal(Wish.IMAGE, "No images.")]


def test_a_runtime_that_the_engine_lacks_is_refused_with_those_it_has():
    here = Capabilities("docker", runtimes=("io.containerd.runc.v2", "runc"))

    [refusal] = here.refusals(SandboxSpec(runtime="runsc"))

    assert refusal == (Wish.RUNTIME, "The engine has no runtime runsc; it has io.containerd.runc.v2, runc.")


def test_more_processors_than_there_are_can_not_be_asked_for():
    spec = SandboxSpec(limits=Limits(cpus=8), must=frozenset({Wish.CPUS}))

    assert Capabilities("docker", cpus=2).refusals(spec) == [
        (Wish.CPUS, "The machine has 2 processors. Ask for fewer.")
    ]


def test_a_limit_that_nobody_asked_for_is_not_refused():
    assert Capabilities("bubblewrap", {Wish.CPUS: "No."}).refusals(SandboxSpec(limits=Limits(cpus=8))) == []


def test_the_internet_is_refused_where_it_can_not_be_joined():
    here = Capabilities("bubblewrap", {Wish.INTERNET: "There is no slirp4netns."})

    assert here.refusals(SandboxSpec(network=Network.INTERNET)) == [(Wish.INTERNET, "There is no slirp4netns.")]


def test_it_is_the_same_after_a_way_through_json():
    here = Capabilities("docker", {Wish.PIDS: "No."}, 4, ("runc",))

    assert Capabilities.from_json(here.as_json()) == here


def test_every_backend_says_what_it_can_do(any_backend):
    assert any_backend.capabilities().backend == any_backend.name


def test_a_sandbox_within_the_limits_that_were_asked_for_is_opened(backend):
    if backend.name == "bubblewrap" and Wish.CPUS in backend.capabilities().cannot:
        pytest.skip("this one has no control groups")
    with backend.open(LIMITED) as sandbox:
        assert sandbox.exec(["true"]).is_success


def test_without_control_groups_no_sandbox_is_opened_that_needs_them(roots):
    with pytest.raises(NotSupported, match="control groups"):
        make_backend("bubblewrap-rlimits", roots / "bubblewrap-rlimits").open(LIMITED)


def test_an_engine_whose_kernel_lacks_a_control_group_says_so(monkeypatch):
    class Engine:
        def info(self):
            return {"MemoryLimit": True, "PidsLimit": True, "CpuCfsQuota": False, "NCPU": 2, "Runtimes": {"runc": {}}}

    monkeypatch.setattr(asked, "engine", Engine)
    asked._asked.cache_clear()

    found = asked.capabilities("docker")

    assert list(found.cannot) == [Wish.CPUS]
    assert (found.cpus, found.runtimes) == (2, ("runc",))
    asked._asked.cache_clear()


@pytest.mark.docker
def test_docker_opens_no_sandbox_in_a_runtime_that_it_lacks(docker):
    with pytest.raises(NotSupported, match="no runtime runsc"):
        docker.open(SandboxSpec(runtime="runsc"))
