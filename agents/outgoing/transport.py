"""The guarded HTTP client: it looks at the address before it connects, and at how much comes back.

Imports the HTTP library, so it is imported with the first call only.
"""

import functools
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import certifi
import httpx2
from django.conf import settings

from agents.outgoing.policy import Policy
from agents.outgoing.resolving import HostNotFound, addresses_of

MEGABYTE = 1024 * 1024
MOST_RESPONSE_BYTES = 8 * MEGABYTE
_CONNECT_SECONDS = 10
_PORTS = {"http": 80, "https": 443}


class WayRefused(httpx2.UnsupportedProtocol):
    """The call was not made, or its answer not read, by a rule that the sentence names. It would be the same again."""


def http_client(seconds: float, policy: Policy, *, most_bytes: int = MOST_RESPONSE_BYTES) -> httpx2.AsyncClient:
    """Return a client for one call: no proxy or credentials of the environment, no redirects, no compression."""
    inner = httpx2.AsyncHTTPTransport(verify=_certificates(), trust_env=False)
    return httpx2.AsyncClient(
        transport=_Guarded(inner, policy, most_bytes),
        timeout=httpx2.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)),
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

    def __init__(self, inner: httpx2.AsyncHTTPTransport, policy: Policy, most_bytes: int) -> None:
        self._inner = inner
        self._policy = policy
        self._most_bytes = most_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        scheme, host = request.url.scheme, request.url.raw_host.decode("ascii")
        if scheme not in _PORTS:
            raise WayRefused(f"The scheme {scheme!r} is not asked: only http and https are.")
        addresses = await self._addresses(host, request.url.port or _PORTS[scheme])
        # The name stays in the Host header, and in the TLS handshake, which is checked against it.
        request.extensions = {**request.extensions, "sni_hostname": host}
        for address in addresses:
            request.url = request.url.copy_with(host=address)
            try:
                return self._capped(await self._inner.handle_async_request(request))
            except httpx2.ConnectError:
                if address == addresses[-1]:
                    raise
        raise httpx2.ConnectError(f"{host} has no address.")

    async def _addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host; raise WayRefused if any is one that must not be asked."""
        try:
            addresses = await addresses_of(host, port)
        except HostNotFound as error:
            raise httpx2.ConnectError(str(error)) from error
        problem = next(filter(None, (self._policy.problem(host, address, port) for address in addresses)), "")
        if problem:
            raise WayRefused(problem)
        return addresses

    def _capped(self, response: httpx2.Response) -> httpx2.Response:
        if response.is_redirect:
            raise WayRefused(f"The host redirects to {response.headers['location']}, which is not followed.")
        encoding = response.headers.get("content-encoding", "identity")
        if encoding != "identity":
            raise WayRefused(f"The answer is compressed ({encoding}), which was not asked for.")
        response.stream = _CappedStream(response.stream, self._most_bytes)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _CappedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: object, most_bytes: int) -> None:
        assert isinstance(inner, httpx2.AsyncByteStream)  # noqa: S101  # for the type; an async client has no other
        self._inner = inner
        self._most_bytes = most_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._most_bytes
        async for block in self._inner:
            left -= len(block)
            if left < 0:
                raise WayRefused(f"The answer is larger than {self._most_bytes // MEGABYTE} MB.")
            yield block

    async def aclose(self) -> None:
        await self._inner.aclose()
