"""What an agent's image costs: building it, taking one that is built already, and opening a sandbox of it."""

import time
import uuid

from agents.images import building
from agents.images.resolving import image_of
from agents.models import Agent, AgentImage, ImageState
from agents.services.agents import agent_register
from agents.services.images import image_build
from agents.spec import AgentSpec, parse_spec
from benchmarks.results import Result, Scale, at_most
from benchmarks.skipping import skip
from benchmarks.world import world
from sandboxes import registry
from sandboxes.base import SandboxSpec
from sandboxes.errors import SandboxError

_CODE = "def run(task_input, *, proxy_url, run_token):\n    return 'hello'\n"
_MOST_REUSE_MS = 100


def measure(scale: Scale) -> list[Result]:
    try:
        registry.choose().shelf().base()
    except SandboxError as error:
        skip(f"images: {error.message}")
        return []
    mark = uuid.uuid4().hex[:8]
    body = f"RUN sudo install -m 755 /bin/true /usr/local/bin/tool-{mark}\nENV TOOL=tool-{mark}\nWORKDIR /srv/work\n"
    built = _build_ms(_agent(f"builder-{mark}", body))
    reused = [_reuse_ms(_agent(f"twin-{mark}-{number}", f"# {number}\n{body}")) for number in range(scale.pick(22, 9))]
    opened = [_open_ms(body) for _ in range(scale.pick(12, 6))]
    return [
        Result("docker: build an image of three steps that download nothing", "ms", [built]),
        Result("the same Dockerfile of another agent: taken as it is", "ms", reused[2:], at_most(_MOST_REUSE_MS)),
        Result("docker: resolve the image and open a sandbox of it", "ms", opened[1:]),
    ]


def _agent(name: str, body: str) -> Agent:
    spec = {"source": {"kind": "paste", "code": _CODE}, "dockerfile": body}
    return agent_register(actor=world().actor, name=name, spec=spec)


def _build_ms(agent: Agent) -> float:
    """Build as a worker does, without the way through the broker."""
    began = time.perf_counter()
    image = image_build(actor=world().actor, agent=agent)
    building.build(image.pk)
    took = (time.perf_counter() - began) * 1000
    _until_built(image)
    return took


def _until_built(image: AgentImage) -> None:
    """Wait for a worker that was faster; raise RuntimeError where the build failed."""
    while True:
        image.refresh_from_db()
        if image.state == ImageState.READY:
            return
        if image.state != ImageState.BUILDING:
            raise RuntimeError(f"The image was not built: {image.error}")
        time.sleep(0.05)


def _reuse_ms(agent: Agent) -> float:
    began = time.perf_counter()
    image = image_build(actor=world().actor, agent=agent)
    took = (time.perf_counter() - began) * 1000
    if image.state != ImageState.READY:
        raise RuntimeError("An identical Dockerfile was built again.")
    return took


def _open_ms(body: str) -> float:
    spec = parse_spec({"source": {"kind": "paste", "code": _CODE}, "dockerfile": body})
    began = time.perf_counter()
    image = image_of(world().organization.pk, spec) if isinstance(spec, AgentSpec) else None
    with registry.choose().open(SandboxSpec(image=image, labels={"run": "benchmark"})) as sandbox:
        sandbox.exec(["true"])
        return (time.perf_counter() - began) * 1000
