from collections.abc import Mapping
from typing import Any

from asgiref.sync import async_to_sync

from tests.console.api.conftest import api

__all__ = ["api", "texts_of"]


async def _read(answer: Any) -> bytes:
    return b"".join([part async for part in answer])


def texts_of(answers: Mapping[Any, Any]) -> dict[Any, str]:
    """Return the text of each answer that is a page or a part of one."""
    return {
        place: (async_to_sync(_read)(answer) if answer.streaming else answer.content).decode()
        for place, answer in answers.items()
        if answer["Content-Type"].startswith("text/html")
    }
