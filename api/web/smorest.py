"""flask-smorest as Underlag uses it: strict reading of requests, problems in one shape, documentation in 3.1."""

from collections import deque
from collections.abc import Callable, Mapping
from functools import cache, partial
from http import HTTPStatus
from threading import Lock
from typing import Any, NoReturn, TypeVar, cast

from apispec import APISpec, BasePlugin
from flask import Flask, Request, Response, current_app, request
from flask_smorest import Api, Blueprint
from marshmallow import Schema, ValidationError
from marshmallow.fields import Field
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException

from api.web.json_reading import UnreadableBodyError, read_json
from api.web.problem_schemas import ProblemSchema
from api.web.problems import MIMETYPE, Problem
from api.web.shape import NEEDED, Shape, read_shape
from instruments.faults import Fault

ErrorResponder = Callable[[HTTPException], Response]
EXTENSION = "underlag_api"
View = TypeVar("View", bound=Callable[..., Any])
#: The header of an answer that can be asked for again by its tag.
ETAG: Mapping[str, Any] = {
    "ETag": {"description": "Changes with what is answered.", "required": True, "schema": {"type": "string"}}
}
#: The names of the one encoding that JSON is sent in. ASCII is a part of it.
UTF_8 = ("utf-8", "utf8", "us-ascii", "ascii")


class OperationError(RuntimeError):
    """An operation without a name of its own."""


class ShapeParser(FlaskParser):
    """Hands the view a `Shape`: what can be read, with the faults of the rest, so that all are told together."""

    def parse(self, argmap: Any, req: Request | None = None, *, location: str | None = None, **_: Any) -> Shape:
        schema: Schema = _schema_of(argmap) if isinstance(argmap, type) else argmap
        if location == "query":
            return _read_query(schema)
        body, faults = read_body(request)
        if not isinstance(body, dict):
            raise Problem("invalid-input", tuple(faults or [Fault("not-an-object", "")]))
        shape = read_shape(schema, body)
        refused = {fault.where for fault in faults}
        return Shape(shape.parts, (*faults, *(each for each in shape.faults if not _lies_under(each.where, refused))))

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> NoReturn:
        raise error  # `parse` above never comes here


@cache
def _schema_of(kind: type[Schema]) -> Schema:
    """A schema, made at its first request: to make one costs more than to read by it, and reading never changes it."""
    return kind()


def read_body(incoming: Request) -> tuple[Any, list[Fault]]:
    """The JSON body of a request; see `api.web.json_reading.read_json`.

    Raises
    ------
    Problem
        If it is not announced as plain JSON in UTF-8, or cannot be read as such.
    """
    encoding = incoming.headers.get("Content-Encoding", "identity").strip().lower()
    charset = incoming.mimetype_params.get("charset", "utf-8").strip().lower()
    if not incoming.is_json or encoding not in ("", "identity") or charset not in UTF_8:
        raise Problem("unsupported-media-type", headers={"Accept-Post": "application/json"})
    raw = incoming.get_data(cache=False)
    refuse_cut_body(incoming)
    try:
        return read_json(raw)
    except UnreadableBodyError as error:
        raise Problem(error.code) from None


def refuse_cut_body(incoming: Request) -> None:
    """Refuse a body that was sent in pieces and is longer than what is read; werkzeug would cut it in silence.

    Raises
    ------
    RequestEntityTooLarge
    """
    if incoming.content_length is None:
        incoming.stream.read(1)  # one byte beyond the limit is what makes the stream complain


def _lies_under(where: str, others: set[str]) -> bool:
    """Whether a place is one of others or within one; asked of its own few levels, not of every other place."""
    while where not in others:
        if not where:
            return False
        where = where.rpartition("/")[0]
    return True


def _read_query(schema: Schema) -> Shape:
    given = {}
    faults = []
    for name, values in request.args.lists():
        given[name] = values[-1]
        if not values[-1]:
            faults.append(Fault("text-missing", f"?{name[:80]}", {"name": name[:80]}))
        if len(values) > 1:
            faults.append(Fault("repeated-key", f"?{name[:80]}", {"name": name[:80]}))
    shape = read_shape(schema, given)
    places = {fault.where for fault in faults}
    placed = [Fault(each.code, f"?{each.where.lstrip('/')}", each.parameters) for each in shape.faults]
    placed = [each for each in placed if each.where not in places]  # one fault a parameter
    if faults or placed:
        raise Problem("bad-request", (*faults, *placed))
    return shape


