"""By when something in a case is to be done: limits of days or months, cited where the law states them."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from api.policies.sources import PolicySource
from instruments.loading import CrossFault
from instruments.messages import Text
from instruments.model import Line
from instruments.registry import Versioned
from screening.gate import months_after

LimitName = Literal["preliminary_assessment", "investigation", "after_ending"]


class DeadlineLimit(BaseModel):
    """How long something may take from the day on which it began.

    Parameters
    ----------
    days, months : int or None
        One of them.
    only_below_age : int or None
        For whom it holds: somebody who had not reached this age on the day on which it began, or whose age is unknown.
    source : PolicySource or None
        The law that states it; None for what the municipality decides itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: LimitName
    days: Annotated[StrictInt, Field(ge=1, le=3_660)] | None = None
    months: Annotated[StrictInt, Field(ge=1, le=120)] | None = None
    only_below_age: Annotated[StrictInt, Field(ge=1, le=120)] | None
    source: PolicySource | None
    reading: Text
    decided_by: Line
    decided_on: date

    def last_day(self, begun_on: date) -> date:
        """The last day for what began on a day."""
        return months_after(begun_on, self.months) if self.months else begun_on + timedelta(days=self.days or 0)


class DeadlinePolicy(Versioned):
    """The limits of a case; what is left out has none."""

    title: Text
    limits: tuple[DeadlineLimit, ...]

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield limits that are not of days or else of months."""
        yield from super().faults_in(data)
        limits = data.get("limits") if isinstance(data, Mapping) else None
        for place, limit in enumerate(limits if isinstance(limits, list) else ()):
            if isinstance(limit, Mapping) and (limit.get("days") is None) == (limit.get("months") is None):
                yield ("limits", place), "missing-key", {"name": "days, months"}

    def limit(self, name: LimitName) -> DeadlineLimit | None:
        """The limit of a name; None where the policy has none."""
        return next((each for each in self.limits if each.id == name), None)
