"""The kinds of entry for how a case came and went on; each is recorded as it is written."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from api.cases.content import Reference, Text, YesNo
from api.cases.recorded_kinds import DoneOn, OneOf, RecordedAt, RecordedContent, kinds_in
from api.store.identity import holds_personal_number
from instruments.faults import Fault


class Intake(RecordedContent):
    """A report, an application or another beginning."""

    KIND: ClassVar[str] = "intake"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt(
        "intakes", "intake:write", "Record an intake", "/cases/<case_id>/intake/intake"
    )

    reporter: Literal["police", "school", "own", "guardian", "sis_or_prison_release", "court", "other"] = Field(
        description="Who reported or applied."
    )
    received_on: DoneOn = Field(description="The day it came in.")
    preliminary_assessment: Literal["open", "not_needed"] = Field(
        description="Whether a preliminary assessment (förhandsbedömning) is open, or none is needed."
    )
    note: Text | None = Field(default=None, description="What else to know.")


class HandOver(RecordedContent):
    """To which unit a case goes, and on what ground."""

    KIND: ClassVar[str] = "hand_over"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt(
        "hand-overs", "case:hand_over", "Hand a case over to another unit", "/cases/<case_id>/hand-over"
    )

    unit: Annotated[Reference, OneOf("units")] = Field(
        description="The unit that the case is handed over to; it may see the case from now on."
    )
    ground: Text = Field(description="On what ground.")


class PreliminaryAssessmentClosed(RecordedContent):
    """How a förhandsbedömning ended. It cannot be closed before it is said whether it may be a matter for SIG."""

    KIND: ClassVar[str] = "preliminary_assessment_closed"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt(
        "intakes/<intake_id>/closing",
        "intake:write",
        "Close the preliminary assessment",
        "/cases/<case_id>/intake/preliminary_assessment_closed",
        about=("intake",),
    )

    closed_on: DoneOn = Field(description="The day it was closed.")
    result: Literal["investigation_opened", "no_investigation", "already_ongoing"] = Field(
        description="What it led to."
    )
    possible_sig_question: YesNo = Field(
        description="Whether it may be a matter for a social intervention group (SIG)."
    )
    reasons: Text = Field(description="Why.")
    hand_over: HandOver | None = Field(
        default=None, description="The unit that the case is handed over to, where it is."
    )

    def faults(self) -> Iterator[Fault]:
        if self.hand_over is not None and not self.possible_sig_question:
            yield Fault("hand-over-without-question", "/hand_over")


class FeedbackToReporter(RecordedContent):
    """Whether the reporter is told what came of it; all that may be told is one of three things."""

    KIND: ClassVar[str] = "feedback_to_reporter"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt(
        "intakes/<intake_id>/feedback",
        "intake:write",
        "Record feedback to the reporter",
        "/cases/<case_id>/intake/feedback_to_reporter",
        about=("intake",),
    )

    due: YesNo = Field(description="Whether the reporter has a right to know.")
    suitable: YesNo | None = Field(
        default=None, description="Whether telling is suitable; needed where feedback is due."
    )
    reasons: Text = Field(description="Why.")
    given_on: DoneOn | None = Field(default=None, description="The day on which the reporter was told.")
    told: Literal["opened", "not_opened", "already_ongoing"] | None = Field(
        default=None, description="What the reporter was told. No more may be."
    )

    def faults(self) -> Iterator[Fault]:
        if self.due and self.suitable is None:
            yield Fault("missing-key", "/suitable", {"name": "suitable"})
        if (self.given_on is None) != (self.told is None):
            yield Fault("missing-key", "/told" if self.told is None else "/given_on", {"name": "feedback"})
        if self.given_on is not None and not (self.due and self.suitable):
            yield Fault("feedback-not-suitable", "/given_on")


class Guardians(RecordedContent):
    """Everyone who is a guardian, by a reference and not by name."""

    KIND: ClassVar[str] = "guardians"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt("guardians", "facts:write", "Record who the guardians are")

    guardians: tuple[Reference, ...] = Field(
        max_length=20, description="Everyone who is a guardian, by a reference and not by name."
    )

    def faults(self) -> Iterator[Fault]:
        for place, guardian in enumerate(self.guardians):
            if guardian == "youth":
                yield Fault("reserved-reference", f"/guardians/{place}", {"name": guardian})
            elif guardian in self.guardians[:place]:
                yield Fault("repeated-guardian", f"/guardians/{place}")


class Correction(RecordedContent):
    """What is wrong in an entry, and what is right instead. Both are kept."""

    KIND: ClassVar[str] = "correction"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt(
        "entries/<entry_id>/corrections",
        "correction:write",
        "Correct an entry",
        "/entries/<entry_id>/correction",
        about=(),
    )

    text: Text = Field(description="What is right instead. What was recorded is kept beside it.")
    ground: Text = Field(description="Why it is corrected.")


class CounterStatement(RecordedContent):
    """What a person says against an entry, in their own words."""

    KIND: ClassVar[str] = "counter_statement"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt(
        "entries/<entry_id>/counter-statements",
        "correction:write",
        "Take in what a person says against an entry",
        "/entries/<entry_id>/counter_statement",
        about=(),
    )

    stated_by: Annotated[Reference, OneOf("persons", "choice")] = Field(description="Who states it.")
    text: Text = Field(description="What the person says, in their own words.")


class Disclosure(RecordedContent):
    """That something was given to someone outside the unit, and on what ground. Nothing is ever sent by itself."""

    KIND: ClassVar[str] = "disclosure"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt(
        "disclosures", "view:make", "Record that something was given to somebody outside", "/cases/<case_id>/disclosure"
    )

    recipient: Annotated[Reference, OneOf("recipients")] = Field(description="To whom it was given.")
    disclosed_on: DoneOn = Field(description="The day.")
    what: Text = Field(description="What was given.")
    ground: Text = Field(description="On what ground.")


class Hold(RecordedContent):
    """A reason to keep the case beyond its time, or the end of one."""

    KIND: ClassVar[str] = "hold"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt(
        "holds", "retention:hold", "Keep a case beyond its time", "/cases/<case_id>/hold"
    )

    reason: Text = Field(description="Why the case is kept beyond its time.")
    until: date | None = Field(
        default=None, description="The last day of the hold; left out where it holds until it is lifted."
    )


class HoldLifted(RecordedContent):
    """The reason to keep the case no longer holds."""

    KIND: ClassVar[str] = "hold_lifted"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt(
        "holds/<entry_id>/lifting", "retention:hold", "Lift a hold", "/holds/<entry_id>/lift", about=("hold",)
    )

    reason: Text = Field(description="Why it no longer holds.")


class CaseworkerAssigned(RecordedContent):
    """Who is responsible for the case from now on, and who works with them."""

    KIND: ClassVar[str] = "caseworker_assigned"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt(
        "caseworkers", "case:assign", "Take a case, or hand it over to a colleague", "/cases/<case_id>/caseworker"
    )

    caseworker: Annotated[Reference, OneOf("colleagues")] = Field(
        description="The account that is responsible from now on, of a unit that may see the case."
    )
    co_worker: Annotated[Reference, OneOf("colleagues")] | None = Field(
        default=None, description="The account that works with them; left out for nobody."
    )
    note: Text | None = Field(default=None, description="What the colleague needs to know, without personal data.")

    def faults(self) -> Iterator[Fault]:
        if self.co_worker == self.caseworker:
            yield Fault("co-worker-is-caseworker", "/co_worker")
        if self.note is not None and holds_personal_number(self.note):
            yield Fault("personal-number-in-note", "/note")


class PositionTaken(RecordedContent):
    """What social services stand for once the recommendation is reviewed, and the answer where a group is offered."""

    KIND: ClassVar[str] = "position_taken"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt(
        "positions", "position:write", "Record the position after the review", "/cases/<case_id>/position"
    )

    taken_on: DoneOn = Field(description="The day.")
    position: Literal["offer", "other_support", "no_measure"] = Field(
        description="A social intervention group is offered, other support is, or none is."
    )
    answer: Literal["awaited", "accepted", "declined"] | None = Field(
        default=None, description="What the young person and the guardians answer; needed where a group is offered."
    )
    reasons: Text = Field(description="Why.")

    def faults(self) -> Iterator[Fault]:
        if self.position == "offer" and self.answer is None:
            yield Fault("missing-key", "/answer", {"name": "answer"})
        if self.position != "offer" and self.answer is not None:
            yield Fault("answer-without-offer", "/answer")


class CaseClosed(RecordedContent):
    """That nothing is left to do in the case. A new report opens it again."""

    KIND: ClassVar[str] = "case_closed"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt(
        "closings", "position:write", "Close the case", "/cases/<case_id>/close"
    )

    closed_on: DoneOn = Field(description="The day.")
    reasons: Text = Field(description="Why.")


#: Every kind of this module by its name.
EVENTS: dict[str, type[RecordedContent]] = kinds_in(globals(), RecordedContent)