class RestBlueprint(Blueprint):
    """A group of routes that read requests as `Shape`."""

    ARGUMENTS_PARSER = ShapeParser()
    PAGINATION_HEADER_NAME = None

    def arguments(self, schema: Any, *, location: str = "json", **more: Any) -> Callable[[View], View]:
        """Read a request by a schema; an address that cannot be read is answered with 400, a body with 422."""
        if location == "query":
            more["error_status_code"] = HTTPStatus.BAD_REQUEST.value
        decorator: Callable[[View], View] = super().arguments(schema, location=location, **more)
        return decorator

    def register_views_in_doc(self, api: "RestApi", app: Flask, spec: APISpec, **more: Any) -> None:
        """Hand over the documentation of the routes, which is not written before somebody asks for it."""
        for endpoint, operations in self._docs.items():
            for method in operations.keys() - {"parameters"}:
                name = operations[method].get("manual_doc", {}).get("operationId")
                api.require_own_name(name, f"{method} {endpoint}")
        api.document_later(partial(super().register_views_in_doc, api, app, spec, **more))


def _say_needed(_: Any, field: Field[Any], **__: Any) -> dict[str, bool]:
    """Document as required what the view needs, and tells of itself when it is not there."""
    return {"required": True} if field.metadata.get(NEEDED) else {}


class RestApi(Api):
    """The documented part of the application.

    Parameters
    ----------
    respond : callable
        Answers any HTTP error of the whole application: programs and readers of pages get different answers.
    describe : BasePlugin
        Adds to the documentation of an operation what follows from its declarations.
    """

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask, respond: ErrorResponder, describe: BasePlugin) -> None:
        self._respond = respond
        self._names: set[str] = set()
        self._undocumented: deque[Callable[[], None]] = deque()
        self._documenting = Lock()
        super().__init__(app, spec_kwargs={"extra_plugins": [describe]})
        app.extensions[EXTENSION] = self
        self.ma_plugin.converter.add_parameter_attribute_function(_say_needed)

    def require_own_name(self, name: str | None, operation: str) -> None:
        """Make sure that an operation has a name, and that no other has it.

        Raises
        ------
        OperationError
        """
        if name is None or name in self._names:
            raise OperationError(f'Put @blueprint.doc(operationId="...") with a new name on {operation} ({name})')
        self._names.add(name)

    def document_later(self, document: Callable[[], None]) -> None:
        """Take what documents some routes, to be called at the first request for the documentation."""
        self._undocumented.append(document)

    def document(self) -> dict[str, Any]:
        """Write what of the documentation is not written yet, and give the whole OpenAPI document."""
        with self._documenting:
            while self._undocumented:
                self._undocumented[0]()
                self._undocumented.popleft()
        document: dict[str, Any] = self.spec.to_dict()
        return document

    def _openapi_json(self) -> Response:
        self.document()
        response: Response = super()._openapi_json()
        return response

    def _register_responses(self) -> None:
        self.document_later(self._document_problems)

    def _document_problems(self) -> None:
        # The same lazy entries as flask-smorest's own, with the media type that problems really have.
        for name, description in [
            ("DEFAULT_ERROR", "Anything else that went wrong, in the same form."),
            *((status.name, status.phrase) for status in HTTPStatus),
        ]:
            content = {"content": {MIMETYPE: {"schema": self.ERROR_SCHEMA}}} if name != "NOT_MODIFIED" else {}
            self.spec.components.response(name, {"description": description, **content}, lazy=True)

    def _register_error_handlers(self) -> None:
        # flask-smorest would answer every error of the application as JSON of its own form, and lose `Allow`.
        self._app.register_error_handler(HTTPException, self._respond)


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document of the application that answers the current request."""
    return cast(RestApi, current_app.extensions[EXTENSION]).document()
