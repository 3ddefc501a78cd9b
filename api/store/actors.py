"""Who acts, and what the audit needs to know of it."""

from dataclasses import dataclass
from datetime import datetime

from api.store.audit_chain import AuditEvent


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
        Why a case of another unit is opened; empty within one's own.
    request_id : str
        Ties the audit to the logs.
    """

    id: str
    units: frozenset[str] = frozenset()
    ground: str = ""
    request_id: str = ""

    def event(
        self,
        now: datetime,
        action: str,
        kind: str,
        *,
        case: str | None = None,
        record: str | None = None,
        outcome: str = "done",
        seal: str | None = None,
    ) -> AuditEvent:
        """The audit event of something that this person did."""
        return AuditEvent(now, self.id, action, kind, case, record, self.ground, self.request_id, outcome, seal)
