"""What the body of a request to the API may be."""

from typing import Any, cast

from django.http import HttpRequest
from ninja.parser import Parser

from evaluation.strict_json import NotJson, read


class BodyParser(Parser):
    """Takes JSON as the standard has it, at most 64 levels deep: what is deeper would end in the reader, not in us."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the body says; raise NotJson with the reason, which the answer gives."""
        try:
            text = request.body.decode()
        except UnicodeDecodeError as error:
            raise NotJson(f"It is not UTF-8 at byte {error.start + 1:,}.") from error
        return cast("dict[str, Any]", read(text))
