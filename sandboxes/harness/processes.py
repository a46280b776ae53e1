"""Sees the processes that the agent starts: what, where, how long, how they ended, and what they said to it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any, Optional

from sandboxes.harness.audit import Handler
from sandboxes.harness.recorder import Recorder
from sandboxes.harness.text import as_text, shortened

_STEP = "_callboard_step"
_MAX_ARGUMENTS = 200


class ProcessEvents:
    """Pairs the audit events with what they can't tell, through the few methods that everybody goes through."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._here = threading.local()

    def handlers(self) -> dict[str, Handler]:
        return {
            "subprocess.Popen": self._popen,
            "os.exec": lambda path, args, _env: self._alone(path, args),
            "os.posix_spawn": lambda path, args, _env: self._alone(path, args),
        }

    def install(self) -> None:
        os.system = self._wrapped_system(os.system)

    def late_patches(self) -> dict[str, Callable[[Any], None]]:
        """Return what to do with modules once they are imported."""
        return {"subprocess": self._patch_subprocess, "asyncio.subprocess": self._patch_asyncio}

    def _patch_subprocess(self, subprocess: Any) -> None:
        popen = subprocess.Popen
        popen.__init__ = self._wrapped_init(popen.__init__)
        popen.communicate = self._wrapped_communicate(popen.communicate)
        popen.returncode = _ReturnCode(self._ended)

    def _popen(self, executable: Any, args: Any, cwd: Any, _env: Any) -> None:
        self._here.begun = self._begin(executable, args, cwd)

    def _alone(self, path: Any, args: Any) -> None:
        """A process that nothing pairs with; what Popen itself starts is already told."""
        if not getattr(self._here, "in_popen", False):
            self._begin(path, args, None)

    def _begin(self, executable: Any, args: Any, cwd: Any) -> tuple[Optional[str], float]:
        argv = [args] if isinstance(args, (str, bytes, os.PathLike)) else list(args or [executable])
        data = {
            "argv": [shortened(os.fsdecode(part)) for part in argv[:_MAX_ARGUMENTS]],
            "cwd": os.fsdecode(cwd) if cwd is not None else _current_folder(),
        }
        return self._recorder.step("process", data), time.monotonic()

    def _wrapped_init(self, original: Callable[..., None]) -> Callable[..., None]:
        def __init__(popen: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807  # stands in for it
            self._here.begun, self._here.in_popen = None, True
            try:
                original(popen, *args, **kwargs)
            except BaseException as error:
                self._finish(self._here.begun, {"error": f"{type(error).__name__}: {error}"})
                raise
            finally:
                self._here.in_popen = False
            popen.__dict__[_STEP] = self._here.begun

        __init__.__doc__ = original.__doc__
        return __init__

    def _wrapped_communicate(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def communicate(popen: Any, *args: Any, **kwargs: Any) -> Any:
            answer = original(popen, *args, **kwargs)
            self._said(popen.__dict__.get(_STEP), *answer)
            return answer

        communicate.__doc__ = original.__doc__
        return communicate

    def _said(self, begun: Optional[tuple[Optional[str], float]], stdout: Any, stderr: Any) -> None:
        said = {name: as_text(text) for name, text in (("stdout", stdout), ("stderr", stderr)) if text}
        if begun is not None and said:
            self._recorder.update(begun[0], said)

    def _ended(self, popen: Any, code: int) -> None:
        self._finish(popen.__dict__.get(_STEP), {"exit_code": code})

    def _finish(self, begun: Optional[tuple[Optional[str], float]], data: dict[str, Any]) -> None:
        if begun is not None:
            step_id, began = begun
            self._recorder.update(step_id, {**data, "duration_ms": round((time.monotonic() - began) * 1000)})

    def _wrapped_system(self, original: Callable[..., int]) -> Callable[..., int]:
        def system(command: Any) -> int:
            begun = self._begin(None, ["/bin/sh", "-c", command], None)
            status = original(command)
            self._finish(begun, {"exit_code": os.waitstatus_to_exitcode(status)})
            return status

        return system

    def _patch_asyncio(self, asyncio_subprocess: Any) -> None:
        process = asyncio_subprocess.Process
        original = process.communicate

        async def communicate(this: Any, *args: Any, **kwargs: Any) -> Any:
            answer = await original(this, *args, **kwargs)
            popen = this._transport.get_extra_info("subprocess")  # noqa: SLF001  # there is no other way to it
            self._said(getattr(popen, "__dict__", {}).get(_STEP), *answer)
            return answer

        process.communicate = communicate


class _ReturnCode:
    """Stands for `Popen.returncode`, which is set wherever a process is waited for: by wait, poll, run and asyncio."""

    def __init__(self, on_end: Callable[[Any, int], None]) -> None:
        self._on_end = on_end

    def __get__(self, popen: Any, owner: Any = None) -> Any:
        if popen is None:
            return self
        try:
            return popen.__dict__["returncode"]
        except KeyError:
            raise AttributeError("returncode") from None

    def __set__(self, popen: Any, value: Optional[int]) -> None:
        before = popen.__dict__.get("returncode")
        popen.__dict__["returncode"] = value
        if value is not None and before is None:
            self._on_end(popen, value)


def _current_folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109  # a text is wanted
    except OSError:
        return ""
