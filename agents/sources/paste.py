from collections.abc import Mapping

from pydantic import JsonValue

from agents.sources.base import KILOBYTE, Code, FetchContext, Source, entrypoint_problem
from console.errors import Problem

MOST_BYTES = 200 * KILOBYTE
FILE_NAME = "main.py"


class PasteSource(Source):
    """One module, typed or pasted in: `{"kind": "paste", "code": …}`."""

    def problems(
        self,
        data: Mapping[str, JsonValue],
        *,
        entrypoint: str,
        entrypoint_file: str,  # noqa: ARG002  # there is only one file
    ) -> list[Problem]:
        code = data.get("code")
        if not isinstance(code, str) or set(data) != {"kind", "code"}:
            return [Problem("Give the code as text, and nothing else.", "source", "code")]
        if not code.strip():
            return [Problem("Paste the agent's code.", "source", "code")]
        size = len(code.encode("utf-8", "surrogatepass"))
        if size > MOST_BYTES:
            return [
                Problem(
                    f"The code has {-(-size // KILOBYTE)} KB. Paste at most 200 KB, or use Multiple files.",
                    "source",
                    "code",
                )
            ]
        problem = entrypoint_problem(code, entrypoint=entrypoint, file_name=FILE_NAME)
        return [problem] if problem else []

    def fetch(self, data: Mapping[str, JsonValue], context: FetchContext) -> Code:  # noqa: ARG002  # it is all here
        return Code(FILE_NAME, {FILE_NAME: str(data["code"]).encode()})
