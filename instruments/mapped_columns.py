"""The columns that a mapping names: how their cells become text, and what is said of a column that tells an outcome."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from instruments.messages import Text


def text_of_cell(raw: object) -> str:
    """A cell as text, so that 1, 1.0, ``1`` and ``1.0`` are the same code; empty for a blank.

    Parameters
    ----------
    raw : object
        Text, a number, a truth value or a date, as YAML, CSV or Parquet hold it.
    """
    if raw is None or raw != raw:  # NaN is how a column of decimal numbers says that a cell is empty
        return ""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, date):
        return raw.isoformat().removesuffix("T00:00:00")
    text = str(raw).strip()
    whole, point, decimals = text.partition(".")
    is_whole = point and not decimals.strip("0") and whole.removeprefix("-").isdigit()
    return whole if is_whole else text


CellText = Annotated[str, BeforeValidator(text_of_cell)]
ColumnName = Annotated[str, BeforeValidator(lambda raw: str(raw) if isinstance(raw, int) else raw), Field(min_length=1)]
Months = Annotated[StrictInt, Field(ge=1, le=1200)]


class MappingPart(BaseModel):
    """A part of a mapping file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class InColumn(MappingPart):
    """A part that may be written as the name of its column alone."""

    @model_validator(mode="before")
    @classmethod
    def _column_alone(cls, given: Any) -> Any:
        return {"column": given} if isinstance(given, str | int) and not isinstance(given, bool) else given


class Coded(InColumn):
    """A part whose cells are codes, some of which may stand for a blank."""

    missing: tuple[CellText, ...] = ()
    not_found: tuple[CellText, ...] = ()


class TruthColumn(Coded):
    """A column of yes and no, if the table has it.

    Parameters
    ----------
    codes : Mapping, optional
        1 (yes) or 0 (no) behind each code; by default 1, 0, true and false.
    """

    column: ColumnName | None = None
    codes: Mapping[CellText, Literal[0, 1]] | None = None


class Verification(TruthColumn):
    """Who could have been seen to have an outcome; the column tells of whom it could be seen.

    Parameters
    ----------
    read : Text, optional
        Which registers, or what else, were read.
    period : Text, optional
        Over which period.
    left : Text, optional
        Who left, by death or a move or into custody, and whether they are told apart from those without the outcome.
    """

    read: Text | None = None
    period: Text | None = None
    left: Text | None = None


class Treatment(TruthColumn):
    """Who received the measure that was to prevent an outcome; the column tells who did.

    Parameters
    ----------
    measure : Text, optional
        Which measure.
    """

    measure: Text | None = None


class OutcomeColumn(TruthColumn):
    """A column that tells whether something happened afterwards, for research and monitoring.

    Parameters
    ----------
    codes : Mapping, optional
        What stands behind each code: 1 it happened, 0 it did not, or 2 another event came first, after which it could
        no longer happen, such as death; at ``time`` it counts as such, else as 0. By default 1, 0, true and false.
    time : str, optional
        The column with the time until it happened or, where it did not, until nobody looked any longer.
    known_on : str, optional
        The column with the day, or the month (2026-11), quarter (2026-Q4) or year, in which it became known whether it
        happened, for monitoring.
    verification : Verification, optional
        Who could have been seen to have it.
    treatment : Treatment, optional
        Who received what was to prevent it.
    """

    column: ColumnName
    codes: Mapping[CellText, Literal[0, 1, 2]] | None = None  # type: ignore[assignment]  # one more than its kind has
    time: ColumnName | None = None
    known_on: ColumnName | None = None
    verification: Verification = Verification()
    treatment: Treatment = Treatment()

    @property
    def truths(self) -> Mapping[str, TruthColumn]:
        """The columns beside the outcome that tell yes or no, by what they tell."""
        beside: Mapping[str, TruthColumn] = {"verification": self.verification, "treatment": self.treatment}
        return {name: part for name, part in beside.items() if part.column is not None}
