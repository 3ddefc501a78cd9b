"""The audit: what was done, by whom and on what ground, each link holding the digest of the one before it.

What a unit of work does is told while it runs and written right before it commits, in the same transaction. The head
of the chain is thus locked for a moment only, and always last, so that two units of work cannot block each other.
"""

import hashlib
import hmac
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session

from api.store.schema import Audit, AuditHead, Entry, PurgedCase
from instruments.canonical import canonical_json

FIRST = "0" * 64
_TOLD = "underlag_told"
_BATCH = 1_000
_AUDIT = Audit.metadata.tables[Audit.__tablename__]


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to tell the audit. It names records by their keys and never says what they hold.

    Parameters
    ----------
    at : datetime
        With its time zone.
    action : str
        Such as ``read``, ``write``, ``log_in`` or ``export``.
    kind : str
        What kind of record it was done to.
    ground : str
        Why, where a ground must be stated.
    outcome : str
        ``done`` or ``refused``.
    seal : str or None
        For a written entry, see `seal_of`.
    """

    at: datetime
    actor: str
    action: str
    kind: str
    case_id: str | None = None
    record_id: str | None = None
    ground: str = ""
    request_id: str = ""
    outcome: str = "done"
    seal: str | None = None


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What verifying the chain came to.

    Parameters
    ----------
    links : int
        How many links hold, from the first.
    broken_at : int or None
        The number of the first link that does not hold.
    fault : str or None
        ``missing-link``, ``altered-link``, ``cut-off``, ``altered-entry``, ``missing-entry``, ``untold-entry`` or
        ``untold-purge``.
    record : str or None
        The entry, where the fault is in one.
    """

    links: int
    broken_at: int | None = None
    fault: str | None = None
    record: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing was altered, removed or slipped in."""
        return self.fault is None


def tell(session: Session, told: Told) -> None:
    """Tell the audit what this unit of work does; it is written when, and only if, the unit of work is kept."""
    session.info.setdefault(_TOLD, []).append(told)


def write_what_was_told(session: Session) -> None:
    """Add what was told to the chain. The unit of work does this, right before it commits."""
    told: list[Told] = session.info.pop(_TOLD, [])
    if not told:
        return
    head = session.execute(select(AuditHead.number, AuditHead.digest).with_for_update()).one()
    number, digest = head.number, head.digest
    rows: list[dict[str, Any]] = []
    for each in told:
        number, previous = number + 1, digest
        row = {**asdict(each), "at": each.at.astimezone(UTC), "number": number, "previous": previous}
        digest = _digest_of(row)
        rows.append({**row, "digest": digest})
    session.execute(insert(_AUDIT), rows)  # in one statement, which the mapped class would split
    session.execute(update(AuditHead).values(number=number, digest=digest))


def _digest_of(row: dict[str, Any]) -> str:
    covered = {**row, "at": row["at"].isoformat()}
    return hashlib.sha256(canonical_json(covered)).hexdigest()


def seal_of(entry: Entry) -> str:
    """The salted digest of an entry, which the audit keeps.

    Without the entry's salt, which is purged with it, it tells nothing of what the entry said.
    """
    covered: dict[str, Any] = {
        "id": entry.id,
        "case": entry.case_id,
        "number": entry.number,
        "kind": entry.kind,
        "content": entry.content,
        "subject": entry.subject_id,
        "supersedes": entry.supersedes_id,
        "made_by": entry.made_by,
        "made_at": entry.made_at.astimezone(UTC).isoformat(),
        "hidden_from_guardians": entry.hidden_from_guardians,
    }
    return hmac.new(entry.salt.encode(), canonical_json(covered), hashlib.sha256).hexdigest()


def verify_audit(session: Session) -> AuditReport:
    """Walk the chain from its first link, then hold every entry against what the chain says of it.

    Returns
    -------
    AuditReport
        It names the first link that does not hold.
    """
    head = session.execute(select(AuditHead.number, AuditHead.digest)).one()
    number, digest = 0, FIRST
    columns = list(Audit.__table__.columns)
    chosen = select(*columns).where(Audit.number <= head.number).order_by(Audit.number)
    with session.execute(chosen.execution_options(yield_per=_BATCH)) as links:
        for link in links.mappings():
            row = dict(link)
            if row["number"] != number + 1:
                return AuditReport(number, number + 1, "missing-link")
            stated = row.pop("digest")
            if row["previous"] != digest or _digest_of(row) != stated:
                return AuditReport(number, row["number"], "altered-link")
            number, digest = row["number"], stated
    if (number, digest) != (head.number, head.digest):
        return AuditReport(number, number + 1, "cut-off")
    beyond = session.scalar(select(Audit.number).where(Audit.number > head.number).limit(1))
    if beyond is not None and session.scalar(select(AuditHead.number)) == head.number:
        return AuditReport(number, beyond, "altered-link")
    return _verify_entries(session, number)


def _verify_entries(session: Session, links: int) -> AuditReport:
    sealed = (
        select(Audit.number, Audit.record_id, Audit.seal, Entry, PurgedCase.case_id.label("purged"))
        .outerjoin(Entry, Entry.id == Audit.record_id)
        .outerjoin(PurgedCase, PurgedCase.case_id == Audit.case_id)
        .where(Audit.seal.is_not(None), Audit.number <= links)
        .order_by(Audit.number)
        .execution_options(yield_per=_BATCH)
    )
    with session.execute(sealed) as rows:
        for number, record, seal, entry, purged in rows:
            fault = _fault_of_entry(entry, seal, is_purged=purged is not None)
            if fault is not None:
                return AuditReport(number - 1, number, fault, record)
    told = exists().where(Audit.record_id == Entry.id, Audit.seal.is_not(None))
    untold = session.scalar(select(Entry.id).where(~told).limit(1))
    if untold is not None:
        return AuditReport(links, None, "untold-entry", untold)
    purge_told = exists().where(Audit.case_id == PurgedCase.case_id, Audit.action == "purge", Audit.outcome == "done")
    untold = session.scalar(select(PurgedCase.case_id).where(~purge_told).limit(1))
    if untold is not None:
        return AuditReport(links, None, "untold-purge", untold)
    return AuditReport(links)


def _fault_of_entry(entry: Entry | None, seal: str | None, *, is_purged: bool) -> str | None:
    if entry is None:
        return None if is_purged else "missing-entry"
    return None if seal_of(entry) == seal else "altered-entry"
