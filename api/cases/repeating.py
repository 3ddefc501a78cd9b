"""``Idempotency-Key``: a request that is sent again, since its answer was lost, is not carried out again.

Only what was made is kept, by name, and for a day; the answer is made anew from it. What was purged since is therefore
not in it, and what the caller may no longer see is refused as everywhere else.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response, current_app, request
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from api.cases.request_handling import answer, route_unit
from api.context.unit import Unit
from api.store.refusals import RuleError
from api.store.request_tables import AnsweredRequest
from api.web.problems import Problem
from instruments.faults import Fault

#: A program that has not had its answer for a day asks a person. Kept longer, the rows would be a second journal.
KEPT = timedelta(hours=24)
HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,80}")

#: The header as the documentation shows it.
IDEMPOTENCY_KEY: Mapping[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": (
        "Chosen by the caller, new for each thing to be made. For 24 hours the same key with the same request gives "
        "the same answer and makes nothing more; with another request it is refused."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 80, "pattern": "^[\\x21-\\x7e]+$"},
}


@dataclass(frozen=True)
class Made:
    """What was made, and the answer that shows it.

    Parameters
    ----------
    case : str
        The case that it is of.
    records : tuple of str
        Its keys.
    data : callable
        Makes what the answer shows, once the unit of work has ended: nobody who wants to write waits for that.
    location : str
        Where it can be read.
    etag : str or None
        What changes with it; None to take a digest of the answer.
    """

    case: str
    records: tuple[str, ...]
    data: Callable[[], Any]
    location: str
    etag: str | None = None


Make = Callable[[Unit], Made]
Again = Callable[[Unit, tuple[str, ...]], Made]


class _AtOnceError(Exception):
    """The same request is being carried out at this moment."""


def create(body: Mapping[str, Any], make: Make, again: Again) -> Response:
    """Make something in one unit of work, once for each ``Idempotency-Key``.

    Parameters
    ----------
    body : Mapping
        What was sent, as it was read.
    make : callable
        Makes it.
    again : callable
        Shows what was made before, by its keys.

    Raises
    ------
    Problem
        Kind ``bad-request`` for a key that is none.
    RuleError
        ``idempotency-key-reused``.
    """
    key = request.headers.get(HEADER)
    if key is None:
        with route_unit() as unit:
            made = make(unit)
        return _answer(made)
    if not _KEY.fullmatch(key):
        raise Problem("bad-request", (Fault("bad-idempotency-key", f"?{HEADER}", {"most": 80}),))
    digest = _digest(body)
    try:
        made = _once(key, digest, make, again)
    except _AtOnceError:
        made = _once(key, digest, make, again)  # by now it is known what was made
    return _answer(made)


def _answer(made: Made) -> Response:
    return answer(made.data(), etag=made.etag, status=201, location=made.location)


def _once(key: str, digest: str, make: Make, again: Again) -> Made:
    with route_unit() as unit:
        session, account = unit.session, unit.actor.id
        session.execute(delete(AnsweredRequest).where(AnsweredRequest.made_at < unit.now - KEPT))
        known = session.get(AnsweredRequest, (account, key))
        if known is not None:
            if not hmac.compare_digest(known.digest, digest):
                raise RuleError("idempotency-key-reused")
            return again(unit, tuple(known.records.split()))
        row = AnsweredRequest(account_id=account, key=key, digest=digest, records="", made_at=unit.now)
        session.add(row)
        try:
            session.flush()  # whoever sends the same now waits here
        except IntegrityError:
            raise _AtOnceError from None
        made = make(unit)
        row.case_id, row.records = made.case, " ".join(made.records)
    return made


def _digest(body: Mapping[str, Any]) -> str:
    """A keyed digest of the request: what was sent can be so little that a plain one could be guessed from."""
    conditions = request.headers.get("If-Match", "")
    sent = json.dumps([request.method, request.path, conditions, dict(body)], sort_keys=True, default=str)
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"request\0{sent}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
