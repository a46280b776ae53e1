"""The way out to a provider: it looks at the address before it connects, and at how much comes back.

Imports the HTTP library, so it is imported with the first call only.
"""

import asyncio
import functools
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import certifi
import httpx2
from django.conf import settings

from agents.llm.addresses import is_refused

MOST_RESPONSE_BYTES = 8 * 1024 * 1024
_CONNECT_SECONDS = 10


class WayRefused(httpx2.UnsupportedProtocol):
    """The call was not made, or its answer not read, by a rule that the sentence names. It would be the same again."""


def http_client(seconds: float) -> httpx2.AsyncClient:
    """Return a client for one call: no proxy or credentials of the environment, no redirects, no compression."""
    return httpx2.AsyncClient(
        transport=_Guarded(httpx2.AsyncHTTPTransport(verify=_certificates(), trust_env=False)),
        timeout=httpx2.Timeout(seconds, connect=_CONNECT_SECONDS),
        trust_env=False,
        follow_redirects=False,
        # Compressed, a small answer could become a huge one after it was counted.
        headers={"Accept-Encoding": "identity"},
    )


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Return the certificates to trust: the system's, those that come with the library, and the operator's own."""
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    bundle = settings.CALLBOARD_CA_BUNDLE
    if bundle and Path(bundle).is_file():
        context.load_verify_locations(cafile=bundle)
    return context


class _Guarded(httpx2.AsyncBaseTransport):
    """Resolves a host itself, refuses it if any of its addresses is refused, and connects to what it looked at."""

    def __init__(self, inner: httpx2.AsyncHTTPTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        host = request.url.host
        addresses = await _addresses(host, request.url.port or (443 if request.url.scheme == "https" else 80))
        # The name stays in the Host header, and in the TLS handshake, which is checked against it.
        request.extensions = {**request.extensions, "sni_hostname": host}
        for address in addresses:
            request.url = request.url.copy_with(host=address)
            try:
                return _capped(await self._inner.handle_async_request(request))
            except httpx2.ConnectError:
                if address == addresses[-1]:
                    raise
        raise httpx2.ConnectError(f"{host} has no address.")

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _addresses(host: str, port: int) -> list[str]:
    """Return the addresses of a host; raise WayRefused if any is one that must not be asked."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpx2.ConnectError(f"The host {host} could not be found.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if any(is_refused(address) for address in addresses):
        raise WayRefused(f"The host {host} is at a link-local or metadata address, which is not asked.")
    return addresses


def _capped(response: httpx2.Response) -> httpx2.Response:
    if response.is_redirect:
        raise WayRefused(f"The provider redirects to {response.headers['location']}, which is not followed.")
    encoding = response.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise WayRefused(f"The answer is compressed ({encoding}), which was not asked for.")
    response.stream = _CappedStream(response.stream)
    return response


class _CappedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: object) -> None:
        assert isinstance(inner, httpx2.AsyncByteStream)  # noqa: S101  # for the type; an async client has no other
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST_RESPONSE_BYTES
        async for block in self._inner:
            left -= len(block)
            if left < 0:
                raise WayRefused(f"The answer is larger than {MOST_RESPONSE_BYTES // 1024**2} MB.")
            yield block

    async def aclose(self) -> None:
        await self._inner.aclose()
