"""The proxy of one run: it asks web servers by name, those that the run's allow-list names and no others.

It stands in the worker and resolves names itself. What it connects to is the address that it judged, so an answer that
changes between the look and the connection changes nothing.
"""

import asyncio
import contextlib
import json
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from agents.egress.allow_list import LONGEST_DOMAIN, AllowList
from agents.egress.asked import Asked, BadRequest, read_head
from agents.egress.client_hello import NotTls, server_name
from agents.egress.denials import Denials
from agents.outgoing.policy import Policy
from agents.outgoing.resolving import HostNotFound, addresses_of

LONGEST_HEAD = 64 * 1024
HEAD_SECONDS = 30
CONNECT_SECONDS = 10
_CHUNK = 64 * 1024
#: What a TLS client says first, and in how many pieces it may come.
_LONGEST_BEGINNING = 16 * 1024
_MOST_PIECES = 64

_Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Egress:
    """An open proxy: its socket on the host, and what it blocked."""

    socket: Path
    denials: Denials = field(default_factory=Denials)


class _Blocked(Exception):
    """What is asked for is not allowed; the sentence says why."""


class _NotReached(Exception):
    """What is asked for is allowed, and does not answer."""


@contextmanager
def egress(folder: Path, allow_list: AllowList, policy: Policy) -> Iterator[Egress]:
    """Serve a run's way out on a socket in `folder` for as long as the block lasts."""
    opened = Egress(folder / f"egress-{secrets.token_hex(6)}.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as listener:
        listener.bind(str(opened.socket))
        listener.listen(128)
        server = _Server(listener, opened.denials, allow_list, policy)
        thread = threading.Thread(target=asyncio.run, args=(server.serve(),), name="egress", daemon=True)
        thread.start()
        try:
            yield opened
        finally:
            server.stop()
            thread.join()
            opened.socket.unlink(missing_ok=True)


class _Server:
    """Answers who connects to a listener, from a loop in a thread of its own."""

    def __init__(self, listener: socket.socket, denials: Denials, allow_list: AllowList, policy: Policy) -> None:
        self._listener = listener
        self._denials = denials
        self._allow_list = allow_list
        self._policy = policy
        self._is_ready = threading.Event()
        self._over = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clients: dict[asyncio.Task[None], socket.socket] = {}

    async def serve(self) -> None:
        """Serve until it is stopped. What is under way then ends at once."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._listener, self._let_in)
        self._is_ready.set()
        await self._over.wait()
        self._loop.remove_reader(self._listener)
        under_way = dict(self._clients)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        for client in under_way.values():  # of one that had not begun nobody else has closed it
            client.close()

    def stop(self) -> None:
        self._is_ready.wait()
        assert self._loop is not None  # noqa: S101  # it is ready
        self._loop.call_soon_threadsafe(self._over.set)

    def _let_in(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            return  # gone again before we looked
        task = asyncio.ensure_future(self._serve_one(client))
        self._clients[task] = client
        task.add_done_callback(self._clients.pop)

    async def _serve_one(self, client: socket.socket) -> None:
        try:
            reader, writer = await asyncio.open_connection(sock=client, limit=LONGEST_HEAD)
            await self._answer(reader, writer)
        except OSError:
            client.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                asked = read_head(await reader.readuntil(b"\r\n\r\n"))
            far_reader, far_writer = await self._connected(asked)
        except BadRequest as error:
            await _refuse(writer, error.status, error.sentence)
        except asyncio.LimitOverrunError:
            await _refuse(writer, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The head is longer than 64 KB.")
        except _Blocked as blocked:
            self._denials.tell(str(blocked))
            await _refuse(writer, HTTPStatus.FORBIDDEN, f"blocked: {blocked}")
        except _NotReached as error:
            await _refuse(writer, HTTPStatus.BAD_GATEWAY, str(error))
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            pass  # the client is gone, or never said what it wants
        else:
            try:
                await self._carried(asked, (reader, writer), (far_reader, far_writer))
            finally:
                far_writer.close()
        finally:
            writer.close()

    async def _connected(self, asked: Asked) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to a host that the list names, at an address that may be asked."""
        place = f"{asked.host}:{asked.port}"
        if not self._allow_list.holds(asked.host):
            raise _Blocked(f"{place} is not on the allow-list")
        try:
            # The dot keeps the search domains of this machine out of it.
            addresses = await addresses_of(f"{asked.host.removesuffix('.')}.", asked.port)
        except HostNotFound as error:
            raise _NotReached(f"{asked.host} could not be found") from error
        for address in addresses:
            if problem := self._policy.problem(asked.host, address, asked.port):
                raise _Blocked(f"{place}: {problem}")
        for address in addresses:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await asyncio.open_connection(address, asked.port)
        raise _NotReached(f"{place} does not answer")

    async def _carried(self, asked: Asked, client: _Ends, host: _Ends) -> None:
        """Pass on what both ends say. Of a plain request exactly its own body, so that no other can follow it."""
        if asked.head is not None:
            host[1].write(asked.head)
            await _spliced(client, host, asked.body_bytes)
            return
        client[1].write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                begun = await self._begun(asked, client[0])
        except _Blocked as blocked:
            self._denials.tell(str(blocked))
        except (OSError, TimeoutError):
            pass  # the client is gone, or says nothing
        else:
            host[1].write(begun)
            await _spliced(client, host, None)

    async def _begun(self, asked: Asked, reader: asyncio.StreamReader) -> bytes:
        """Return how a tunnel begins: with TLS for a server that the list names, as one address serves many."""
        begun, name, place = b"", None, f"{asked.host}:{asked.port}"
        with contextlib.suppress(NotTls):
            # Each piece is looked at with all before it, so the pieces are few.
            for _ in range(_MOST_PIECES):
                data = await reader.read(_LONGEST_BEGINNING)
                begun += data
                name = server_name(begun)
                if name is not None or not data or len(begun) > _LONGEST_BEGINNING:
                    break
        if name is None:
            raise _Blocked(f"{place} was not asked by TLS, which a tunnel is for")
        if not self._allow_list.holds(name):
            raise _Blocked(f"{name[:LONGEST_DOMAIN] or 'no name'}, asked for at {place}, is not on the allow-list")
        return begun


async def _spliced(client: _Ends, host: _Ends, count: int | None) -> None:
    """Pass on both ways until the host ends; of what the client says only so many bytes, where a number is given."""
    going = asyncio.create_task(_copied(client[0], host[1], count))
    try:
        await _copied(host[0], client[1], None)
        if count is None:
            await going
    finally:
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)


async def _copied(source: asyncio.StreamReader, sink: asyncio.StreamWriter, count: int | None) -> None:
    """Pass on `count` bytes, or all there are; an end that goes away ends it."""
    left = count
    try:
        while left is None or left > 0:
            data = await source.read(_CHUNK if left is None else min(left, _CHUNK))
            if not data:
                break
            left = None if left is None else left - len(data)
            sink.write(data)
            await sink.drain()
        if count is None and sink.can_write_eof():
            sink.write_eof()
    except OSError:
        sink.close()  # so that whoever reads from that end notices, too


async def _refuse(writer: asyncio.StreamWriter, status: HTTPStatus, sentence: str) -> None:
    """Answer with the sentence also in the first line, which is what most clients show of a tunnel that they lack."""
    body = json.dumps({"error": {"code": "egress_refused", "message": sentence, "details": {}}}).encode()
    reason = sentence.encode("ascii", "replace").decode()[:200]
    head = f"HTTP/1.1 {status.value} {reason}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    with contextlib.suppress(OSError):
        writer.write(f"{head}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
