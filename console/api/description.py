"""The OpenAPI description: what ninja reads from the handlers, and the errors that any operation may answer with."""

from http import HTTPStatus
from typing import Any, NamedTuple

from ninja import Field, NinjaAPI, Schema
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from pydantic import ConfigDict, JsonValue


class ProblemOut(Schema):
    """One thing wrong with what was sent, and where."""

    path: list[str | int] = Field(description="the field, outermost first; empty is the body as a whole")
    field: str = Field(description="the same path with dots")
    message: str


class DetailsOut(Schema):
    """What else there is to say; some errors have facts of their own here."""

    model_config = ConfigDict(extra="allow")

    problems: list[ProblemOut] = Field([], description="what is wrong with each field")
    errors: list[dict[str, Any]] = Field([], description="`{row, column, message}` of each row of a file that is wrong")


class ErrorOut(Schema):
    code: str = Field(description="what went wrong, for programs")
    message: str = Field(description="what went wrong and what to do, for people")
    details: DetailsOut


class ErrorBody(Schema):
    """The body of every error."""

    error: ErrorOut


class _Told(NamedTuple):
    """One status: what it says, and an error that comes with it. `takes_body` keeps it to operations with a body."""

    words: str
    code: str
    message: str
    details: dict[str, JsonValue]
    takes_body: bool = False

    @property
    def response(self) -> dict[str, Any]:
        error = {"code": self.code, "message": self.message, "details": self.details}
        schema = {"$ref": REF_TEMPLATE.format(model=ErrorBody.__name__)}
        return {
            "description": self.words,
            "content": {"application/json": {"schema": schema, "example": {"error": error}}},
        }


_PROBLEM: JsonValue = {"path": ["run_timeout_s"], "field": "run_timeout_s", "message": "Use 1 to 1800 seconds."}
_TOLD = {
    HTTPStatus.BAD_REQUEST: _Told(
        "The body is not JSON, or no form with a file.", "bad_request", "The body can't be used. It is not JSON.", {},
        takes_body=True,
    ),
    HTTPStatus.UNAUTHORIZED: _Told(
        "There is no token, or one that is wrong, revoked or too old.", "not_signed_in",
        "Send a token of this instance as a bearer token: Authorization: Bearer cb_…", {},
    ),
    HTTPStatus.FORBIDDEN: _Told(
        "The role, or the scope of the token, does not allow it; or a session came without its CSRF token.",
        "forbidden", "Your role does not allow this. It takes Org Admin or higher.", {},
    ),
    HTTPStatus.NOT_FOUND: _Told(
        "There is no such thing, or it is another organization's: the two look alike.", "not_found",
        "There is no agent 'agt_01K9X4Z7QD8M3V5T2B6N8C1F0A' here.", {},
    ),
    HTTPStatus.CONFLICT: _Told(
        "It does not fit the present state of things.", "name_taken",
        "There is an agent named 'hello' already. Choose another name.", {},
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _Told(
        "What was sent is larger than a limit allows.", "too_large", "The body is larger than 20 MB. Send it in parts.",
        {}, takes_body=True,
    ),
    HTTPStatus.UNPROCESSABLE_ENTITY: _Told(
        "What was sent can't be used. `details.problems` names each field.", "agent_invalid", "Use 1 to 1800 seconds.",
        {"problems": [_PROBLEM]},
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: _Told(
        "The database, the broker or the disk is not there at the moment.", "database_away",
        "The database does not answer. It may be starting.", {"fix": "Try again in a moment."},
    ),
}  # fmt: skip


class DescribedApi(NinjaAPI):
    """An API whose description says how it refuses, once for all operations."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        _describe_errors(schema)
        return schema


def _describe_errors(schema: OpenAPISchema) -> None:
    """Add the shape of errors, each status as a response of its own, and to every operation those it may answer."""
    components = schema["components"]
    shape = ErrorBody.model_json_schema(ref_template=REF_TEMPLATE)
    components["schemas"] |= {**shape.pop("$defs"), ErrorBody.__name__: shape}
    components["responses"] = {status.name: told.response for status, told in _TOLD.items()}
    for operations in schema["paths"].values():
        for operation in operations.values():
            for status, told in _TOLD.items():
                if "requestBody" in operation or not told.takes_body:
                    reference = {"$ref": f"#/components/responses/{status.name}"}
                    operation["responses"].setdefault(status.value, reference)
