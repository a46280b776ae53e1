"""Sees HTTP requests: those of http.client, on which urllib, requests and urllib3 stand, of httpx and of aiohttp."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any, Optional

from sandboxes.harness.recorder import Recorder
from sandboxes.harness.text import shortened

_STEP = "_callboard_step"
_URL_LIMIT = 2000
_HTTPS_PORT = 443


class HttpCalls:
    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def late_patches(self) -> dict[str, Callable[[Any], None]]:
        """Return what to do with modules once they are imported."""
        return {
            "http.client": self._patch_http_client,
            "httpx": self._patch_httpx,
            "aiohttp.client": self._patch_aiohttp,
        }

    def _begin(self, method: str, url: str) -> tuple[Optional[str], float]:
        data = {"method": str(method).upper(), "url": shortened(str(url), _URL_LIMIT)}
        return self._recorder.step("http", data), time.monotonic()

    def _finish(self, begun: tuple[Optional[str], float], *, status: Optional[int] = None, error: str = "") -> None:
        step_id, began = begun
        data: dict[str, Any] = {"duration_ms": round((time.monotonic() - began) * 1000)}
        data.update({"status": status} if status is not None else {"error": shortened(error, _URL_LIMIT)})
        self._recorder.update(step_id, data)

    def _wrapped_putrequest(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def putrequest(connection: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            connection.__dict__[_STEP] = self._begin(method, _whole_url(connection, url))
            return original(connection, method, url, *args, **kwargs)

        return putrequest

    def _wrapped_getresponse(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def getresponse(connection: Any, *args: Any, **kwargs: Any) -> Any:
            begun = connection.__dict__.pop(_STEP, None)
            try:
                response = original(connection, *args, **kwargs)
            except Exception as error:
                if begun is not None:
                    self._finish(begun, error=f"{type(error).__name__}: {error}")
                raise
            if begun is not None:
                self._finish(begun, status=response.status)
            return response

        return getresponse

    def _patch_http_client(self, module: Any) -> None:
        connection = module.HTTPConnection
        connection.putrequest = self._wrapped_putrequest(connection.putrequest)
        connection.getresponse = self._wrapped_getresponse(connection.getresponse)

    def _patch_httpx(self, httpx: Any) -> None:
        def describe(request: Any) -> tuple[str, str]:
            return request.method, str(request.url)

        httpx.Client.send = self._wrapped_call(httpx.Client.send, lambda args, _: describe(args[0]), "status_code")
        httpx.AsyncClient.send = self._wrapped_coroutine(
            httpx.AsyncClient.send, lambda args, _: describe(args[0]), "status_code"
        )

    def _patch_aiohttp(self, client: Any) -> None:
        session = client.ClientSession
        session._request = self._wrapped_coroutine(  # noqa: SLF001  # every public method goes through it
            session._request,  # noqa: SLF001
            lambda args, _: (args[0], str(args[1])),
            "status",
        )

    def _wrapped_call(
        self, original: Callable[..., Any], describe: Callable[..., Any], status: str
    ) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(client: Any, *args: Any, **kwargs: Any) -> Any:
            begun = self._begin(*describe(args, kwargs))
            try:
                response = original(client, *args, **kwargs)
            except Exception as error:
                self._finish(begun, error=f"{type(error).__name__}: {error}")
                raise
            self._finish(begun, status=getattr(response, status, None))
            return response

        return call

    def _wrapped_coroutine(
        self, original: Callable[..., Any], describe: Callable[..., Any], status: str
    ) -> Callable[..., Any]:
        @functools.wraps(original)
        async def call(client: Any, *args: Any, **kwargs: Any) -> Any:
            begun = self._begin(*describe(args, kwargs))
            try:
                response = await original(client, *args, **kwargs)
            except BaseException as error:
                self._finish(begun, error=f"{type(error).__name__}: {error}")
                raise
            self._finish(begun, status=getattr(response, status, None))
            return response

        return call


def _whole_url(connection: Any, url: str) -> str:
    if "://" in url:
        return url
    scheme = "https" if connection.default_port == _HTTPS_PORT else "http"
    host, port = connection.host, connection.port
    tunnel = getattr(connection, "_tunnel_host", None)
    if tunnel:
        host, port = tunnel, getattr(connection, "_tunnel_port", port)
    place = f"[{host}]" if ":" in str(host) else host
    return f"{scheme}://{place}{url}" if port == connection.default_port else f"{scheme}://{place}:{port}{url}"
