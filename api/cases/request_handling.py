"""How the routes of records handle a request: its unit of work, what was sent, a further permission, the answer."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Response, request

from api.access.actors import caller_unit
from api.access.auditing import record_refusal
from api.access.caller import the_caller
from api.context.unit import Unit
from api.web.negotiation import json_answer
from api.web.problems import Problem, invalid_input
from api.web.shape import Shape
from instruments.faults import InputError


@contextmanager
def route_unit() -> Iterator[Unit]:
    """A unit of work in the name of the caller of a route, which refuses input that cannot be used, with every fault.

    Raises
    ------
    Problem
        Kind ``invalid-input``.
    RecordError, StoreUnavailableError
    """
    try:
        with caller_unit() as unit:
            yield unit
    except InputError as error:
        raise invalid_input(error.faults) from None


def parts_of(shape: Shape) -> Mapping[str, Any]:
    """What was sent, where all of it has the right shape.

    Raises
    ------
    Problem
        Kind ``invalid-input``.
    """
    if shape.faults:
        raise Problem("invalid-input", shape.faults)
    return shape.parts


def require(action: str) -> None:
    """Make sure that the caller may do something more than what the route needs of everyone.

    Raises
    ------
    Problem
        Kind ``forbidden``, after the refusal was recorded in the audit log.
    """
    caller = the_caller()
    if not caller.may(action):
        record_refusal(caller, action)
        raise Problem("forbidden")


def answer(data: Any, *, etag: str | None = None, status: int = 200, location: str | None = None) -> Response:
    """An answer with a strong ETag, that nobody on the way keeps; 304 where the caller has it already.

    Parameters
    ----------
    etag : str or None
        What changes with the record; None to take a digest of the answer itself.
    """
    # a database gives names back in an order of its own, and the same record is to be the same bytes
    response = json_answer(data, sort_keys=True)
    response.status_code = status
    response.set_etag(etag or hashlib.sha256(response.get_data()).hexdigest())
    if location is not None:
        response.headers["Location"] = location
    if request.method in ("GET", "HEAD"):
        response.make_conditional(request)  # changes it in place
    return response
