"""What applies of a screening: one case at a time, and against a plain reading of random histories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cases.reviews.applicable_result import (
    REVIEW_WANTED,
    ApplicableResult,
    ResultFolder,
    Reviewed,
    ReviewState,
    latest_result,
    results_among,
)

OUTCOMES = ("supports_offer", "more_information_needed", "not_target_group")
S = ReviewState


@dataclass(frozen=True)
class Written:
    id: str
    kind: str
    content: Mapping[str, Any] = field(default_factory=dict)
    subject_id: str | None = None


SCREENING = Written("s", "screening", {"outcome": "not_target_group"})


def deviation(applies: str | None, *, needs_second_person: bool = True, key: str = "r") -> Written:
    content = {"verdict": "deviate", "applies": applies, "needs_second_person": needs_second_person}
    return Written(key, "review", content, "s")


def agreement(key: str = "r") -> Written:
    return Written(key, "review", {"verdict": "agree", "applies": None, "needs_second_person": False}, "s")


def second(kind: str, review: str = "r") -> Written:
    return Written(f"{kind}-{review}", kind, {}, review)


QUESTION, REPLY = Written("q", "review_returned", {}, "s"), Written("a", "review_answered", {}, "q")
ANOTHER = Written("q2", "review_returned", {}, "s")


def of_the_screening(*later: Written) -> Reviewed[Written]:
    return results_among([SCREENING, *later])["s"]


@pytest.mark.parametrize(
    ("later", "state", "applies", "is_reviewed"),
    [
        ((), S.NOT_REVIEWED, "not_target_group", False),
        ((agreement(),), S.AGREED, "not_target_group", True),
        ((deviation("supports_offer"),), S.AWAITS_SECOND_PERSON, "not_target_group", False),
        ((deviation("supports_offer", needs_second_person=False),), S.DEVIATES, "supports_offer", True),
        ((deviation("supports_offer"), second("review_countersigned")), S.DEVIATES, "supports_offer", True),
        ((deviation("supports_offer"), second("review_rejected")), S.REJECTED, "not_target_group", False),
        ((deviation(None),), S.OUTCOME_NOT_STATED, None, False),
        ((deviation(None, needs_second_person=False),), S.OUTCOME_NOT_STATED, None, False),
        ((deviation(None), second("review_countersigned")), S.OUTCOME_NOT_STATED, None, False),
        ((deviation(None), second("review_rejected")), S.OUTCOME_NOT_STATED, None, False),
        ((QUESTION,), S.RETURNED, "not_target_group", False),
        ((QUESTION, REPLY), S.ANSWERED, "not_target_group", False),
        ((QUESTION, REPLY, ANOTHER), S.RETURNED, "not_target_group", False),
        ((QUESTION, REPLY, ANOTHER, REPLY), S.RETURNED, "not_target_group", False),
        ((QUESTION, REPLY, agreement()), S.AGREED, "not_target_group", True),
        ((QUESTION, agreement(), REPLY), S.AGREED, "not_target_group", True),
        ((agreement(), QUESTION), S.AGREED, "not_target_group", True),
        ((deviation("supports_offer"), QUESTION), S.AWAITS_SECOND_PERSON, "not_target_group", False),
        ((deviation("supports_offer"), second("review_rejected"), QUESTION), S.RETURNED, "not_target_group", False),
        ((deviation(None), QUESTION), S.OUTCOME_NOT_STATED, None, False),
    ],
)
def test_what_applies_in_each_state(
    later: Sequence[Written], state: ReviewState, applies: str | None, is_reviewed: bool
) -> None:
    reviewed = of_the_screening(*later)
    assert (reviewed.result.state, reviewed.result.applies, reviewed.result.is_reviewed) == (
        state,
        applies,
        is_reviewed,
    )
    assert reviewed.result.computed == "not_target_group"
    assert reviewed.result.is_replaced == (applies != "not_target_group")


def test_a_review_without_the_key_at_all_is_one_that_does_not_state_its_outcome() -> None:
    old = Written("r", "review", {"verdict": "deviate", "needs_second_person": False}, "s")
    assert of_the_screening(old).result == ApplicableResult("not_target_group", S.OUTCOME_NOT_STATED)


def test_a_new_review_takes_the_place_of_a_rejected_one_and_begins_anew() -> None:
    anew = deviation("more_information_needed", key="r2")
    reviewed = of_the_screening(deviation("supports_offer"), second("review_rejected"), anew)
    assert (reviewed.review, reviewed.second) == (anew, None)
    assert (reviewed.result.state, reviewed.result.stated) == (S.AWAITS_SECOND_PERSON, "more_information_needed")


def test_a_signature_under_a_review_that_was_replaced_changes_nothing() -> None:
    late = second("review_countersigned", "r")
    reviewed = of_the_screening(deviation("supports_offer"), agreement("r2"), late)
    assert (reviewed.result.state, reviewed.second) == (S.AGREED, None)


def test_of_two_second_persons_the_first_is_heard() -> None:
    reviewed = of_the_screening(deviation("supports_offer"), second("review_rejected"), second("review_countersigned"))
    assert reviewed.result.state is S.REJECTED


def test_a_new_screening_begins_anew() -> None:
    later = Written("s2", "screening", {"outcome": "more_information_needed"})
    reviewed = latest_result([SCREENING, deviation("supports_offer", needs_second_person=False), later])
    assert reviewed is not None
    assert (reviewed.screening, reviewed.result) == (later, ApplicableResult("more_information_needed"))


def test_a_case_without_a_screening_has_no_result() -> None:
    assert latest_result([Written("i", "intake"), second("review_countersigned")]) is None


def test_an_entry_about_nothing_that_is_known_bears_on_no_result() -> None:
    folder: ResultFolder[Written] = ResultFolder()
    assert folder.add(Written("r", "review", agreement().content, "another")) is None


def test_a_review_is_wanted_exactly_where_nothing_is_reviewed_and_nobody_else_is_waited_for() -> None:
    for state in ReviewState:
        result = ApplicableResult("supports_offer", state, "not_target_group")
        waits_for_others = state in (S.AWAITS_SECOND_PERSON, S.RETURNED)
        assert (state in REVIEW_WANTED) == (not result.is_reviewed and not waits_for_others)


@st.composite
def histories(draw: st.DrawFn) -> list[Written]:
    """Screenings, reviews and second signatures in any order, each about something that came before it."""
    number, made = count(), list[Written]()
    for _ in range(draw(st.integers(0, 12))):
        name = str(next(number))
        about = {kind: [each.id for each in made if each.kind == kind] for kind in ("screening", "review")}
        seconds = ("review_countersigned", "review_rejected")
        kind = draw(st.sampled_from(("screening", "review", *seconds, "review_returned", "review_answered", "fact")))
        if kind == "screening":
            made.append(Written(name, kind, {"outcome": draw(st.sampled_from(OUTCOMES))}))
        elif kind == "review" and about["screening"]:
            verdict = draw(st.sampled_from(("agree", "deviate")))
            applies = draw(st.sampled_from((*OUTCOMES, None))) if verdict == "deviate" else None
            content = {"verdict": verdict, "applies": applies, "needs_second_person": draw(st.booleans())}
            made.append(Written(name, kind, content, draw(st.sampled_from(about["screening"]))))
        elif kind == "review_returned" and about["screening"]:
            made.append(Written(name, kind, {}, draw(st.sampled_from(about["screening"]))))
        elif kind == "review_answered" and any(each.kind == "review_returned" for each in made):
            asked = [each.id for each in made if each.kind == "review_returned"]
            made.append(Written(name, kind, {}, draw(st.sampled_from(asked))))
        elif kind in seconds and about["review"]:
            made.append(Written(name, kind, {}, draw(st.sampled_from(about["review"]))))
        elif kind == "fact":
            made.append(Written(name, kind))
    return made


def read_plainly(history: Sequence[Written], screening: Written) -> str | None:
    """The outcome that applies, by looking the whole history through."""
    reviews = [each for each in history if each.kind == "review" and each.subject_id == screening.id]
    if not reviews or reviews[-1].content["verdict"] == "agree":
        return str(screening.content["outcome"])
    review = reviews[-1]
    if review.content["applies"] is None:
        return None
    signed = [each.kind for each in history if each.subject_id == review.id]
    in_force = signed[:1] == ["review_countersigned"] or not review.content["needs_second_person"]
    return str(review.content["applies"] if in_force else screening.content["outcome"])


@given(histories())
def test_what_applies_is_what_the_whole_history_says(history: list[Written]) -> None:
    results = results_among(history)
    screenings = [each for each in history if each.kind == "screening"]
    assert list(results) == [each.id for each in screenings]
    for screening in screenings:
        assert results[screening.id].result.applies == read_plainly(history, screening)
        assert results[screening.id].result.computed == screening.content["outcome"]
