"""Audit events of accounts: who logged in, who tried, who was refused. Never a name that was typed."""

from flask import g, has_request_context, request

from api.access.caller import Caller, the_caller
from api.context.context import current_context
from api.store.audit_chain import AuditEvent, record_event


def request_id() -> str:
    """What ties the audit to the logs; empty where the service gives requests no name."""
    return str(g.get("request_id", ""))[:80] if has_request_context() else ""


def audit_event(
    action: str,
    kind: str,
    *,
    actor: str | None = None,
    case: str | None = None,
    record: str | None = None,
    ground: str = "",
    outcome: str = "done",
) -> AuditEvent:
    """What the caller of the current request did; ``actor`` where that is not who has logged in."""
    who = actor or the_caller().actor
    return AuditEvent(current_context().now(), who, action, kind, case, record, ground, request_id(), outcome)


def record_event_alone(each: AuditEvent) -> None:
    """Record an event in a unit of work of its own."""
    with current_context().database.unit_of_work() as session:
        record_event(session, each)


def record_refusal(caller: Caller, action: str) -> None:
    """Record that a caller was refused what a route needs."""
    case = (request.view_args or {}).get("case_id")
    named = case if isinstance(case, str) and len(case) == 32 else None
    record_event_alone(audit_event("refused", action, actor=caller.actor, case=named, outcome="refused"))
