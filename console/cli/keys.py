"""The key ring of stored credentials, on the machine that holds it."""

import base64
import secrets
from datetime import UTC, datetime
from itertools import chain
from typing import Annotated

import typer

from console.cli.ending import stop
from console.cli.instance import set_up

app = typer.Typer(no_args_is_help=True)

_KEY_BYTES = 32


@app.command("new")
def new() -> None:
    """Print a new key, as it stands in CALLBOARD_KEYS. Nothing is changed."""
    print(_new_key())


@app.command("add")
def add() -> None:
    """Put a new key first into the ring that Callboard keeps in CALLBOARD_HOME. Restart everything, then rotate."""
    set_up()
    from django.conf import settings  # noqa: PLC0415

    if settings.CALLBOARD_HOME.secrets()["keys"] != settings.CALLBOARD_KEYS:
        stop("The ring is in CALLBOARD_KEYS. Put what `callboard keys new` prints before its other keys.")
    key = _new_key()
    settings.CALLBOARD_HOME.put_key_first(key)
    print(f"{key.partition(':')[0]} is the first key now. Restart Callboard, then: callboard keys rotate")


@app.command("list")
def show() -> None:
    """List the keys of the ring, the one that encrypts first, with how many credentials each has sealed."""
    set_up()
    from agents.credentials import key_ring  # noqa: PLC0415
    from agents.rekeying import credentials_by_key  # noqa: PLC0415

    sealed = credentials_by_key()
    for key_id, _ in key_ring().keys:
        print(f"{key_id}\t{sealed.pop(key_id, 0)}")
    for key_id, count in sealed.items():
        print(f"{key_id}\t{count}\tnot in the ring: these can't be opened")


@app.command("rotate")
def rotate(
    quiet: Annotated[bool, typer.Option("--quiet", help="Say only what did not work, and the sum.")] = False,
) -> None:
    """Put credentials and second factors under the first key of the ring. Can be stopped anywhere and run again."""
    set_up()
    from agents.rekeying import rekey  # noqa: PLC0415
    from console.signing_in import second_factors  # noqa: PLC0415

    credentials = ((found.credential.public_id, found.problem) for found in rekey())
    done = failed = 0
    for name, problem in chain(credentials, second_factors.rekey()):
        failed += bool(problem)
        done += not problem
        if problem or not quiet:
            print(f"{name}\t{problem or 'done'}")
    print(f"{done} put under the first key, {failed} left as they were.")
    if failed:
        raise typer.Exit(1)


def _new_key() -> str:
    return f"k{datetime.now(UTC):%Y%m%d%H%M%S}:{base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"
