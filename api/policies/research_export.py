"""What leaves for research, and how small groups are guarded: the policy as it stands in its file."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from instruments.loading import CrossFault
from instruments.messages import Text
from instruments.model import Line
from instruments.registry import Versioned

UNDISCLOSED = "undisclosed"
WITHHELD = "withheld"
_PRECISIONS: Mapping[str, tuple[str, ...]] = {
    "period": ("month", "quarter", "year", UNDISCLOSED),
    "age": ("fine", "coarse", UNDISCLOSED),
    "unit": ("told", UNDISCLOSED),
    "guidance": ("told", UNDISCLOSED),
    "sex": ("told", UNDISCLOSED),
    "follow_up": ("told", UNDISCLOSED, WITHHELD),
    "later_ratings": ("kept", "left_out"),
}
Told = Literal["told", "undisclosed"]
Least = Annotated[StrictInt, Field(ge=3, le=100)]
Bounds = Annotated[tuple[Annotated[StrictInt, Field(ge=0, le=240)], ...], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Part):
    """How closely somebody is described.

    Parameters
    ----------
    follow_up : str
        Whether it is told in which period the first follow-up after the ending was recorded. Where that is undisclosed
        it can still be seen whether there was one; where it is withheld nothing is told of what came after the ending.
    """

    period: Literal["month", "quarter", "year", "undisclosed"]
    age: Literal["fine", "coarse", "undisclosed"]
    unit: Told
    guidance: Told
    sex: Told
    follow_up: Literal["told", "undisclosed", "withheld"] = "undisclosed"
    later_ratings: Literal["kept", "left_out"]


class AgeBands(_Part):
    """The first age of each band."""

    fine: Bounds
    coarse: Bounds


class ExportGround(_Part):
    """What a disclosure can rest on."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    title: Text
    source: Line


class ExportPolicy(Versioned):
    """How the export for research is made.

    Parameters
    ----------
    smallest_group : int
        Persons who at least share everything that somebody else could know of each of them.
    smallest_rater : int
        Persons whom a rater has rated at least, to have a pseudonym of their own.
    steps : tuple of Step
        Each at least as coarse as the one before.
    follow_up_period : str or None
        Follow-ups are told when a period of this length is over and brings enough persons; None tells each at once.
    """

    title: Text
    smallest_group: Least
    smallest_rater: Least
    age_bands: AgeBands
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    months_after_ending: Bounds
    follow_up_period: Literal["month", "quarter", "year"] | None = None
    after_withdrawn_consent: Literal["left_out", "kept"]
    grounds: Annotated[tuple[ExportGround, ...], Field(min_length=1)]
    limits: tuple[Text, ...]
    reading: Text
    decided_by: Line
    decided_on: date

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield what is wrong between the parts; see `instruments.loading.load`."""
        yield from super().faults_in(data)
        steps = data.get("steps") if isinstance(data, Mapping) else None
        before: Mapping[str, Any] = {}
        for place, given in enumerate(steps if isinstance(steps, list) else ()):
            if not isinstance(given, Mapping):
                return
            step = {"follow_up": UNDISCLOSED, **given}
            for name, precisions in _PRECISIONS.items():
                if _place(precisions, step.get(name)) < _place(precisions, before.get(name)):
                    yield ("steps", place, name), "finer-step", {"name": name}
            if step["follow_up"] == "told" and data.get("follow_up_period") is None:
                yield ("steps", place, "follow_up"), "follow-up-without-period", {}
            before = step
        bands = data.get("age_bands") if isinstance(data, Mapping) else None
        fine, coarse = (bands.get(name) if isinstance(bands, Mapping) else None for name in ("fine", "coarse"))
        if isinstance(fine, list) and isinstance(coarse, list) and not set(coarse) <= set(fine):
            yield ("age_bands", "coarse"), "bands-across", {}

    def ground_names(self) -> tuple[str, ...]:
        """The grounds, in the order of the file."""
        return tuple(each.id for each in self.grounds)


def _place(precisions: Sequence[str], value: Any) -> int:
    return precisions.index(value) if value in precisions else 0
