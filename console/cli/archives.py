"""Uploading ZIP archives with agents' code from the command line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from console.cli.client import Api, Org, Token, Url, connect
from console.cli.ending import stop

_PIECE_BYTES = 256 * 1024
_SECONDS = 120


def add_to(app: typer.Typer) -> None:
    app.command("upload")(upload)


def upload(
    file: Annotated[Path, typer.Argument(help="A ZIP archive with an agent's code.", exists=True, dir_okay=False)],
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Upload an archive, have it confirmed, and print its id."""
    print(uploaded(connect(url, token, org), file))


def uploaded(api: Api, file: Path) -> str:
    """Upload an archive and return its id; end the program with the reason where it is refused."""
    size = file.stat().st_size
    begun = api("POST", "/api/agent-archives", json={"filename": file.name, "size": size})
    _send(file, size, begun["upload_url"])
    confirmed = api("POST", f"/api/agent-archives/{begun['id']}/confirm")
    return str(confirmed["id"])


def _send(file: Path, size: int, upload_url: str) -> None:
    """Send the bytes to the link, which needs no token, with a bar where somebody looks on."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(f"Uploading {file.name}", total=size)

        def pieces() -> Iterator[bytes]:
            with file.open("rb") as opened:
                while piece := opened.read(_PIECE_BYTES):
                    yield piece
                    progress.advance(bar, len(piece))

        try:
            # An announced length, and not pieces of their own lengths, is what storages take.
            answer = httpx.put(upload_url, content=pieces(), headers={"Content-Length": str(size)}, timeout=_SECONDS)
        except httpx.HTTPError as error:
            stop(f"The upload broke off: {error}. Run the command again.")
    if not answer.is_success:
        stop(f"The upload was answered with {answer.status_code}. Run the command again.")
