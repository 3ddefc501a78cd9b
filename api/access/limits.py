"""How often one address may fail to get in, whatever names it tries; counted in the database, for every process."""

from flask import current_app, request

from api.access.auditing import audit_event, record_event_alone
from api.access.caller import NOBODY
from api.access.lockout import WINDOW, count_try, tries_of
from api.context.context import current_context
from api.web.metrics import the_metrics
from api.web.problems import Problem

#: Failures of one kind from one address in a quarter of an hour.
BY_ADDRESS = 30


def refuse_after_failures(kind: str) -> None:
    """Refuse an address that has failed too often. A whole office may share one, so that only failures count.

    Raises
    ------
    Problem
        Kind ``too-many-requests``.
    """
    if tries_of(_address(kind)) >= _most():
        window = int(WINDOW.total_seconds())
        left = window - int(current_context().now().timestamp()) % window
        raise Problem("too-many-requests", headers={"Retry-After": str(left)})


def count_failure(kind: str) -> None:
    """Count a failure of the request's address; the one that locks it out is recorded in the audit log."""
    the_metrics().log_in_failures.labels(kind).inc()
    if count_try(_address(kind)) == _most():
        record_event_alone(audit_event("log_in", kind, actor=NOBODY, outcome="too_many"))


def _address(kind: str) -> str:
    """What the address is counted under: in every quarter of an hour anew, however steadily an office fails."""
    quarter = int(current_context().now().timestamp() // WINDOW.total_seconds())
    return f"address {kind} {request.remote_addr or 'unknown'} {quarter}"


def _most() -> int:
    return int(current_app.config.get("UNDERLAG_FAILURES_BY_ADDRESS", BY_ADDRESS))
