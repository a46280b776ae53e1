from agents.sandbox_definitions.opening import asks_for_something, spec_of
from agents.sandbox_definitions.shape import SandboxSettings
from sandboxes.base import GIB, MIB, Limits, Network
from sandboxes.capabilities import Wish


def test_what_a_definition_leaves_out_is_the_installations_own():
    spec = spec_of(SandboxSettings())

    assert (spec.limits, spec.network, spec.image, spec.runtime, spec.must) == (
        Limits(), Network.NONE, None, None, frozenset(),
    )  # fmt: skip


def test_what_it_says_must_hold():
    spec = spec_of(SandboxSettings(cpus=0.5, memory_mb=256, disk_mb=1024, pids=64, image="team/image", runtime="kata"))

    assert spec.must == {Wish.CPUS, Wish.MEMORY, Wish.DISK, Wish.PIDS}
    assert (spec.limits.cpus, spec.limits.memory_bytes, spec.limits.pids) == (0.5, 256 * MIB, 64)
    assert (spec.limits.disk_bytes, spec.limits.file_bytes) == (GIB, GIB)
    assert (spec.image, spec.runtime) == ("team/image", "kata")


def test_only_the_internet_joins_the_sandbox_to_a_network():
    joined = {network for network in ("none", "proxy_only", "allow_list", "internet")
              if spec_of(SandboxSettings(network=network)).network is Network.INTERNET}  # fmt: skip

    assert joined == {"internet"}


def test_a_closed_sandbox_without_limits_asks_for_nothing():
    assert not asks_for_something(SandboxSettings(network="none"))
    assert asks_for_something(SandboxSettings(pids=64))
    assert asks_for_something(SandboxSettings(network="internet"))
