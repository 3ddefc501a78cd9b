"""Evidence cards: what is known of how an instrument works, for whom, and who answers for it.

A card is written by `underlag research card` and read here, without anything that can compute. It is bound to the very
file of the instrument by its SHA-256, and its HMAC is over every value in it.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from instruments.canonical import canonical_json
from instruments.faults import Fault, InputError
from instruments.loading import CrossFault, load
from instruments.messages import Text
from instruments.registry import Identifier, Version
from instruments.research.limits import limits

_SIGNED = b"underlag evidence card 1\n"
_DIGEST = r"^[0-9a-f]{64}$"

Line = Annotated[str, Field(min_length=1, max_length=400)]
Digest = Annotated[str, Field(pattern=_DIGEST)]
Count = Annotated[StrictInt, Field(ge=0)]
Number = StrictInt | float
Share = Annotated[float, Field(ge=0, le=1)]


class AlteredCardError(ValueError):
    """A card or a bundle is not what was signed with this key.

    Parameters
    ----------
    fault : Fault
    """

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reason(_Part):
    """Why something is not known: the code of a fault, and what its sentence needs."""

    code: Line
    where: str = ""
    parameters: Mapping[str, Any] = Field(default_factory=dict)


class CardFigure(_Part):
    """A figure with its interval, or the reason why there is none."""

    figure: Line
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    level: Share | None = None
    n: Count
    method: str = ""
    note: str = ""
    insufficient_evidence: Reason | None = None


class CardRow(_Part):
    """Figures about one thing."""

    labels: tuple[str, ...]
    figures: tuple[CardFigure, ...]


class CardSection(_Part):
    """Figures that are read together."""

    section: Line
    columns: tuple[str, ...]
    rows: tuple[CardRow, ...]
    notes: tuple[str, ...] = ()


class LevelCount(_Part):
    """So many of so many had the outcome among those with a summary rating."""

    level: Literal["low", "moderate", "high"]
    events: Count
    n: Count
    low: Share
    high: Share


class Ages(_Part):
    """The ages of the sample, in years."""

    min: Number
    max: Number
    median: Number
    known: Count


class Period(_Part):
    """The first and the last that was rated: days, years or words."""

    first: Line
    last: Line


class Sample(_Part):
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


class CardOutcome(_Part):
    """What the instrument was held against."""

    name: Line
    description: Text
    known: Count
    events: Count


class Bundle(_Part):
    """The fitted estimator that is kept beside the card."""

    file: Line
    sha256: Digest


class Card(_Part):
    """An evidence card.

    Parameters
    ----------
    instrument : str
        ``id@version``, whose file has the SHA-256 ``instrument_sha256``.
    local : bool
        Whether the sample is of the place where the card is published.
    decision_support : bool
        Whether frequencies by summary rating may be shown beside an assessment; only for a local card.
    responsible : str
        The person who answers for the figures.
    not_validated_for : tuple of Text
    hmac : str
        Over everything else.
    """

    format: Literal[1]
    id: Identifier
    version: Version
    instrument: Line
    instrument_sha256: Digest
    title: Text
    plain: Text
    created_on: date
    responsible: Line
    local: StrictBool
    decision_support: StrictBool
    sample: Sample
    outcome: CardOutcome
    score: Line
    methods: tuple[Line, ...]
    levels: tuple[LevelCount, ...]
    not_validated_for: Annotated[tuple[Text, ...], Field(min_length=1)]
    sections: tuple[CardSection, ...]
    warnings: tuple[Reason, ...]
    software: Mapping[str, Line]
    bundle: Bundle | None = None
    hmac: Digest

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield what is wrong between the parts; see `instruments.loading.load`."""
        if not isinstance(data, Mapping) or not data.get("decision_support"):
            return
        yield from _unfit_for_decisions(data.get("local") is True, data.get("levels"))

    @property
    def reference(self) -> str:
        """``id@version``."""
        return f"{self.id}@{self.version}"

    def signature(self, key: bytes) -> str:
        """The HMAC that the card should have."""
        content = self.model_dump(mode="json", exclude={"hmac"})
        return hmac.new(key, _SIGNED + canonical_json(content), hashlib.sha256).hexdigest()

    def is_signed_with(self, key: bytes) -> bool:
        """Whether nothing in the card was changed since it was signed with this key."""
        return hmac.compare_digest(self.hmac, self.signature(key))


def _unfit_for_decisions(local: bool, levels: Any) -> Iterator[CrossFault]:
    """What stands in the way of showing frequencies beside an assessment."""
    least, few = (limits().whole(name) for name in ("level_frequency", "small_count"))
    if not local:
        yield ("decision_support",), "decision-support-not-local", {}
    for place, level in enumerate(levels if isinstance(levels, list | tuple) else ()):
        n, events = (level.get(name) if isinstance(level, Mapping) else None for name in ("n", "events"))
        if isinstance(n, int) and n < least:
            yield ("levels", place), "level-too-small", {"n": n, "needed": least}
        elif isinstance(n, int) and isinstance(events, int) and min(events or few, n - events or few) < few:
            yield ("levels", place), "level-count-small", {"level": level["level"], "least": few}
    if not levels:
        yield ("levels",), "level-too-small", {"n": 0, "needed": least}


def require_fit_for_decisions(local: bool, levels: Iterable[LevelCount]) -> None:
    """Refuse to let a card allow decision support for which its evidence is too thin, or from elsewhere.

    Raises
    ------
    InputError
    """
    counted = [level.model_dump() for level in levels]
    if faults := [Fault(code, "", parameters) for _, code, parameters in _unfit_for_decisions(local, counted)]:
        raise InputError(faults)


def read_card(path: Path) -> Card:
    """Read a card.

    Raises
    ------
    InputError
        With every fault of the file and its line.
    """
    return load(path, Card)[0]
