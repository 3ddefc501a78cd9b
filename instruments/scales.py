"""Scales of any instrument: ordered levels, yes or no, counts, and scores between two ends.

The instruments that young people are screened by have three levels of risk and two of protection
(`instruments.model.Scales`). What is described here is for research alone.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from instruments.mapped_columns import CellText
from instruments.model import Kind

Number = StrictInt | float


class _Scale(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    levels: tuple[CellText, ...] = ()

    def _require(self, holds: bool) -> None:
        if not holds or (self.levels and (len(self.levels) < 2 or len(set(self.levels)) < len(self.levels))):
            raise PydanticCustomError("not-a-scale", "levels that differ, or a range, and not both")


class ItemScale(_Scale):
    """The scale of an item.

    Parameters
    ----------
    levels : tuple of str
        Its levels in rising order; two of them for yes or no.
    most : int, optional
        Instead of them, of a count: the highest number that there can be.
    kind : "risk" or "protective"
        A protective item is counted where it is absent.
    """

    most: Annotated[StrictInt, Field(ge=1, le=1000)] | None = None
    kind: Kind = "risk"

    @model_validator(mode="after")
    def _is_one_scale(self) -> "ItemScale":
        self._require(not self.levels or self.most is None)
        return self

    @property
    def own_levels(self) -> tuple[str, ...]:
        """The levels in rising order; none where nothing was said of them."""
        return self.levels if self.most is None else tuple(str(number) for number in range(self.most + 1))

    @property
    def is_given(self) -> bool:
        """Whether anything was said of the scale."""
        return not self.model_fields_set.isdisjoint(ItemScale.model_fields)


class ScoreScale(_Scale):
    """The scale of a score that stands in a column.

    Parameters
    ----------
    levels : tuple of str
        Of a score in words, such as a rating in four levels: its values in rising order.
    range : (number, number), optional
        Of a score in numbers: the lowest and the highest that there can be.
    """

    range: tuple[Number, Number] | None = None

    @model_validator(mode="after")
    def _is_one_scale(self) -> "ScoreScale":
        self._require(self.range is None or (not self.levels and self.range[0] < self.range[1]))
        return self

    @property
    def ends(self) -> tuple[float, float] | None:
        """The lowest and the highest value; None where nobody has said."""
        if self.levels:
            return 0.0, float(len(self.levels) - 1)
        return None if self.range is None else (float(self.range[0]), float(self.range[1]))
