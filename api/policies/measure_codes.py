"""The codes of a municipality's measures, such as those of KSI: its own list, empty as it ships."""

from datetime import date

from pydantic import BaseModel, ConfigDict

from api.policies.sources import PolicySource
from instruments.messages import Text
from instruments.model import Line
from instruments.registry import Versioned


class MeasureCode(BaseModel):
    """A code and what it is called."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Line
    title: Text


class MeasureCodes(Versioned):
    """The codes that a measure of an action plan may have."""

    title: Text
    source: PolicySource | None
    codes: tuple[MeasureCode, ...]
    reading: Text
    decided_by: Line
    decided_on: date
