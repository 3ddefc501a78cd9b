"""When the network is to meet and how early a day is reminded of: dated and cited limits, read once."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from instruments.messages import Text
from instruments.model import Line
from instruments.registry import Registry, Versioned

DEFINITIONS = Path(__file__).parent / "follow_up"
LimitName = Literal["days_between_meetings", "days_of_notice"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FollowUpSource(_Part):
    """The text that a limit is read from, in its own words."""

    title: Line
    quote: Line


class FollowUpLimit(_Part):
    """A number of days, what it rests on, and who decided it."""

    id: LimitName
    days: Annotated[StrictInt, Field(ge=1, le=366)]
    source: FollowUpSource | None
    reading: Text
    decided_by: Line
    decided_on: date


class FollowUpLimits(Versioned):
    """The limits of following up work that goes on."""

    title: Text
    limits: tuple[FollowUpLimit, ...]


@cache
def follow_up_limits() -> Registry[FollowUpLimits]:
    """Every version of the limits."""
    return Registry(FollowUpLimits, [DEFINITIONS])


@cache
def _days(name: LimitName, on: date) -> timedelta:
    begun = min(each.content.valid_from for each in follow_up_limits() if each.content.status == "published")
    limits = follow_up_limits().find("follow_up", on=max(on, begun)).content.limits
    return timedelta(days=next(each.days for each in limits if each.id == name))


def meeting_due_after(met_on: date) -> date:
    """The last day on which the network is to meet again, by the limit in force on the day that it met."""
    return met_on + _days("days_between_meetings", met_on)


def noticed_until(today: date) -> date:
    """The last day that is reminded of on a day."""
    return today + _days("days_of_notice", today)
