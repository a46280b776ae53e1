"""Long files, sent as they are read: the largest needs no more memory than a small one."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Download(Generic[Item]):
    """A file in the making: what it begins with, then a text for each item of each batch."""

    name: str
    content_type: str
    batches: Iterator[Sequence[Item]]
    line: Callable[[Item], str]
    head: str = ""

    def response(self) -> StreamingHttpResponse:
        headers = {
            "Content-Disposition": f'attachment; filename="{self.name}"',
            "Cache-Control": "private, no-store",
        }
        return StreamingHttpResponse(self._text(), content_type=self.content_type, headers=headers)

    async def _text(self) -> AsyncIterator[str]:
        """Yield the file in pieces. A batch is read in the thread of the request, whose database connection it is."""

        def read() -> Sequence[Item]:
            return next(self.batches, ())

        yield self.head
        while batch := await sync_to_async(read)():
            yield "".join(map(self.line, batch))
