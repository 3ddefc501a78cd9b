"""Every failure in one shape: ``application/problem+json`` by RFC 9457, in the reader's language.

Clients depend on ``type`` and on the ``code`` of each error, never on a sentence.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask import Response, json, request
from werkzeug.exceptions import HTTPException

from api.store.refusals import REFUSALS
from instruments.faults import Fault, first_faults
from instruments.messages import Catalogue, Message

MIMETYPE = "application/problem+json"

#: Every kind of problem and the status that it is told with.
KINDS: Mapping[str, HTTPStatus] = {
    "bad-request": HTTPStatus.BAD_REQUEST,
    "not-json": HTTPStatus.BAD_REQUEST,
    "wrong-encoding": HTTPStatus.BAD_REQUEST,
    "forged-request": HTTPStatus.BAD_REQUEST,
    "unknown-host": HTTPStatus.BAD_REQUEST,
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
    "forbidden": HTTPStatus.FORBIDDEN,
    "ground-required": HTTPStatus.FORBIDDEN,
    "not-found": HTTPStatus.NOT_FOUND,
    "method-not-allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "not-acceptable": HTTPStatus.NOT_ACCEPTABLE,
    "too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "address-too-long": HTTPStatus.REQUEST_URI_TOO_LONG,
    "headers-too-large": HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "unsupported-media-type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "invalid-input": HTTPStatus.UNPROCESSABLE_ENTITY,
    "guidance-not-in-force": HTTPStatus.UNPROCESSABLE_ENTITY,
    "too-many-requests": HTTPStatus.TOO_MANY_REQUESTS,
    "internal-error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "not-ready": HTTPStatus.SERVICE_UNAVAILABLE,
    "precondition-required": HTTPStatus.PRECONDITION_REQUIRED,
    "precondition-failed": HTTPStatus.PRECONDITION_FAILED,
    **REFUSALS,
}
_BY_STATUS = {
    400: "bad-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    412: "precondition-failed",
    413: "too-large",
    414: "address-too-long",
    415: "unsupported-media-type",
    422: "invalid-input",
    428: "precondition-required",
    431: "headers-too-large",
    429: "too-many-requests",
    503: "not-ready",
}
#: What werkzeug says in headers of an error and a client needs.
_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


@dataclass
class Problem(Exception):  # noqa: N818 -- the word of RFC 9457
    """A request that cannot be answered.

    Parameters
    ----------
    code : str
        One of `KINDS`.
    faults : tuple of Fault
        What is wrong; ``where`` is a JSON pointer into the body, or ``?name`` for a query parameter.
    status : HTTPStatus or None
        Where it differs from the usual one of the kind.
    members : Mapping
        What more is told beside the members of RFC 9457, such as both versions of what two people saved.
    """

    code: str
    faults: tuple[Fault, ...] = ()
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Any] = field(default_factory=dict)


def invalid_input(faults: Iterable[Fault]) -> Problem:
    """The problem of faults in a body; a guidance that was not yet in force has a type of its own."""
    every = tuple(faults)
    is_early = any((fault.code, fault.where) == ("not-in-force", "/guidance") for fault in every)
    return Problem("guidance-not-in-force" if is_early else "invalid-input", every)


def problem_of(error: HTTPException) -> Problem:
    """The problem of an error that Flask or werkzeug raised. What it says of itself is not repeated."""
    status = error.code or 500
    code = _BY_STATUS.get(status, "bad-request" if status < 500 else "internal-error")
    headers = {name: value for name, value in error.get_headers() if name in _KEPT_HEADERS}
    return Problem(code, status=status, headers=headers)


def language_of_request() -> str:
    """The language of problems: what ``Accept-Language`` asks for, else English, which programs log."""
    return request.accept_languages.best_match(["en", "sv"], default="en")


def as_data(problem: Problem, catalogue: Catalogue, language: str) -> dict[str, Any]:
    """The members of RFC 9457, and ``errors`` with one entry a fault: the first ones, and how many more there are."""
    listed, more = first_faults(problem.faults)
    status = problem.status or KINDS[problem.code]
    return {
        "type": f"/problems/{problem.code}",
        "title": catalogue.text(f"problem.{problem.code}.title", language),
        "status": int(status),
        "detail": catalogue.text(f"problem.{problem.code}.detail", language),
        "instance": request.path,
        "errors": [_error(fault, catalogue, language) for fault in listed],
        **({"more_errors": more} if more else {}),
        **problem.members,
    }


def _error(fault: Fault, catalogue: Catalogue, language: str) -> dict[str, str]:
    place = {"parameter": fault.where[1:]} if fault.where.startswith("?") else {"pointer": fault.where}
    detail = catalogue.render(Message(f"fault.{fault.code}", fault.parameters), language)
    return {**place, "code": fault.code, "detail": detail}


def respond(problem: Problem, catalogue: Catalogue) -> Response:
    """The answer that tells a problem to a program."""
    language = language_of_request()
    body = as_data(problem, catalogue, language)
    response = Response(json.dumps(body, ensure_ascii=False), status=body["status"], mimetype=MIMETYPE)
    response.headers.update(problem.headers)
    response.headers["Content-Language"] = language
    response.vary.add("Accept-Language")
    return response
