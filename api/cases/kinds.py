"""The kinds of entry and what each of them holds."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from api.cases.content import Content, Reference, Text, YesNo, dates_in_order
from api.cases.participation_kinds import PARTICIPATION
from instruments.faults import Fault

Level = Literal["low", "moderate", "high"]
Outcome = Literal["supports_offer", "more_information_needed", "not_target_group"]


class Intake(Content):
    """A report, an application or another beginning."""

    KIND: ClassVar[str] = "intake"

    reporter: Literal["police", "school", "own", "guardian", "sis_or_prison_release", "court", "other"]
    received_on: date
    preliminary_assessment: Literal["open", "not_needed"]
    note: Text | None = None


class HandOver(Content):
    """To which unit a case goes, and on what ground."""

    KIND: ClassVar[str] = "hand_over"

    unit: Reference
    ground: Text


class PreliminaryAssessmentClosed(Content):
    """How a förhandsbedömning ended. It cannot be closed before it is said whether it may be a matter for SIG."""

    KIND: ClassVar[str] = "preliminary_assessment_closed"

    closed_on: date
    result: Literal["investigation_opened", "no_investigation", "already_ongoing"]
    possible_sig_question: YesNo
    reasons: Text
    hand_over: HandOver | None = None

    def faults(self) -> Iterator[Fault]:
        if self.hand_over is not None and not self.possible_sig_question:
            yield Fault("hand-over-without-question", "/hand_over")


class FeedbackToReporter(Content):
    """Whether the reporter is told what came of it; all that may be told is one of three things."""

    KIND: ClassVar[str] = "feedback_to_reporter"

    due: YesNo
    suitable: YesNo | None = None
    reasons: Text
    given_on: date | None = None
    told: Literal["opened", "not_opened", "already_ongoing"] | None = None

    def faults(self) -> Iterator[Fault]:
        if self.due and self.suitable is None:
            yield Fault("missing-key", "/suitable", {"name": "suitable"})
        if (self.given_on is None) != (self.told is None):
            yield Fault("missing-key", "/told" if self.told is None else "/given_on", {"name": "feedback"})
        if self.given_on is not None and not (self.due and self.suitable):
            yield Fault("feedback-not-suitable", "/given_on")


class Fact(Content):
    """One fact in the form in which it was given; `screening.fact_reading` says what is allowed."""

    KIND: ClassVar[str] = "fact"

    fact: Reference
    given: Any


class Guardians(Content):
    """Everyone who is a guardian, by a reference and not by name."""

    KIND: ClassVar[str] = "guardians"

    guardians: tuple[Reference, ...] = Field(max_length=20)

    def faults(self) -> Iterator[Fault]:
        for place, guardian in enumerate(self.guardians):
            if guardian == "youth":
                yield Fault("reserved-reference", f"/guardians/{place}", {"name": guardian})
            elif guardian in self.guardians[:place]:
                yield Fault("repeated-guardian", f"/guardians/{place}")


class Consent(Content):
    """One person's answer towards one recipient: what may be shared, and for how long."""

    KIND: ClassVar[str] = "consent"

    person: Reference
    recipient: Reference
    status: Literal["given", "refused"]
    answered_on: date
    form: Literal["written", "oral"]
    content: Text | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def faults(self) -> Iterator[Fault]:
        yield from dates_in_order(self.valid_from or self.answered_on, self.valid_to, "/valid_to")
        if self.status == "given" and self.content is None:
            yield Fault("missing-key", "/content", {"name": "content"})


class ConsentWithdrawn(Content):
    """A consent that no longer holds, from this day on."""

    KIND: ClassVar[str] = "consent_withdrawn"

    withdrawn_on: date
    withdrawn_by: Reference
    note: Text | None = None


class Summary(Content):
    """The professional's own rating, with reasons, made before anything is counted."""

    reoffending_risk: Level
    violence_risk: Level | None = None
    reasons: Text


