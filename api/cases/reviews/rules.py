"""Reviews: a professional reads one explanation and signs against its digest; another settles a deviation."""

from collections.abc import Mapping
from typing import Any

from api.cases.content import read_content
from api.cases.journal import append, current_entries, entries, entry_of, latest, lock_case, open_case
from api.cases.kinds import Review, ReviewAnswered, ReviewCountersigned, ReviewRejected, ReviewReturned, Screening
from api.cases.ratings.blind_rating import seen_by, seen_entry
from api.cases.reviews.applicable_result import BEARING, RETURNABLE, ReviewState, latest_result, results_among
from api.cases.reviews.reviewers import signatories
from api.context.unit import Unit
from api.store.refusals import RuleError, StaleExplanationError
from api.store.schema import Case, Entry
from instruments.faults import Fault, InputError


def sign_review(unit: Unit, case_id: str, screening_id: str, read_sha256: str, raw: Mapping[str, Any]) -> Entry:
    """Sign a view of an explanation: agree, or deviate with the outcome that applies instead and why.

    A review may be signed while a question waits for its answer: the question is then settled, and nobody answers it.

    Parameters
    ----------
    read_sha256 : str
        The digest of the explanation that the reviewer had before them.
    raw : Mapping
        ``verdict``, and for a deviation ``applies``, ``deviation`` and ``reasons``.

    Raises
    ------
    StaleExplanationError
        If the case was screened again since, or the digest is not that of the screening.
    RuleError
        ``own-assessment`` for whoever signed the assessment that the screening rests on.
    InputError
        If a deviation lacks its outcome, reason or text, or states the outcome that was computed.
    """
    case, screening = _to_review(unit, case_id, screening_id, read_sha256, raw)
    policy = unit.policies.review_on(unit.now.date()).content
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
    before = [
        entry for entry in current_entries(unit.session, case_id, Review.KIND) if entry.subject_id == screening.id
    ]
    return append(
        unit,
        case,
        content,
        subject=screening.id,
        supersedes=before[0].id if before else None,
        hidden_from_guardians=screening.hidden_from_guardians,
    )


def return_with_question(
    unit: Unit, case_id: str, screening_id: str, read_sha256: str, raw: Mapping[str, Any]
) -> Entry:
    """Send a recommendation back with a question instead of reviewing it: it waits for the caseworker's answer.

    Raises
    ------
    RuleError
        ``already-returned`` while a question waits for its answer, ``already-reviewed`` once a review stands, or
        ``own-assessment``.
    StaleExplanationError
        As `sign_review`.
    InputError
        Without a question.
    """
    case, screening = _to_review(unit, case_id, screening_id, read_sha256, raw)
    state = results_among(entries(unit.session, case.id, *BEARING))[screening.id].result.state
    if state is ReviewState.RETURNED:
        raise RuleError("already-returned")
    if state not in RETURNABLE:
        raise RuleError("already-reviewed")
    stated = {name: raw[name] for name in raw if name != "screening_sha256"}
    content = read_content(ReviewReturned, {**stated, "screening_sha256": read_sha256})
    return append(unit, case, content, subject=screening.id, hidden_from_guardians=screening.hidden_from_guardians)


def answer_question(unit: Unit, case_id: str, question_id: str, raw: Mapping[str, Any]) -> Entry:
    """Answer a reviewer's question: the recommendation waits for its review again.

    Raises
    ------
    RuleError
        ``nothing-to-answer`` where the question is answered, a review was signed without waiting for the answer, or the
        case was screened again since.
    InputError
        Without an answer.
    """
    case = open_case(unit, case_id, action="write")
    lock_case(unit.session, case)
    question = seen_entry(unit, case, question_id, ReviewReturned.KIND)
    newest = latest_result(entries(unit.session, case.id, *BEARING))
    if newest is None or newest.question is None or newest.question.id != question.id:
        raise RuleError("nothing-to-answer")
    content = read_content(ReviewAnswered, raw)
    return append(unit, case, content, subject=question.id, hidden_from_guardians=question.hidden_from_guardians)


