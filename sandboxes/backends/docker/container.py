"""The container of a sandbox: what it is created with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docker.types import LogConfig, Mount, Ulimit

from sandboxes import paths
from sandboxes.base import Limits, Profile, SandboxSpec
from sandboxes.environment import BASE_ENV
from sandboxes.mounts import Mount as SharedFolder

LABEL = "callboard"
USER_NUMBERS = "1000:1000"
ROOT_NUMBERS = "0:0"
#: Owns the process that keeps the container alive. Nobody inside can signal it: root has no CAP_KILL there.
_KEEPER_NUMBERS = "65534:65534"
#: What installing packages takes, and nothing that reaches beyond the container. There is no KILL on purpose.
_SUDO_CAPABILITIES = ["SETUID", "SETGID", "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"]
_SHM_BYTES = 64 * 1024 * 1024
_OOM_SCORE = 500
_SCRATCH = "rw,nosuid,nodev,size=16m"


def labels_of(spec: SandboxSpec, *, instance: str, sandbox_id: str) -> dict[str, str]:
    """Return the engine's labels: the spec's own behind a prefix, and whose sandbox it is."""
    own = {f"{LABEL}.label.{name}": value for name, value in spec.labels.items()}
    return {**own, f"{LABEL}.instance": instance, f"{LABEL}.sandbox": sandbox_id}


def labels_from(engine_labels: Mapping[str, str]) -> dict[str, str]:
    """Return the spec's own labels. Blank ones came with an image that a sandbox was kept as."""
    prefix = f"{LABEL}.label."
    own = {name.removeprefix(prefix): value for name, value in engine_labels.items() if name.startswith(prefix)}
    return {name: value for name, value in own.items() if value}


def settings(
    spec: SandboxSpec,
    *,
    image: str,
    network: str,
    nameservers: list[str],
    run: Path,
    harness: Path,
    runtime: str | None,
) -> dict[str, Any]:
    """Return the arguments of `containers.create`, names and labels apart."""
    return {
        "image": image,
        "entrypoint": [],
        "command": ["sleep", "infinity"],
        "user": _KEEPER_NUMBERS,
        "hostname": "sandbox",
        "working_dir": "/",
        "environment": {name: value for name, value in BASE_ENV.items() if name != "PATH"},
        "init": True,
        "mounts": [*_mounts(run, harness), *map(_shown, spec.mounts)],
        "ipc_mode": "private",
        "network_mode": network,
        "dns": nameservers or None,
        "extra_hosts": {"sandbox": "127.0.0.1"},  # sudo asks, also where there is no network
        "sysctls": {"net.ipv6.conf.all.disable_ipv6": "1"},
        "log_config": LogConfig(type=LogConfig.types.JSON, config={"max-size": "1m", "max-file": "1"}),
        "runtime": runtime,
        **_rights(spec.profile),
        **_limits(spec.limits),
    }


def _mounts(run: Path, harness: Path) -> list[Mount]:
    """Return the mounts.

    The user's folders are volumes that go with the container: files can be copied in and out of those even where
    everything else is read-only.
    """
    return [
        Mount(paths.HOME, None, type="volume"),
        Mount(paths.TMP, None, type="volume"),
        Mount(paths.RUN, str(run), type="bind", read_only=True),
        Mount(paths.HARNESS, str(harness), type="bind", read_only=True),
    ]


def _shown(mount: SharedFolder) -> Mount:
    return Mount(mount.target, str(mount.source), type="bind", read_only=True)


def _rights(profile: Profile) -> dict[str, Any]:
    if profile is Profile.SUDO:
        return {"cap_drop": ["ALL"], "cap_add": _SUDO_CAPABILITIES}
    return {
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "read_only": True,
        "tmpfs": {"/run": _SCRATCH, "/var/tmp": _SCRATCH},  # noqa: S108  # inside
    }


def _limits(limits: Limits) -> dict[str, Any]:
    return {
        "mem_limit": limits.memory_bytes,
        "memswap_limit": limits.memory_bytes,  # the same: no swap
        "nano_cpus": round(limits.cpus * 1_000_000_000),
        "pids_limit": limits.pids,
        "shm_size": _SHM_BYTES,
        "oom_score_adj": _OOM_SCORE,
        "ulimits": [
            Ulimit(name="nofile", soft=limits.open_files, hard=limits.open_files),
            Ulimit(name="fsize", soft=limits.file_bytes, hard=limits.file_bytes),
            Ulimit(name="core", soft=0, hard=0),
        ],
    }
