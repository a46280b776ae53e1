"""Does something with a module right after it was imported, whenever the agent imports it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Optional

Patch = Callable[[Any], None]


def after_import(patches: dict[str, Patch]) -> None:
    for name in sys.modules.keys() & patches.keys():
        patches[name](sys.modules[name])
    sys.meta_path.insert(0, _Finder(patches))  # duck-typed: importlib.abc would cost its import


class _Finder:
    """Finds the named modules where they would be found anyway, and wraps what loads them."""

    def __init__(self, patches: dict[str, Patch]) -> None:
        self._patches = patches

    def find_spec(
        self, name: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        patch = self._patches.get(name)
        if patch is None:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, patch)  # type: ignore[assignment]
        return spec


class _Loader:
    def __init__(self, inner: Any, patch: Patch) -> None:
        self._inner = inner
        self._patch = patch

    def create_module(self, spec: ModuleSpec) -> Optional[ModuleType]:
        created: Optional[ModuleType] = self._inner.create_module(spec)
        return created

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._inner  # nobody after us needs to know
        module.__loader__ = self._inner
        self._inner.exec_module(module)
        with contextlib.suppress(Exception):  # a version we don't know: what goes through it is then not seen
            self._patch(module)
