"""The parts of an evidence card: figures, the sample, the way to the analyses, and what a study tells."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from instruments.messages import Text

_DIGEST = r"^[0-9a-f]{64}$"

Line = Annotated[str, Field(min_length=1, max_length=400)]
Digest = Annotated[str, Field(pattern=_DIGEST)]
SignatureText = Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]
Count = Annotated[StrictInt, Field(ge=0)]
Number = StrictInt | float
Share = Annotated[float, Field(ge=0, le=1)]


class CardPart(BaseModel):
    """A part of a card, which holds what it says and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Reason(CardPart):
    """Why something is not known: the code of a fault, and what its sentence needs."""

    code: Line
    where: str = ""
    parameters: Mapping[str, Any] = Field(default_factory=dict)


class CardFigure(CardPart):
    """A figure with its interval, or the reason why there is none."""

    figure: Line
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    level: Share | None = None
    n: Count | None = None
    method: str = ""
    note: str = ""
    insufficient_evidence: Reason | None = None


class CardRow(CardPart):
    """Figures about one thing."""

    labels: tuple[str, ...]
    figures: tuple[CardFigure, ...]


class CardSection(CardPart):
    """Figures that are read together."""

    section: Line
    columns: tuple[str, ...]
    rows: tuple[CardRow, ...]
    notes: tuple[str, ...] = ()


class LevelCount(CardPart):
    """So many of so many had the outcome among those with a summary rating."""

    level: Literal["low", "moderate", "high"]
    events: Count
    n: Count
    low: Share
    high: Share


class Ages(CardPart):
    """The ages of the sample, in years: the lowest and the highest that are not of few."""

    min: Number
    max: Number
    median: Number
    known: Count


class Period(CardPart):
    """The first and the last time of rating: months, years or words."""

    first: Line
    last: Line


class Sample(CardPart):
    """Whom the figures are about."""

    description: Text
    rows: Count
    persons: Count
    raters: Count | None = None
    period: Period | None = None
    ages: Ages | None = None
    groups: Mapping[str, Mapping[str, Count]]
    data_sha256: Digest | None = None
    mapping_sha256: Digest | None = None


class CardOutcome(CardPart):
    """What the instrument was held against."""

    name: Line
    description: Text
    known: Count
    events: Count


class Bundle(CardPart):
    """The fitted estimator that is kept beside the card."""

    file: Line
    sha256: Digest


class Reporting(CardPart):
    """What a study tells beside its figures, by the items of reporting guidelines.

    Parameters
    ----------
    items : str
        ``id@version`` of what was asked; its file has the SHA-256 ``items_sha256``.
    answers : Mapping of str to Text
        By the ids of the items.
    missing : tuple of str
        The items that nobody has answered.
    """

    items: Line
    items_sha256: Digest
    answers: Mapping[str, Text]
    missing: tuple[Line, ...]


class LeftOut(CardPart):
    """Assessments that are no part of the main analysis, and why.

    Parameters
    ----------
    reasons : tuple of str
        ``blank_of_few``, ``later_rating``, ``outcome_unknown`` or ``score_incomplete``; several where each alone would
        be of few.
    assessments : int or None
        None where they are few.
    """

    reasons: Annotated[tuple[Line, ...], Field(min_length=1)]
    assessments: Count | None = None


class Analysis(CardPart):
    """How many assessments an analysis rests on: the fewest and the most of any of its figures about everybody."""

    analysis: Line
    fewest: Count
    most: Count


class Flow(CardPart):
    """The way of the participants from the table to the analyses.

    Parameters
    ----------
    assessments, persons : int
        In the table.
    left_out : tuple of LeftOut
        In the order in which they were left out.
    analysed : int
        Of whom both the score and the outcome are known.
    analyses : tuple of Analysis
    """

    assessments: Count
    persons: Count
    left_out: tuple[LeftOut, ...]
    analysed: Count
    analyses: tuple[Analysis, ...]
