"""Logs for machines: one JSON object a line, with what a request cost and never what it was about."""

import logging
import re
import sys
import traceback
from time import perf_counter
from typing import Any, TextIO
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict, WrappedLogger

HEADER = "X-Request-Id"
_REQUESTS = logging.getLogger("underlag.requests")
_FORM = re.compile(r"[A-Za-z0-9._-]{8,64}")
#: Ten or twelve digits that begin with a day, as a personnummer or samordningsnummer does.
_PERSONAL_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(?:\d{2})?\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01]|[6-8]\d|9[01])[-+ ]?\d{4}(?![0-9A-Za-z])"
)
_MASK = "[personnummer]"


def write_json_logs(stream: TextIO | None = None) -> None:
    """Let every logger of the process write JSON lines, ours and those of the libraries.

    Parameters
    ----------
    stream : text stream or None
        Standard output where none is given; standard error stays for the person at the terminal.
    """
    handler = logging.StreamHandler(stream or sys.stdout)
    described: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        name_places_only,
        mask_personal_numbers,
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=described,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("underlag").setLevel(logging.INFO)


def mask_personal_numbers(_: WrappedLogger | None, __: str, event: EventDict) -> EventDict:
    """Put a mask over everything that has the form of a personal number, wherever it stands."""
    return {name: _masked(value) for name, value in event.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return _PERSONAL_NUMBER.sub(_MASK, value)
    if isinstance(value, dict):
        return {_masked(name): _masked(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(part) for part in value]
    return value


def name_places_only(_: WrappedLogger | None, __: str, event: EventDict) -> EventDict:
    """Say of an error which kind it is and where it arose; its own text may repeat what somebody sent."""
    record: logging.LogRecord = event["_record"]
    error = record.exc_info
    event.pop("exc_info", None)
    if error and error[0] is not None:
        event["event"] = str(record.msg)  # without what a library put into it, such as an address
        event["error"] = error[0].__name__
        event["places"] = places_of(error[2])
    return event


def places_of(trace: Any) -> list[str]:
    """Where an error passed by, innermost last."""
    return [f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(trace)]


def name_requests(app: Flask) -> None:
    """Give every request an id, tell it in the answer, and log what the request cost."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.request_began = perf_counter()
    given = request.headers.get(HEADER, "")
    is_usable = _FORM.fullmatch(given) and not _PERSONAL_NUMBER.search(given)
    g.request_id = given if is_usable else uuid4().hex


def _end(response: Response) -> Response:
    identity = g.get("request_id") or uuid4().hex
    response.headers[HEADER] = identity
    caller = g.get("underlag_caller")
    fields = {
        "request_id": identity,
        "method": method_of_request(),
        "route": route_of_request(),
        "status": response.status_code,
        "milliseconds": round(seconds_of_request() * 1000, 1),
        "account": caller.account if caller is not None else None,
    }
    _REQUESTS.info("request", extra=fields)
    return response


def seconds_of_request() -> float:
    """How long the current request has taken until now."""
    began: float = g.get("request_began", perf_counter())
    return perf_counter() - began


def route_of_request() -> str:
    """The rule of the route, never the address with its keys and its query."""
    return request.url_rule.rule if request.url_rule else "no route"


def method_of_request() -> str:
    """The method, where it is one that there is: anybody can make up others."""
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return request.method if request.method in known else "other"
