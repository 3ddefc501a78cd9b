"""The audit: what was done, by whom and on what ground, each link holding the digest of the one before it.

The events of a unit of work are recorded while it runs and written right before it commits, in the same transaction.
The head of the chain is thus locked for a moment only, and always last, so that two units of work cannot block each
other.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session

from api.store.access_seals import Subject, changed_access, current_seals, differing, seals_for
from api.store.guards import fault_of_guards
from api.store.schema import Audit, AuditHead, Entry, PurgedCase
from instruments.canonical import canonical_json

FIRST = "0" * 64
#: The kind of the links that record a checkpoint; their seal is the digest of what it says.
CHECKPOINT = "checkpoint"
#: Whom the audit names where the service itself did something.
SERVICE = "underlag"
_EVENTS = "underlag_events"
_BATCH = 1_000
_AUDIT = Audit.metadata.tables[Audit.__tablename__]
_TO_HEAD = update(Audit.metadata.tables[AuditHead.__tablename__])
_HEAD = select(AuditHead.number, AuditHead.digest).with_for_update()


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One event of the audit log. It names records by their keys and never says what they hold.

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
        For a written entry, see `seal_of`. What gives access is sealed as it is written, see `access_seals`.
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


_PARTS = tuple(each.name for each in fields(AuditEvent))


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The result of verifying the chain.

    Parameters
    ----------
    links : int
        How many links hold, from the first.
    broken_at : int or None
        The number of the first link that does not hold.
    fault : str or None
        ``missing-link``, ``altered-link``, ``cut-off``, ``altered-entry``, ``missing-entry``, ``untold-entry``,
        ``untold-purge``, ``altered-access``, ``missing-access``, ``unsealed-access``, ``altered-guard`` or
        ``unknown-guard``.
    record : str or None
        The entry, account, key or unit that the fault is in, or the name of the trigger.
    """

    links: int
    broken_at: int | None = None
    fault: str | None = None
    record: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing was altered, removed or slipped in."""
        return self.fault is None


def record_event(session: Session, event: AuditEvent) -> None:
    """Record an event of this unit of work; it is written when, and only if, the unit of work commits."""
    session.info.setdefault(_EVENTS, []).append(event)


def write_events(session: Session) -> None:
    """Add the recorded events to the chain. The unit of work does this, right before it commits."""
    events: list[AuditEvent] = session.info.pop(_EVENTS, [])
    changed = changed_access(session)
    if not events and not changed:
        return
    head = session.execute(_HEAD).one()
    number, digest = head.number, head.digest
    rows: list[dict[str, Any]] = []
    for each in _sealed(session, events, changed):
        number, previous = number + 1, digest
        row = {name: getattr(each, name) for name in _PARTS}
        row |= {"at": each.at.astimezone(UTC), "number": number, "previous": previous}
        digest = digest_of_link(row)
        rows.append({**row, "digest": digest})
    session.execute(insert(_AUDIT), rows)  # in one statement, which the mapped class would split
    session.execute(_TO_HEAD, {"number": number, "digest": digest})


def _sealed(session: Session, events: Sequence[AuditEvent], changed: Sequence[Subject]) -> list[AuditEvent]:
    """The events, with the seals of what gives access and was changed.

    They are worked out while the head is locked: what another unit of work has changed meanwhile is in them.
    """
    links = list(events)
    for subject, seal in seals_for(session, changed).items():
        for place, each in reversed([*enumerate(links)]):
            names = each.record_id == subject.record or (each.record_id is None and each.kind == subject.kind)
            if names and each.seal is None and each.outcome == "done":
                links[place] = replace(each, record_id=subject.record, seal=seal)
                break
        else:
            at, actor = (events[-1].at, events[-1].actor) if events else (datetime.now(UTC), SERVICE)
            links.append(AuditEvent(at, actor, "seal", subject.kind, record_id=subject.record, seal=seal))
    return links


def seal_all_access(session: Session) -> None:
    """Seal everything that gives access as it is, where it comes from a time before there were seals."""
    for subject, seal in current_seals(session).items():
        record_event(
            session, AuditEvent(datetime.now(UTC), SERVICE, "seal", subject.kind, record_id=subject.record, seal=seal)
        )
    write_events(session)


def digest_of_link(row: dict[str, Any]) -> str:
    """The digest of a link, from all its columns but the digest."""
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
    """Walk the chain from its first link, then compare with it what it records.

    That is every entry, and everything that gives access. Last the triggers are looked at that keep the tables.

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
            if row["previous"] != digest or digest_of_link(row) != stated:
                return AuditReport(number, row["number"], "altered-link")
            number, digest = row["number"], stated
    if (number, digest) != (head.number, head.digest):
        return AuditReport(number, number + 1, "cut-off")
    beyond = session.scalar(select(Audit.number).where(Audit.number > head.number).limit(1))
    if beyond is not None and session.scalar(select(AuditHead.number)) == head.number:
        return AuditReport(number, beyond, "altered-link")
    report = _verify_entries(session, number)
    if not report.is_whole:
        return report
    fault = _fault_of_access(session, number) or fault_of_guards(session)
    return report if fault is None else AuditReport(number, None, *fault)


def _fault_of_access(session: Session, links: int) -> tuple[str, str] | None:
    sealed = (
        select(Audit.record_id, Audit.seal)
        .where(Audit.seal.is_not(None), Audit.case_id.is_(None), Audit.kind != CHECKPOINT, Audit.number <= links)
        .order_by(Audit.number)
        .execution_options(yield_per=_BATCH)
    )
    with session.execute(sealed) as rows:
        latest = [(str(record), str(seal)) for record, seal in rows]
    return differing(current_seals(session), latest)


def _verify_entries(session: Session, links: int) -> AuditReport:
    sealed = (
        select(Audit.number, Audit.record_id, Audit.seal, Entry, PurgedCase.case_id.label("purged"))
        .outerjoin(Entry, Entry.id == Audit.record_id)
        .outerjoin(PurgedCase, PurgedCase.case_id == Audit.case_id)
        .where(Audit.seal.is_not(None), Audit.case_id.is_not(None), Audit.number <= links)
        .order_by(Audit.number)
        .execution_options(yield_per=_BATCH)
    )
    with session.execute(sealed) as rows:
        for number, record, seal, entry, purged in rows:
            fault = _fault_of_entry(entry, seal, is_purged=purged is not None)
            if fault is not None:
                return AuditReport(number - 1, number, fault, record)
    is_recorded = exists().where(Audit.record_id == Entry.id, Audit.seal.is_not(None))
    untold = session.scalar(select(Entry.id).where(~is_recorded).limit(1))
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
