from pathlib import Path
from typing import Annotated

import typer

from console.cli import agent_images
from console.cli.ending import stop
from console.cli.instance import set_up

app = typer.Typer(no_args_is_help=True)


@app.callback()
def images() -> None:
    """Images of docker sandboxes: the base image of all, and those of agents."""


agent_images.add_to(app)


@app.command("build-base")
def build_base_(
    parent: Annotated[str, typer.Option(help="The image to build on: a Debian 13, which has Python 3.13.")] = "",
) -> None:
    """Build the base image of docker sandboxes, showing what the build says."""
    set_up()
    from django.conf import settings  # noqa: PLC0415

    from sandboxes.errors import SandboxError  # noqa: PLC0415
    from sandboxes.images import DEFAULT_PARENT, build_base  # noqa: PLC0415

    bundle = settings.CALLBOARD_CA_BUNDLE
    try:
        build_base(
            parent or DEFAULT_PARENT, lambda line: print(line, flush=True), tag=settings.CALLBOARD_BASE_IMAGE,
            ca_bundle=Path(bundle) if bundle else None,
        )  # fmt: skip
    except SandboxError as error:
        stop(error.message, *([error.fix] if error.fix else []), code=1)
