"""The kinds of entry of an action plan: the plan itself, of which each change is a new entry, and how its measures go.

Goals and measures have keys that stay the same from version to version, so that what was followed up of a measure
before the plan was changed is known of it afterwards.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.cases.content import Reference, Text
from api.cases.participation_kinds import ParticipationContent, When
from api.cases.recorded_kinds import DoneOn, RecordedAt, kinds_in
from instruments.faults import Fault

MOST_GOALS = MOST_MEASURES = 20
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
Status = Literal["done", "going_on", "stopped"]
#: With these a measure is no longer waited for.
SETTLED: tuple[Status, ...] = ("done", "stopped")
#: Who may do a measure besides the recipients of consents; anybody else is written as a function, never as a name.
FUNCTIONS = ("youth", "guardians", "social_services")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlanMeasure(_Part):
    """What somebody does for a goal."""

    id: Key = Field(description="Chosen by the caller: the same in every version of the plan.")
    what: Text = Field(description="What is done.")
    who: Reference = Field(
        description="Who does it, by function and not by name: `youth`, `guardians`, `social_services`, a recipient of "
        "consents such as `school`, or a function in words."
    )
    by: date = Field(description="By when.")
    code: Reference | None = Field(default=None, description="A code of the municipality's own list of measures (KSI).")
    suggestion: Reference | None = Field(default=None, description="The suggestion of an actor that it follows.")


class PlanGoal(_Part):
    """What the young person wants to reach, in their own words."""

    id: Key = Field(description="Chosen by the caller: the same in every version of the plan.")
    text: Text = Field(description="The goal in the young person's own words.")
    area: Reference | None = Field(default=None, description="An area of the BBIC triangle.")
    items: tuple[Reference, ...] = Field(
        default=(),
        max_length=50,
        description="Items of the latest signed assessment: dynamic risks that are there, protection that is missing.",
    )
    shared_with: tuple[Reference, ...] = Field(
        default=(),
        max_length=50,
        description="The recipients that are told of the goal with all its measures, as far as they have consent. "
        "Others are told of the measures that they do themselves.",
    )
    measures: tuple[PlanMeasure, ...] = Field(min_length=1, max_length=MOST_MEASURES, description="Who does what.")


class ActionPlan(ParticipationContent):
    """The action plan. The next one takes its place, and both are kept."""

    KIND: ClassVar[str] = "action_plan"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt(
        "participation/plans", "participation:write", "Record the action plan, or a changed one"
    )
    WHEN: ClassVar[tuple[When, ...]] = ("before", "during")

    planned_on: DoneOn = Field(description="The day on which it was agreed.")
    goals: tuple[PlanGoal, ...] = Field(min_length=1, max_length=MOST_GOALS, description="The goals.")
    beside: tuple[Reference, ...] = Field(
        default=(),
        max_length=50,
        description="What the decision holds beside the social intervention group, by the list in force.",
    )
    beside_note: Text | None = Field(default=None, description="What else of the decision there is to know.")
    why_changed: Text | None = Field(default=None, description="Why it was changed.")

    def faults(self) -> Iterator[Fault]:
        yield from _repeated((f"/goals/{place}/id", goal.id) for place, goal in enumerate(self.goals))
        yield from _repeated(
            (f"/goals/{place}/measures/{at}/id", measure.id)
            for place, goal in enumerate(self.goals)
            for at, measure in enumerate(goal.measures)
        )


def _repeated(keys: Iterator[tuple[str, str]]) -> Iterator[Fault]:
    counted: Counter[str] = Counter()
    for where, key in keys:
        counted[key] += 1
        if counted[key] > 1:
            yield Fault("repeated-key", where, {"name": "id"})


class FollowedMeasure(_Part):
    """How a measure goes."""

    measure: Key = Field(description="The key of the measure.")
    status: Status = Field(description="Whether it is done, goes on, or was stopped.")
    why: Text | None = Field(default=None, description="Why it was stopped; needed then.")


class MeasuresFollowedUp(ParticipationContent):
    """How the measures of an action plan go. A measure that is not among them was not followed up."""

    KIND: ClassVar[str] = "measures_followed_up"
    RECORDED_AT: ClassVar[RecordedAt] = RecordedAt(
        "participation/plans/<plan_id>/follow-ups",
        "participation:write",
        "Record how the measures of a plan go",
        about=(ActionPlan.KIND,),
    )
    WHEN: ClassVar[tuple[When, ...]] = ("during",)

    followed_up_on: DoneOn = Field(description="The day, such as that of the network meeting.")
    measures: tuple[FollowedMeasure, ...] = Field(
        min_length=1, max_length=MOST_GOALS * MOST_MEASURES, description="How each measure goes that was followed up."
    )

    def faults(self) -> Iterator[Fault]:
        yield from _repeated((f"/measures/{place}/measure", each.measure) for place, each in enumerate(self.measures))
        for place, each in enumerate(self.measures):
            if each.status == "stopped" and each.why is None:
                yield Fault("missing-key", f"/measures/{place}/why", {"name": "why"})


#: Every kind of this module by its name.
PLANS: dict[str, type[ParticipationContent]] = kinds_in(globals(), ParticipationContent)
