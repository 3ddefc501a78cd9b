"""Asking another person to rate the same material unseen, and taking that back."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from api.cases.content import read_content
from api.cases.journal import append, entries, entry_of, latest_among, lock_case, open_case
from api.cases.kinds import SecondRatingRequested, SecondRatingWithdrawn
from api.cases.ratings.blind_rating import REQUESTED, double_ratings, open_request_among, telling_since
from api.cases.ratings.drafts import audit_kind_of
from api.context.unit import Unit
from api.store.audit_chain import record_event
from api.store.refusals import ForbiddenError, RuleError
from api.store.schema import Audit, Draft, Entry

_RATINGS = ("assessment", "second_rating")
#: What is taken out of a case as a whole, so that the audit names no entry of it.
_WHOLE = ("extract", "ratings")


def request_second_rating(unit: Unit, case_id: str, rater: str) -> Entry:
    """Ask another person to rate the same material, unseen.

    Raises
    ------
    RuleError
        ``own-second-rater`` for a person who has signed what is to be rated or has written in its draft;
        ``second-rating-open`` if that person has been asked and has not signed; ``assessment-seen`` if that person has
        read, taken out or written anything that tells of it, by the audit and by who made the entries.
    """
    case = open_case(unit, case_id, action="write")
    lock_case(unit.session, case)
    journal = entries(unit.session, case.id)
    if open_request_among(journal, rater) is not None:
        raise RuleError("second-rating-open")
    drafting = unit.session.scalars(select(Draft).where(Draft.case_id == case.id, Draft.kind == "assessment")).first()
    first = latest_among(journal, "assessment") if drafting is None else None
    since = first.number if first is not None else len(journal) + 1
    telling = telling_since(journal, since)
    before = [entry for entry in journal if entry.number < since]
    _refuse_who_has_rated(unit.session, drafting, telling, latest_among(before, "assessment"), case.id, rater)
    if any(entry.made_by == rater for entry in telling) or _has_read(unit.session, case.id, telling, rater):
        raise RuleError("assessment-seen")
    content = read_content(SecondRatingRequested, {"rater": rater})
    return append(unit, case, content, subject=first.id if first is not None else None)


def _refuse_who_has_rated(
    session: Session, drafting: Draft | None, telling: Sequence[Entry], previous: Entry | None, case_id: str, rater: str
) -> None:
    """Refuse whoever signed a rating of this period or wrote in a draft of one, and whoever has read a draft.

    A draft is gone once it is signed or discarded; who wrote in it and who read it stands in the audit, after the
    assessment that was signed before it.
    """
    if any(entry.made_by == rater and entry.kind in _RATINGS for entry in telling):
        raise RuleError("own-second-rater")
    if drafting is not None and rater in (drafting.started_by, drafting.saved_by):
        raise RuleError("own-second-rater")
    kind, since = audit_kind_of("assessment"), _written_at(session, previous)
    chosen = select(Audit.action).where(Audit.case_id == case_id, Audit.kind == kind, Audit.number > since)
    done = set(session.scalars(chosen.where(Audit.actor == rater, Audit.outcome == "done").distinct()))
    if done - {"read"}:
        raise RuleError("own-second-rater")
    if done:
        raise RuleError("assessment-seen")


def _written_at(session: Session, entry: Entry | None) -> int:
    """The number in the audit at which an entry was written; 0 for none."""
    if entry is None:
        return 0
    written = select(func.min(Audit.number)).where(Audit.case_id == entry.case_id, Audit.record_id == entry.id)
    return session.scalar(written.where(Audit.action == "write")) or 0


def _has_read(session: Session, case_id: str, telling: Sequence[Entry], reader: str) -> bool:
    """Whether the audit says that somebody has read or taken out any of some entries.

    Lists of cases show the outcome of the latest screening, and the audit says only that somebody has read a list:
    whoever has since the screening may have seen it.
    """
    if not telling:
        return False
    of_case = Audit.case_id == case_id
    ways = [
        and_(of_case, Audit.record_id.in_([entry.id for entry in telling])),
        and_(of_case, Audit.kind.in_(_WHOLE), Audit.number > _written_at(session, telling[0])),
    ]
    screening = next((entry for entry in telling if entry.kind == "screening"), None)
    if screening is not None:
        listed = and_(Audit.action == "list", Audit.kind == "case")
        ways.append(and_(listed, Audit.number > _written_at(session, screening)))
    read = select(Audit.number).where(Audit.actor == reader, Audit.outcome == "done", or_(*ways)).limit(1)
    return session.scalars(read).first() is not None


def withdraw_second_rating(unit: Unit, case_id: str, request_id: str, raw: Mapping[str, Any]) -> Entry:
    """Take a request back that was not answered, so that nobody waits for it any more.

    Whoever was asked may then see the assessment; what they have written unsigned is discarded unseen by anybody, and
    the two can never become a pair. It is for who made the request, or for who was asked and declines.

    Raises
    ------
    ForbiddenError
        ``not-who-asked`` for anybody else.
    RuleError
        ``request-withdrawn``, or ``second-rating-signed`` once the second rating is signed.
    """
    content = read_content(SecondRatingWithdrawn, raw)
    case = open_case(unit, case_id, action="write")
    # the draft first, as whoever signs it does: two that lock in another order would wait for each other
    chosen = select(Draft).where(Draft.case_id == case.id, Draft.subject_id == request_id).with_for_update()
    drafts = unit.session.scalars(chosen).all()
    lock_case(unit.session, case)
    request = entry_of(unit.session, case, request_id, REQUESTED)
    if unit.actor.id not in (request.made_by, request.content["rater"]):
        refusal = unit.event("write", content.KIND, case=case.id, record=request.id, outcome="refused")
        raise ForbiddenError("not-who-asked", event=refusal)
    pair = next(pair for pair in double_ratings(unit.session, case.id) if pair.request.id == request.id)
    if pair.withdrawal is not None:
        raise RuleError("request-withdrawn")
    if pair.second is not None:
        raise RuleError("second-rating-signed")
    for draft in drafts:
        unit.session.delete(draft)
        record_event(
            unit.session,
            unit.event("discard", audit_kind_of(draft.kind), case=case.id, record=draft.id),
        )
    return append(unit, case, content, subject=request.id)
