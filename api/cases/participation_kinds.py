"""What is recorded while the work in a social intervention group goes on, and after it."""

from collections.abc import Iterator
from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from api.cases.content import Answer, Content, Reference, Text, Whole, YesNo
from instruments.faults import Fault


class ParticipationStarted(Content):
    """The work in a social intervention group begins."""

    KIND: ClassVar[str] = "participation_started"

    started_on: date
    part_of_decision: Answer
    court_ordered: Answer
    offences_known_before: Whole | None = None
    note: Text | None = None


class Meeting(Content):
    """A meeting: of officials alone, or of the network with the young person and the guardians."""

    held_on: date
    present: tuple[Reference, ...] = Field(max_length=50)
    note: Text | None = None


class OfficialsMeeting(Meeting):
    """The officials meet beforehand and settle who does what."""

    KIND: ClassVar[str] = "officials_meeting"


class NetworkMeeting(Meeting):
    """All meet. The action plan is followed up at every such meeting, or it is said why not."""

    KIND: ClassVar[str] = "network_meeting"

    plan_followed_up: YesNo
    why_not: Text | None = None

    def faults(self) -> Iterator[Fault]:
        if not self.plan_followed_up and self.why_not is None:
            yield Fault("missing-key", "/why_not", {"name": "why_not"})


class PlanFollowUp(Content):
    """How the action plan goes."""

    KIND: ClassVar[str] = "plan_follow_up"

    followed_up_on: date
    text: Text


class FamilySupport(Content):
    """Support to the family, offered and accepted or not."""

    KIND: ClassVar[str] = "family_support"

    offered_on: date
    accepted: YesNo | None = None
    text: Text


class ParticipationEnded(Content):
    """The work ends, and why."""

    KIND: ClassVar[str] = "participation_ended"

    ended_on: date
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
    ]
    note: Text | None = None


class OutcomeAfterEnding(Content):
    """New police reports after the ending, in bands. It says nothing of what caused them."""

    KIND: ClassVar[str] = "outcome_after_ending"

    observed_on: date
    months_after_ending: Whole
    new_reports: Literal["none", "1-3", "4-7", "8+", "no_information"]
    source: Text | None = None


PARTICIPATION: tuple[type[Content], ...] = (
    ParticipationStarted,
    OfficialsMeeting,
    NetworkMeeting,
    PlanFollowUp,
    FamilySupport,
    ParticipationEnded,
    OutcomeAfterEnding,
)
