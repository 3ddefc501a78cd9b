"""The published cards of instruments: a folder of local definitions that cards are added to and read from."""

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from instruments.cards import AlteredCardError, Card, differ_by_few, read_card
from instruments.faults import Fault, InputError
from instruments.messages import LANGUAGES
from instruments.model import Instrument
from instruments.registry import Registry
from instruments.research.limits import limits

#: The folder of cards within that of the local definitions.
MOUNTED = "cards"


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


def read_shelf(folder: Path | None) -> tuple[Card, ...]:
    """Read every published card.

    Parameters
    ----------
    folder : Path or None
        The folder ``cards`` of the local definitions; None, or one that is not there, has no cards.

    Raises
    ------
    InputError
        With every fault of every card, and its line.
    """
    cards: list[Card] = []
    faults: list[Fault] = []
    for path in sorted(folder.rglob("*.yaml")) if folder is not None and folder.is_dir() else ():
        try:
            cards.append(read_card(path))
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    return tuple(cards)


def cards_about(cards: Iterable[Card], instrument: str, sha256: str, key: bytes | None) -> list[ListedCard]:
    """The cards of an instrument, the newest first. A card on another instrument is never among them.

    Parameters
    ----------
    instrument, sha256 : str
        ``id@version`` and the digest of its file.
    key : bytes or None
        The service's signing key. Without it, no card is verified.
    """
    listed = [
        ListedCard(card, key is not None and card.instrument_sha256 == sha256 and card.is_signed_with(key))
        for card in cards
        if card.instrument == instrument and card.is_on_own_instrument
    ]
    return sorted(listed, key=lambda each: (each.card.created_on, each.card.reference), reverse=True)


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
        If the instrument's file is another, the people were rated with another instrument or with one that has no
        definition, the card is published already, or one that is differs from it by few.
    """
    card = read_card(path)
    if not card.is_signed_with(key):
        raise AlteredCardError(Fault("card-altered", path.name))
    if not card.has_definition:
        raise InputError([Fault("card-research-only", path.name, {"name": card.rated_with.instrument})])
    definition = instruments.find(card.instrument, on=card.created_on)
    if definition.sha256 != card.instrument_sha256:
        raise InputError([Fault("card-of-other-instrument", path.name, {"name": card.instrument})])
    if not card.is_on_own_instrument:
        names = {"name": card.instrument, "rated_with": card.rated_with.instrument}
        raise InputError([Fault("card-on-other-instrument", path.name, names)])
    target = folder / definition.content.id / f"{card.id.replace('/', '_')}@{card.version}.yaml"
    if target.exists():
        raise InputError([Fault("card-published", path.name, {"name": card.reference})])
    for shown in read_shelf(folder):
        is_alike = shown.instrument == card.instrument and shown.outcome.name == card.outcome.name
        if is_alike and differ_by_few(shown, card):
            told = {"name": card.reference, "other": shown.reference, "least": limits().whole("small_count")}
            raise InputError([Fault("card-differs-by-few", path.name, told)])
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
