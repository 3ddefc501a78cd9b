"""Evidence cards: what is known of how an instrument works, for whom, and who answers for it.

A card is written by `underlag research card` and read here, without anything that can compute. It is bound to the very
file of the instrument by its SHA-256, and its HMAC is over every value in it.
"""

import hashlib
import hmac
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from instruments.faults import Fault, InputError
from instruments.loading import CrossFault, load
from instruments.messages import LANGUAGES, Text
from instruments.model import Instrument
from instruments.registry import Identifier, Registry, Version
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
        return hmac.new(key, _SIGNED + rfc8785.dumps(content), hashlib.sha256).hexdigest()

    def is_signed_with(self, key: bytes) -> bool:
        """Whether nothing in the card was changed since it was signed with this key."""
        return hmac.compare_digest(self.hmac, self.signature(key))


def _unfit_for_decisions(local: bool, levels: Any) -> Iterator[CrossFault]:
    """What stands in the way of showing frequencies beside an assessment."""
    least = int(limits().level_frequency.value)
    if not local:
        yield ("decision_support",), "decision-support-not-local", {}
    for place, level in enumerate(levels if isinstance(levels, list | tuple) else ()):
        n = level.get("n") if isinstance(level, Mapping) else None
        if isinstance(n, int) and n < least:
            yield ("levels", place), "level-too-small", {"n": n, "needed": least}
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


@dataclass(frozen=True)
class ListedCard:
    """A published card.

    Parameters
    ----------
    is_verified : bool
        Whether it is signed with the service's key and about this very file of the instrument. Nothing but the
        fact that there is such a card may be told of one that is not.
    """

    card: Card
    is_verified: bool

    @property
    def allows_decision_support(self) -> bool:
        """Whether frequencies by summary rating may be shown."""
        return self.is_verified and self.card.local and self.card.decision_support


def published_cards(folder: Path | None, instrument: str, sha256: str, key: bytes | None) -> list[ListedCard]:
    """The published cards of an instrument, the newest first.

    Parameters
    ----------
    folder : Path or None
        The folder ``cards`` of the local definitions; None, or one that is not there, has no cards.
    instrument, sha256 : str
        ``id@version`` and the digest of its file.
    key : bytes or None
        The service's signing key. Without it, no card is verified.

    Raises
    ------
    InputError
        With every fault of every card, and its line.
    """
    if folder is None or not folder.is_dir():
        return []
    cards: list[Card] = []
    faults: list[Fault] = []
    for path in sorted(folder.rglob("*.yaml")):
        try:
            cards.append(read_card(path))
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    found = [
        ListedCard(card, key is not None and card.instrument_sha256 == sha256 and card.is_signed_with(key))
        for card in cards
        if card.instrument == instrument
    ]
    return sorted(found, key=lambda each: (each.card.created_on, each.card.reference), reverse=True)


def publish_card(path: Path, folder: Path, instruments: Registry[Instrument], key: bytes) -> Path:
    """Add a card to a folder of published cards, with what stands beside it: its pages and its estimator.

    Parameters
    ----------
    path : Path
        The card.
    folder : Path
        The folder ``cards`` of the local definitions; it is made where it is not there.
    instruments : Registry of Instrument
        Among which must be the one that the card is about.
    key : bytes
        The signing key.

    Returns
    -------
    Path
        Where the card now is.

    Raises
    ------
    AlteredCardError
        If the card or the estimator is not what was signed (``card-altered``, ``bundle-altered``).
    UnknownDefinitionError
        If there is no such instrument.
    InputError
        If the instrument's file is another, or the card is published already.
    """
    card = read_card(path)
    if not card.is_signed_with(key):
        raise AlteredCardError(Fault("card-altered", path.name))
    found = instruments.find(card.instrument, on=card.created_on)
    if found.sha256 != card.instrument_sha256:
        raise InputError([Fault("card-of-other-instrument", path.name, {"name": card.instrument})])
    target = folder / found.content.id / f"{card.id.replace('/', '_')}@{card.version}.yaml"
    if target.exists():
        raise InputError([Fault("card-published", path.name, {"name": card.reference})])
    beside = [
        page for page in (path.with_name(f"{path.stem}.{language}.html") for language in LANGUAGES) if page.exists()
    ]
    if card.bundle is not None:
        bundle = path.with_name(Path(card.bundle.file).name)
        if not bundle.exists() or hashlib.sha256(bundle.read_bytes()).hexdigest() != card.bundle.sha256:
            raise AlteredCardError(Fault("bundle-altered", bundle.name))
        beside.append(bundle)
    target.parent.mkdir(parents=True, exist_ok=True)
    for each in (*beside, path):  # the card last: what it names is there already
        name = target.name if each == path else each.name
        shutil.copyfile(each, target.with_name(name))
    return target
