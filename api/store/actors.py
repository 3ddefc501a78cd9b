"""Who acts, and what the audit needs to know of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack

from api.store.audit_chain import AuditEvent


class EventDetails(TypedDict, total=False):
    """What an audit event may say beside who did what to what kind of record and when; see `AuditEvent`."""

    case: str | None
    record: str | None
    outcome: str
    seal: str | None


@dataclass(frozen=True)
class Actor:
    """A person, or a token of a program, at work.

    Parameters
    ----------
    id : str
        The account, never a name.
    units : frozenset of str
        The secrecy units that the account belongs to.
    ground : str
        Why a case of another unit is opened; empty within one's own, unless one is needed there.
    request_id : str
        Ties the audit to the logs.
    needs_ground : bool
        Whether a case of the own units is opened on a ground only, and none of another.
    """

    id: str
    units: frozenset[str] = frozenset()
    ground: str = ""
    request_id: str = ""
    needs_ground: bool = False

    def event(self, now: datetime, action: str, kind: str, **details: Unpack[EventDetails]) -> AuditEvent:
        """The audit event of something that this person did."""
        return AuditEvent(
            now,
            self.id,
            action,
            kind,
            details.get("case"),
            details.get("record"),
            self.ground,
            self.request_id,
            details.get("outcome", "done"),
            details.get("seal"),
        )