class Assessment(Content):
    """A signed assessment.

    ``ratings`` has the form that `instruments.ratings.read_ratings` reads. ``summary_before_counts`` is the summary
    rating as it stood when counts were first shown to the rater, at ``counts_shown_at``.
    """

    KIND: ClassVar[str] = "assessment"

    assessed_on: date
    instrument: Reference
    ratings: dict[str, Any]
    summary: Summary
    summary_before_counts: dict[str, Any] | None = None
    counts_shown_at: datetime | None = None
    own_view: Text
    agrees: Literal["yes", "partly", "no", "not_asked"]
    best_interests: Text
    confidence: Level
    confidence_note: Text | None = None
    aggravating: Text | None = None
    helping: Text | None = None
    acute_safety: Text | None = None
    next_review_on: date | None = None
    completeness_reason: Text | None = None
    role: Reference | None = None


class SecondRating(Assessment):
    """Another person's assessment of the same material, made without seeing the first."""

    KIND: ClassVar[str] = "second_rating"


class SecondRatingRequested(Content):
    """Who rates the same material a second time, unseen."""

    KIND: ClassVar[str] = "second_rating_requested"

    rater: Reference


class SecondRatingWithdrawn(Content):
    """That a request for a second rating, which was not answered, no longer stands."""

    KIND: ClassVar[str] = "second_rating_withdrawn"

    reasons: Text


class Screening(Content):
    """A screening as it was computed: what was put in, by which definitions, what came out, and its digest."""

    KIND: ClassVar[str] = "screening"

    guidance: str
    reference_date: date
    assessment: str | None
    facts: tuple[str, ...]
    submission: dict[str, Any]
    covered: dict[str, Any]
    outcome: str
    sha256: str


class Review(Content):
    """A professional's view of one explanation, signed against its digest.

    A deviation states which outcome applies instead. Reviews that were signed before they did have no ``applies``;
    see `api.cases.reviews.applicable_result`.
    """

    KIND: ClassVar[str] = "review"

    screening_sha256: str
    verdict: Literal["agree", "deviate"]
    deviation: (
        Literal["material_not_captured", "reading_of_criterion", "own_view_weighs", "safety", "local_policy", "other"]
        | None
    ) = None
    applies: Outcome | None = None
    reasons: Text | None = None
    needs_second_person: YesNo = False

    def faults(self) -> Iterator[Fault]:
        for name in ("applies", "deviation", "reasons"):
            if self.verdict == "deviate" and getattr(self, name) is None:
                yield Fault("missing-key", f"/{name}", {"name": name})
        for name in ("applies", "deviation"):
            if self.verdict == "agree" and getattr(self, name) is not None:
                yield Fault("deviation-without-deviating", f"/{name}")


class ReviewCountersigned(Content):
    """A second person's signature under a deviation."""

    KIND: ClassVar[str] = "review_countersigned"

    screening_sha256: str
    note: Text | None = None


class ReviewRejected(Content):
    """A second person's rejection of a deviation, with the reason: a new review is asked for."""

    KIND: ClassVar[str] = "review_rejected"

    screening_sha256: str
    reasons: Text


class Correction(Content):
    """What is wrong in an entry, and what is right instead. Both are kept."""

    KIND: ClassVar[str] = "correction"

    text: Text
    ground: Text


class CounterStatement(Content):
    """What a person says against an entry, in their own words."""

    KIND: ClassVar[str] = "counter_statement"

    stated_by: Reference
    text: Text


class Disclosure(Content):
    """That something was given to someone outside the unit, and on what ground. Nothing is ever sent by itself."""

    KIND: ClassVar[str] = "disclosure"

    recipient: Reference
    disclosed_on: date
    ground: Text
    what: Text


class Hold(Content):
    """A reason to keep the case beyond its time, or the end of one."""

    KIND: ClassVar[str] = "hold"

    reason: Text
    until: date | None = None


class HoldLifted(Content):
    """The reason to keep the case no longer holds."""

    KIND: ClassVar[str] = "hold_lifted"

    reason: Text


_KINDS: tuple[type[Content], ...] = (
    Intake,
    PreliminaryAssessmentClosed,
    HandOver,
    FeedbackToReporter,
    Fact,
    Guardians,
    Consent,
    ConsentWithdrawn,
    Assessment,
    SecondRatingRequested,
    SecondRatingWithdrawn,
    SecondRating,
    Screening,
    Review,
    ReviewCountersigned,
    ReviewRejected,
    Correction,
    CounterStatement,
    Disclosure,
    Hold,
    HoldLifted,
)

#: Every kind of entry by its name.
KINDS: dict[str, type[Content]] = {kind.KIND: kind for kind in (*_KINDS, *PARTICIPATION)}
