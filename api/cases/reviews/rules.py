"""Reviews: a professional reads one explanation and signs against its digest; another settles a deviation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.cases.content import read_content
from api.cases.journal import append, current_entries, entries, entry_of, latest, lock_case, open_case
from api.cases.kinds import Review, ReviewCountersigned, ReviewRejected, Screening
from api.cases.ratings.blind_rating import seen_by, seen_entry
from api.cases.reviews.applicable_result import BEARING, ReviewState, results_among
from api.cases.reviews.reviewers import signatories
from api.policies.policies import Policies
from api.store.actors import Actor
from api.store.refusals import RuleError, StaleExplanationError
from api.store.schema import Case, Entry
from instruments.faults import Fault, InputError


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
    """Sign a view of an explanation: agree, or deviate with the outcome that applies instead and why.

    Parameters
    ----------
    read_sha256 : str
        The digest of the explanation that the reviewer had before them.
    raw : Mapping
        ``verdict``, and for a deviation ``applies``, ``deviation`` and ``reasons``.
    policies : Policies
        The municipality's own: who may review, and whether a deviation stands only when another person has signed it.

    Raises
    ------
    StaleExplanationError
        If the case was screened again since, or the digest is not that of the screening.
    RuleError
        ``own-assessment`` for whoever signed the assessment that the screening rests on.
    InputError
        If a deviation lacks its outcome, reason or text, or states the outcome that was computed.
    """
    case = open_case(session, now, actor, case_id, action="write")
    lock_case(session, case)
    screening = seen_entry(session, now, actor, case, screening_id, Screening.KIND)
    _refuse_stale(session, actor, case, screening, read_sha256, raw)
    policy = policies.review_on(now.date()).content
    hindrance = signatories(session, screening).hindrance_to_review(actor.id, policy)
    if hindrance is not None:
        raise RuleError(hindrance)
    stated = {name: raw[name] for name in raw if name not in ("screening_sha256", "needs_second_person")}
    is_deviation = raw.get("verdict") == "deviate"
    content = read_content(
        Review,
        {
            **stated,
            "screening_sha256": read_sha256,
            "needs_second_person": is_deviation and policy.second_person_for_deviations,
        },
    )
    if content.applies == screening.content["outcome"]:
        raise InputError([Fault("applies-as-computed", "/applies")])
    before = [entry for entry in current_entries(session, case_id, Review.KIND) if entry.subject_id == screening.id]
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
    *,
    policies: Policies,
) -> Entry:
    """Confirm a deviation as the second person, who is neither its reviewer nor the rater: it is in force from now on.

    Raises
    ------
    RuleError
        ``same-person``, ``own-assessment``, ``nothing-to-countersign``, ``outcome-not-stated`` or
        ``already-countersigned``.
    StaleExplanationError
        If the case was screened again since.
    """
    return _sign_second(ReviewCountersigned, session, now, actor, case_id, review_id, read_sha256, raw, policies)


def reject(
    session: Session,
    now: datetime,
    actor: Actor,
    case_id: str,
    review_id: str,
    read_sha256: str,
    raw: Mapping[str, Any],
    *,
    policies: Policies,
) -> Entry:
    """Reject a deviation as the second person, with the reason: the recommendation goes back to be reviewed anew.

    Raises
    ------
    InputError
        Without a reason.
    RuleError, StaleExplanationError
        As `countersign`.
    """
    return _sign_second(ReviewRejected, session, now, actor, case_id, review_id, read_sha256, raw, policies)


def _sign_second(
    kind: type[ReviewCountersigned] | type[ReviewRejected],
    session: Session,
    now: datetime,
    actor: Actor,
    case_id: str,
    review_id: str,
    read_sha256: str,
    raw: Mapping[str, Any],
    policies: Policies,
) -> Entry:
    case = open_case(session, now, actor, case_id, action="write")
    lock_case(session, case)
    review = seen_entry(session, now, actor, case, review_id, Review.KIND)
    screening = entry_of(session, case, str(review.subject_id), Screening.KIND)
    policy = policies.review_on(now.date()).content
    hindrance = signatories(session, screening, review).hindrance_to_second_person(actor.id, policy)
    if hindrance is not None:
        raise RuleError(hindrance)
    stands = results_among(entries(session, case.id, *BEARING))[screening.id]
    if not review.content["needs_second_person"] or stands.review is None or stands.review.id != review.id:
        raise RuleError("nothing-to-countersign")
    if stands.second is not None:
        raise RuleError("already-countersigned")
    if stands.result.state is ReviewState.OUTCOME_NOT_STATED:
        raise RuleError("outcome-not-stated")
    _refuse_stale(session, actor, case, screening, read_sha256, raw)
    stated = {name: raw[name] for name in raw if name != "screening_sha256"}
    content = read_content(kind, {**stated, "screening_sha256": read_sha256})
    return append(
        session,
        now,
        actor,
        case,
        content,
        subject=review.id,
        hidden_from_guardians=review.hidden_from_guardians,
    )


def _refuse_stale(
    session: Session, actor: Actor, case: Case, screening: Entry, read_sha256: str, raw: Mapping[str, Any]
) -> None:
    newest = latest(session, case.id, Screening.KIND)
    if newest is None or newest.id != screening.id or screening.content["sha256"] != read_sha256:
        seen = seen_by(session, case.id, [newest] if newest is not None else [], actor.id)
        saved = {"screening": seen[0].id, "sha256": seen[0].content["sha256"]} if seen else {}
        raise StaleExplanationError(saved, {"sha256": read_sha256, **raw})
