"""What is recorded while the work in a social intervention group goes on, and after it."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from api.cases.content import Answer, Reference, Text, Whole, YesNo
from api.cases.recorded_kinds import DoneOn, RecordedAt, RecordedContent, ShortText, kinds_in
from instruments.faults import Fault

When = Literal["before", "during", "after"]
#: What is not known is said to be so; a blank means the same, and never that there is nothing.
Going = Literal["well", "partly", "not_well", "unknown"]
NewReports = Annotated[
    Literal["none", "1-3", "4-7", "8+", "no_information"],
    Field(description="New police reports since, in bands. It says nothing of what caused them."),
]
Severity = Annotated[
    Literal["less_serious", "as_serious", "more_serious", "unknown"],
    Field(description="How serious what was reported is, beside what was known before the work began."),
]
NoInformationSince = Annotated[
    DoneOn | None, Field(description="From which day nothing is known, such as after a move abroad.")
]
SchoolOrWork = Annotated[Going, Field(description="How school or work goes.")]
FreeTime = Annotated[Going, Field(description="How free time goes.")]
Health = Annotated[Going, Field(description="How health is.")]
Family = Annotated[Going, Field(description="How it goes in the family.")]
Present = Annotated[
    tuple[Reference, ...],
    Field(max_length=50, description="Who was there, by function or reference and not by name."),
]


class ParticipationContent(RecordedContent):
    """What an entry of the work in a group holds. ``WHEN``: before, during or after a period of work, or at several."""

    WHEN: ClassVar[tuple[When, ...]]


def _recording(path: str, heading: str, kind: str) -> RecordedAt:
    page = f"/cases/<case_id>/follow-up/{kind}"
    return RecordedAt(f"participation/{path}", "participation:write", heading, page)


class ParticipationStarted(ParticipationContent):
    """The work in a social intervention group begins."""

    KIND: ClassVar[str] = "participation_started"
    RECORDED_AT: ClassVar[RecordedAt] = _recording("starts", "Record that the work begins", KIND)
    WHEN: ClassVar[tuple[When, ...]] = ("before", "after")

    started_on: DoneOn = Field(description="The day the work began.")
    part_of_decision: Answer = Field(description="Whether it is part of a decision on assistance (bistånd).")
    court_ordered: Answer = Field(description="Whether a court has ordered it.")
    offences_known_before: Whole | None = Field(
        default=None, description="How many offences were known before the consent."
    )
    note: Text | None = Field(default=None, description="What else to know.")


class OfficialsMeeting(ParticipationContent):
    """The officials meet beforehand and settle who does what."""

    KIND: ClassVar[str] = "officials_meeting"
    RECORDED_AT: ClassVar[RecordedAt] = _recording("officials-meetings", "Record a meeting of officials", KIND)
    WHEN: ClassVar[tuple[When, ...]] = ("before", "during", "after")

    held_on: DoneOn = Field(description="The day.")
    present: Present
    note: Text | None = Field(default=None, description="What else to know.")


class NetworkMeeting(ParticipationContent):
    """All meet, the young person and the guardians too. The action plan is followed up, or it is said why not."""

    KIND: ClassVar[str] = "network_meeting"
    RECORDED_AT: ClassVar[RecordedAt] = _recording("network-meetings", "Record a meeting of the network", KIND)
    WHEN: ClassVar[tuple[When, ...]] = ("during",)

    held_on: DoneOn = Field(description="The day.")
    present: Present
    plan_followed_up: YesNo = Field(description="Whether the action plan was followed up.")
    why_not: Text | None = Field(default=None, description="Why it was not; needed then.")
    note: Text | None = Field(default=None, description="What else to know.")

    def faults(self) -> Iterator[Fault]:
        if not self.plan_followed_up and self.why_not is None:
            yield Fault("missing-key", "/why_not", {"name": "why_not"})


class PlanFollowUp(ParticipationContent):
    """How the action plan goes."""

    KIND: ClassVar[str] = "plan_follow_up"
    RECORDED_AT: ClassVar[RecordedAt] = _recording("plan-follow-ups", "Record how the action plan goes", KIND)
    WHEN: ClassVar[tuple[When, ...]] = ("during",)

    followed_up_on: DoneOn = Field(description="The day.")
    text: Text = Field(description="How the action plan goes.")


class FamilySupport(ParticipationContent):
    """Support to the family, offered and accepted or not."""

    KIND: ClassVar[str] = "family_support"
    RECORDED_AT: ClassVar[RecordedAt] = _recording("family-support", "Record support to the family", KIND)
    WHEN: ClassVar[tuple[When, ...]] = ("during",)

    offered_on: DoneOn = Field(description="The day it was offered.")
    accepted: YesNo | None = Field(default=None, description="Whether it was accepted; null until there is an answer.")
    text: Text = Field(description="What was offered.")


class ParticipationEnded(ParticipationContent):
    """The work ends, and why."""

    KIND: ClassVar[str] = "participation_ended"
    RECORDED_AT: ClassVar[RecordedAt] = _recording("endings", "Record that the work ends", KIND)
    WHEN: ClassVar[tuple[When, ...]] = ("during",)

    ended_on: DoneOn = Field(description="The day the work ended.")
    reason: Literal[
        "completed",
        "no_longer_in_need",
        "lacking_motivation",
        "consent_withdrawn",
        "taken_into_care_or_imprisoned",
        "sentenced_to_closed_institution",
        "moved",
        "absconded_or_unknown",
        "other",
    ] = Field(description="Why it ended.")
    note: Text | None = Field(default=None, description="What else to know.")


def _faults_of_reports(new_reports: str, severity: str) -> Iterator[Fault]:
    if severity != "unknown" and new_reports in ("none", "no_information"):
        yield Fault("severity-without-reports", "/severity")


class ResultsFollowedUp(ParticipationContent):
    """How it goes while the work goes on, beyond the number of reports. It says nothing of what caused it."""

    KIND: ClassVar[str] = "results_followed_up"
    RECORDED_AT: ClassVar[RecordedAt] = _recording("results", "Record results at a follow-up", KIND)
    WHEN: ClassVar[tuple[When, ...]] = ("during",)

    observed_on: DoneOn = Field(description="The day on which it was looked up.")
    new_reports: NewReports = "no_information"
    severity: Severity = "unknown"
    no_information_since: NoInformationSince = None
    school_or_work: SchoolOrWork = "unknown"
    free_time: FreeTime = "unknown"
    health: Health = "unknown"
    family: Family = "unknown"
    source: ShortText | None = Field(default=None, description="Where it was looked up.")
    note: Text | None = Field(default=None, description="What else to know.")

    def faults(self) -> Iterator[Fault]:
        yield from _faults_of_reports(self.new_reports, self.severity)


class OutcomeAfterEnding(ParticipationContent):
    """How it went after the ending: new police reports in bands, and beyond them. It says nothing of what caused it."""

    KIND: ClassVar[str] = "outcome_after_ending"
    RECORDED_AT: ClassVar[RecordedAt] = _recording("outcomes", "Record what followed after the ending", KIND)
    WHEN: ClassVar[tuple[When, ...]] = ("after",)

    observed_on: DoneOn = Field(description="The day on which it was looked up.")
    months_after_ending: Whole = Field(description="How many months after the ending.")
    new_reports: NewReports
    severity: Severity = "unknown"
    no_information_since: NoInformationSince = None
    school_or_work: SchoolOrWork = "unknown"
    free_time: FreeTime = "unknown"
    health: Health = "unknown"
    family: Family = "unknown"
    source: ShortText | None = Field(default=None, description="Where it was looked up.")

    def faults(self) -> Iterator[Fault]:
        yield from _faults_of_reports(self.new_reports, self.severity)


class ResourcesRecorded(ParticipationContent):
    """Placements avoided and resources used, as the municipality counts them. It says nothing of what caused it."""

    KIND: ClassVar[str] = "resources_recorded"
    RECORDED_AT: ClassVar[RecordedAt] = _recording("resources", "Record placements avoided and resources used", KIND)
    WHEN: ClassVar[tuple[When, ...]] = ("during", "after")

    recorded_on: DoneOn = Field(description="The day up to which it is counted.")
    placement_avoided: Answer = Field(
        default="unknown", description="Whether a placement that was considered did not come about."
    )
    placement_days: Whole | None = Field(default=None, description="How many days it would have been.")
    hours_used: Whole | None = Field(default=None, description="How many hours of work were used.")
    cost_thousands: Whole | None = Field(default=None, description="What it cost, in thousands of kronor.")
    how_counted: Text = Field(description="How the municipality has counted.")

    def faults(self) -> Iterator[Fault]:
        if self.placement_days is not None and self.placement_avoided != "yes":
            yield Fault("days-without-placement", "/placement_days")


#: Every kind of this module by its name.
PARTICIPATION: dict[str, type[ParticipationContent]] = kinds_in(globals(), ParticipationContent)
