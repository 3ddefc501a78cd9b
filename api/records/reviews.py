"""Reviews: a professional reads one explanation and signs against its digest."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.records.actors import Actor
from api.records.blindness import seen_by, seen_entry
from api.records.content import read_content
from api.records.journal import append, entry_of, hold, latest, open_case, standing
from api.records.kinds import Review, ReviewCountersigned, Screening
from api.records.policies import Policies
from api.records.refusals import RuleError, StaleExplanationError
from api.store.schema import Case, Entry


def sign_review(
    session: Session,
    now: datetime,
    actor: Actor,
    case_id: str,
    screening_id: str,
    read_sha256: str,
    raw: Mapping[str, Any],
    *,
    policies: Policies,
) -> Entry:
    """Sign a view of an explanation: agree, or deviate with a typed reason and a text.

    Parameters
    ----------
    read_sha256 : str
        The digest of the explanation that the reviewer had before them.
    raw : Mapping
        ``verdict``, and for a deviation ``deviation`` and ``reasons``.
    policies : Policies
        The municipality's own: whether a deviation stands only when another person has signed it too.

    Raises
    ------
    StaleExplanationError
        If the case was screened again since, or the digest is not that of the screening.
    InputError
        If a deviation lacks its reason or text.
    """
    case = open_case(session, now, actor, case_id, action="write")
    hold(session, case)
    screening = seen_entry(session, now, actor, case, screening_id, Screening.KIND)
    _refuse_stale(session, actor, case, screening, read_sha256, raw)
    stated = {name: raw[name] for name in raw if name not in ("screening_sha256", "needs_second_person")}
    policy = policies.review_on(now.date()).content
    is_deviation = raw.get("verdict") == "deviate"
    content = read_content(
        Review,
        {
            **stated,
            "screening_sha256": read_sha256,
            "needs_second_person": is_deviation and policy.second_person_for_deviations,
        },
    )
    before = [entry for entry in standing(session, case_id, Review.KIND) if entry.subject_id == screening.id]
    return append(
        session,
        now,
        actor,
        case,
        content,
        subject=screening.id,
        supersedes=before[0].id if before else None,
        hidden_from_guardians=screening.hidden_from_guardians,
    )


def countersign(
    session: Session,
    now: datetime,
    actor: Actor,
    case_id: str,
    review_id: str,
    read_sha256: str,
    raw: Mapping[str, Any],
) -> Entry:
    """Sign someone else's deviation as the second person.

    Raises
    ------
    RuleError
        ``same-person``, ``nothing-to-countersign`` or ``already-countersigned``.
    StaleExplanationError
        If the case was screened again since.
    """
    case = open_case(session, now, actor, case_id, action="write")
    hold(session, case)
    review = seen_entry(session, now, actor, case, review_id, Review.KIND)
    if review.made_by == actor.id:
        raise RuleError("same-person")
    if not review.content["needs_second_person"] or review.id not in _standing(session, case):
        raise RuleError("nothing-to-countersign")
    if is_countersigned(session, review):
        raise RuleError("already-countersigned")
    screening = entry_of(session, case, str(review.subject_id), Screening.KIND)
    _refuse_stale(session, actor, case, screening, read_sha256, raw)
    stated = {name: raw[name] for name in raw if name != "screening_sha256"}
    content = read_content(ReviewCountersigned, {**stated, "screening_sha256": read_sha256})
    return append(
        session,
        now,
        actor,
        case,
        content,
        subject=review.id,
        hidden_from_guardians=review.hidden_from_guardians,
    )


def is_countersigned(session: Session, review: Entry) -> bool:
    """Whether a second person has signed a deviation."""
    return any(each.subject_id == review.id for each in standing(session, review.case_id, ReviewCountersigned.KIND))


def _standing(session: Session, case: Case) -> set[str]:
    return {entry.id for entry in standing(session, case.id, Review.KIND)}


def _refuse_stale(
    session: Session, actor: Actor, case: Case, screening: Entry, read_sha256: str, raw: Mapping[str, Any]
) -> None:
    newest = latest(session, case.id, Screening.KIND)
    if newest is None or newest.id != screening.id or screening.content["sha256"] != read_sha256:
        seen = seen_by(session, case.id, [newest] if newest is not None else [], actor.id)
        saved = {"screening": seen[0].id, "sha256": seen[0].content["sha256"]} if seen else {}
        raise StaleExplanationError(saved, {"sha256": read_sha256, **raw})
