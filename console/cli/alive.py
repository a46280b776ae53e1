from typing import Annotated

import typer

from console.cli.ending import stop
from console.cli.instance import set_up


def alive(
    name: Annotated[str, typer.Argument(help="worker-control, worker-agents, worker-builds or beat.")],
) -> None:
    """End well if a process of that name runs on this machine, as a container's health check asks."""
    set_up()
    import redis  # noqa: PLC0415

    from console.ops import presence  # noqa: PLC0415

    try:
        here = presence.present_here()
    except (redis.RedisError, OSError) as error:
        stop(f"The broker does not answer: {error}", code=1)
    if name not in here:
        stop(f"No {name} runs here. There is: {', '.join(sorted(here)) or 'none'}.", code=1)