def _to_review(
    unit: Unit, case_id: str, screening_id: str, read_sha256: str, raw: Mapping[str, Any]
) -> tuple[Case, Entry]:
    """The case and the screening, for somebody who may review it as they read it."""
    case = open_case(unit, case_id, action="write")
    lock_case(unit.session, case)
    screening = seen_entry(unit, case, screening_id, Screening.KIND)
    _refuse_stale(unit, case, screening, read_sha256, raw)
    policy = unit.policies.review_on(unit.now.date()).content
    hindrance = signatories(unit.session, screening).hindrance_to_review(unit.actor.id, policy)
    if hindrance is not None:
        raise RuleError(hindrance)
    return case, screening


def countersign(unit: Unit, case_id: str, review_id: str, read_sha256: str, raw: Mapping[str, Any]) -> Entry:
    """Confirm a deviation as the second person, who is neither its reviewer nor the rater: it is in force from now on.

    Raises
    ------
    RuleError
        ``same-person``, ``own-assessment``, ``nothing-to-countersign``, ``outcome-not-stated`` or
        ``already-countersigned``.
    StaleExplanationError
        If the case was screened again since.
    """
    return _sign_second(ReviewCountersigned, unit, case_id, review_id, read_sha256, raw)


def reject(unit: Unit, case_id: str, review_id: str, read_sha256: str, raw: Mapping[str, Any]) -> Entry:
    """Reject a deviation as the second person, with the reason: the recommendation goes back to be reviewed anew.

    Raises
    ------
    InputError
        Without a reason.
    RuleError, StaleExplanationError
        As `countersign`.
    """
    return _sign_second(ReviewRejected, unit, case_id, review_id, read_sha256, raw)


def _sign_second(
    kind: type[ReviewCountersigned] | type[ReviewRejected],
    unit: Unit,
    case_id: str,
    review_id: str,
    read_sha256: str,
    raw: Mapping[str, Any],
) -> Entry:
    case = open_case(unit, case_id, action="write")
    lock_case(unit.session, case)
    review = seen_entry(unit, case, review_id, Review.KIND)
    screening = entry_of(unit.session, case, str(review.subject_id), Screening.KIND)
    policy = unit.policies.review_on(unit.now.date()).content
    hindrance = signatories(unit.session, screening, review).hindrance_to_second_person(unit.actor.id, policy)
    if hindrance is not None:
        raise RuleError(hindrance)
    stands = results_among(entries(unit.session, case.id, *BEARING))[screening.id]
    if not review.content["needs_second_person"] or stands.review is None or stands.review.id != review.id:
        raise RuleError("nothing-to-countersign")
    if stands.second is not None:
        raise RuleError("already-countersigned")
    if stands.result.state is ReviewState.OUTCOME_NOT_STATED:
        raise RuleError("outcome-not-stated")
    _refuse_stale(unit, case, screening, read_sha256, raw)
    stated = {name: raw[name] for name in raw if name != "screening_sha256"}
    content = read_content(kind, {**stated, "screening_sha256": read_sha256})
    return append(unit, case, content, subject=review.id, hidden_from_guardians=review.hidden_from_guardians)


def _refuse_stale(unit: Unit, case: Case, screening: Entry, read_sha256: str, raw: Mapping[str, Any]) -> None:
    newest = latest(unit.session, case.id, Screening.KIND)
    if newest is None or newest.id != screening.id or screening.content["sha256"] != read_sha256:
        seen = seen_by(unit.session, case.id, [newest] if newest is not None else [], unit.actor.id)
        saved = {"screening": seen[0].id, "sha256": seen[0].content["sha256"]} if seen else {}
        raise StaleExplanationError(saved, {"sha256": read_sha256, **raw})
