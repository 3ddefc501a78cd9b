"""The kinds of entry and what each of them holds."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from api.cases.content import Content, Reference, Text, YesNo, dates_in_order
from api.cases.event_kinds import EVENTS
from api.cases.participation_kinds import PARTICIPATION
from api.cases.plans.kinds import PLANS
from api.cases.recorded_kinds import RecordedContent, kinds_in
from instruments.faults import Fault
from screening.experience import Respondent
from screening.recommendation import Outcome

Level = Literal["low", "moderate", "high"]


class Fact(Content):
    """One fact in the form in which it was given; `screening.fact_reading` says what is allowed."""

    KIND: ClassVar[str] = "fact"

    fact: Reference
    given: Any


class Consent(Content):
    """One person's answer towards one recipient: what may be shared, and for how long."""

    KIND: ClassVar[str] = "consent"

    person: Reference = Field(description="`youth`, or the reference of a guardian of the case.")
    recipient: Reference = Field(description="With whom information may be shared, such as `police` or `school`.")
    status: Literal["given", "refused"] = Field(description="The answer.")
    answered_on: date = Field(description="The day of the answer.")
    form: Literal["written", "oral"] = Field(description="How it was given.")
    content: Text | None = Field(default=None, description="What may be shared; needed where consent is given.")
    valid_from: date | None = Field(
        default=None, description="The first day on which it holds; the day of the answer where it is left out."
    )
    valid_to: date | None = Field(default=None, description="The last day on which it holds.")

    def faults(self) -> Iterator[Fault]:
        yield from dates_in_order(self.valid_from or self.answered_on, self.valid_to, "/valid_to")
        if self.status == "given" and self.content is None:
            yield Fault("missing-key", "/content", {"name": "content"})


class ConsentWithdrawn(Content):
    """A consent that no longer holds, from this day on."""

    KIND: ClassVar[str] = "consent_withdrawn"

    withdrawn_on: date = Field(description="The day it was withdrawn; nothing may be shared from that day on.")
    withdrawn_by: Reference = Field(description="Who withdrew it.")
    note: Text | None = Field(default=None, description="What else to know.")


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

    rater: Reference = Field(description="The account that is to rate the same material, unseen.")


class SecondRatingWithdrawn(Content):
    """That a request for a second rating, which was not answered, no longer stands."""

    KIND: ClassVar[str] = "second_rating_withdrawn"

    reasons: Text = Field(description="Why nobody waits for the second rating any more.")


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
    verdict: Literal["agree", "deviate"] = Field(
        description="Whether the professional agrees with the explanation or deviates from it."
    )
    deviation: (
        Literal["material_not_captured", "reading_of_criterion", "own_view_weighs", "safety", "local_policy", "other"]
        | None
    ) = Field(default=None, description="Why the professional deviates; needed for a deviation.")
    applies: Outcome | None = Field(
        default=None,
        description="The outcome that applies instead of the computed one; needed for a deviation, and never that one.",
    )
    reasons: Text | None = Field(default=None, description="The reasons in words; needed for a deviation.")
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
    note: Text | None = Field(default=None, description="What the second person adds.")


class ReviewRejected(Content):
    """A second person's rejection of a deviation, with the reason: a new review is asked for."""

    KIND: ClassVar[str] = "review_rejected"

    screening_sha256: str
    reasons: Text = Field(description="Why the second person rejects the deviation.")


class ReviewReturned(Content):
    """A reviewer's question about an explanation, signed against its digest instead of a review."""

    KIND: ClassVar[str] = "review_returned"

    screening_sha256: str
    question: Text = Field(description="What the reviewer needs to know before they can sign.")


class ReviewAnswered(Content):
    """The answer to a reviewer's question: the recommendation waits for its review again."""

    KIND: ClassVar[str] = "review_answered"

    reply: Text = Field(description="The answer, and what was done because of the question.")


class ExperienceTold(Content):
    """What the young person or a guardian thinks of the work, by the questions that they were asked.

    ``definition`` is the ``id@version`` of the questions. A question that was passed over is not in ``answers``. Of a
    guardian it is not kept which one it was.
    """

    KIND: ClassVar[str] = "experience_told"

    told_on: date = Field(description="The day.")
    told_by: Respondent = Field(description="Whether the young person or a guardian answered; never a name.")
    way: Literal["screen", "paper"] = Field(description="On what it was answered.")
    definition: Reference = Field(description="The `id@version` of the questions, such as `experience@1.0`.")
    answers: dict[str, str] = Field(description="The answer that was chosen, by question; one passed over is left out.")
    own_words: Text | None = Field(default=None, description="What was said in own words.")


#: Every kind of entry by its name.
KINDS: dict[str, type[Content]] = {**EVENTS, **kinds_in(globals(), Content), **PARTICIPATION, **PLANS}
#: Those that are recorded as they are written; every other kind has a function of its own.
RECORDABLE: dict[str, type[RecordedContent]] = {**EVENTS, **PARTICIPATION, **PLANS}
