"""What a sandbox definition says, as it is written down: in the definition, and copied into what is published."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from agents.egress.allow_list import domains_problems, normalized
from console.errors import Problem

LEAST_MEMORY_MB, MOST_MEMORY_MB = 64, 1024 * 1024
LEAST_DISK_MB, MOST_DISK_MB = 64, 1024 * 1024
LEAST_PIDS, MOST_PIDS = 16, 32_768
LEAST_CPUS, MOST_CPUS = 0.1, 256
LONGEST_IMAGE = 255
LONGEST_RUNTIME = 64


class NetworkPolicy(StrEnum):
    """What a sandbox may reach. Later ones hold what earlier ones do."""

    NONE = "none"  #: nothing, not even the run's own tools
    PROXY_ONLY = "proxy_only"  #: the run's tools
    ALLOW_LIST = "allow_list"  #: also web servers by name
    INTERNET = "internet"  #: also every public address


def _no_boolean(value: object) -> object:
    """Refuse true and false, which Python takes for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("Write a number.")  # noqa: TRY004  # pydantic tells of a ValueError
    return value


_Number = Annotated[int, BeforeValidator(_no_boolean)]


class SandboxSettings(BaseModel):
    """What a sandbox is like. A limit that is None is the installation's own, and blank is its own image or runtime."""

    model_config = ConfigDict(extra="forbid")

    network: NetworkPolicy = NetworkPolicy.PROXY_ONLY
    allowed_domains: list[str] = Field(default_factory=list)
    image: Annotated[str, StringConstraints(max_length=LONGEST_IMAGE, strip_whitespace=True)] = ""
    cpus: Annotated[float, BeforeValidator(_no_boolean), Field(ge=LEAST_CPUS, le=MOST_CPUS)] | None = None
    memory_mb: Annotated[_Number, Field(ge=LEAST_MEMORY_MB, le=MOST_MEMORY_MB)] | None = None
    disk_mb: Annotated[_Number, Field(ge=LEAST_DISK_MB, le=MOST_DISK_MB)] | None = None
    pids: Annotated[_Number, Field(ge=LEAST_PIDS, le=MOST_PIDS)] | None = None
    runtime: Annotated[str, StringConstraints(max_length=LONGEST_RUNTIME, strip_whitespace=True)] = ""


_SENTENCES = {
    "network": f"Use one of: {', '.join(NetworkPolicy)}.",
    "image": f"Use at most {LONGEST_IMAGE} characters.",
    "cpus": f"Use {LEAST_CPUS:g} to {MOST_CPUS} processors, or leave it out.",
    "memory_mb": f"Use {LEAST_MEMORY_MB} to {MOST_MEMORY_MB:,} MB, or leave it out.",
    "disk_mb": f"Use {LEAST_DISK_MB} to {MOST_DISK_MB:,} MB, or leave it out.",
    "pids": f"Use {LEAST_PIDS} to {MOST_PIDS:,} processes, or leave it out.",
    "runtime": f"Use at most {LONGEST_RUNTIME} characters.",
}


def read_settings(data: dict[str, Any]) -> tuple[SandboxSettings | None, list[Problem]]:
    """Return the settings that `data` describes, or every problem that keeps them from being any."""
    try:
        settings = SandboxSettings.model_validate(data)
    except ValidationError as error:
        return None, [_problem(item) for item in error.errors()]
    problems = domains_problems(settings.allowed_domains)
    is_filtered = settings.network is NetworkPolicy.ALLOW_LIST
    if is_filtered and not settings.allowed_domains:
        problems.append(Problem("Name at least one domain, or choose another network.", "allowed_domains"))
    if not is_filtered and settings.allowed_domains:
        problems.append(Problem("Only the network allow_list has domains. Take them out.", "allowed_domains"))
    if problems:
        return None, problems
    names = list(dict.fromkeys(map(normalized, settings.allowed_domains)))
    return settings.model_copy(update={"allowed_domains": names}), []


def _problem(item: Any) -> Problem:
    place = item["loc"]
    is_known = place and item["type"] != "extra_forbidden"
    sentence = _SENTENCES.get(str(place[0])) if is_known else None
    return Problem(sentence or str(item["msg"]).removeprefix("Value error, "), *place)
