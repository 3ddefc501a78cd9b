"""Evidence cards: what is known of how an instrument works, for whom, and who answers for it.

A card is written by `underlag research card` and read here, without anything that can compute. It is bound to the very
file of the instrument by its SHA-256, and its signature is over every value in it, so that anyone can verify it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StrictBool

from instruments.canonical import canonical_json
from instruments.card_parts import (
    Bundle,
    CardOutcome,
    CardPart,
    CardSection,
    Digest,
    Flow,
    LevelCount,
    Line,
    Number,
    Reason,
    Reporting,
    Sample,
    SignatureText,
)
from instruments.faults import Fault, InputError
from instruments.loading import CrossFault, load
from instruments.mapping import RatedWith
from instruments.messages import Text
from instruments.registry import Identifier, Version
from instruments.research.datasets.own_items import ID as OWN_ITEMS
from instruments.research.limits import limits
from instruments.research.plans.plan import Plan
from instruments.signing import Signed, public_key_of


class AlteredCardError(ValueError):
    """A card or a bundle is not what was signed with this key.

    Parameters
    ----------
    fault : Fault
    """

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


#: The newest format: the number that new cards have, and the name of the schema of their machine form.
FORMAT = 3
SCHEMA = "urn:underlag:evidence-card:3"
#: Parts that cards of format 2 did not have. One that is not there is no part of what was signed.
_NEW_PARTS = ("schema_name", "flow", "reporting", "ascertainment", "plan", "plan_sha256")


class Card(CardPart):
    """An evidence card.

    Parameters
    ----------
    schema_name : str or None
        ``$schema`` in the file: the JSON schema that the file follows, see `instruments.card_schema`.
    instrument : str
        ``id@version`` of the definition by which the items were read; its file has the SHA-256 ``instrument_sha256``.
        Where nobody is rated by it, ``own_items/id@version``; of a mapping alone ``own_items@0`` and its digest.
    rated_with : RatedWith
        With what the people were rated. Where that is another instrument, the card is evidence on that one.
    local : bool
        Whether the sample is of the place where the card is published.
    decision_support : bool
        Whether frequencies by summary rating may be shown beside an assessment; only for a local card.
    responsible : str
        The person who answers for the figures.
    not_validated_for : tuple of Text
    computed_with : Mapping of str to number or bool
        What the same figures come out with again from the same data: ``seed``, ``draws``, ``folds``, ``stratified``,
        and the ``cut`` from which the score pointed to the outcome, where one was given.
    software : Mapping of str to str
        The version of every library that had a part in them.
    flow, reporting : Flow and Reporting, or None
        The way from the table to the analyses, and what the study tells beside its figures and what it does not; None
        on a card of format 2.
    ascertainment : Mapping of str to Text or None
        What was stated of who could have had the outcome, and of what was to prevent it.
    plan : Plan or None
        What was to be done, fixed before the analysis, with its digest; what departs from it is among the warnings.
    public_key, signature : str
        Ed25519 over everything else, and the key that verifies it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_name: Annotated[Literal["urn:underlag:evidence-card:3"] | None, Field(alias="$schema")] = None
    format: Literal[2, 3]
    id: Identifier
    version: Version
    instrument: Line
    instrument_sha256: Digest
    rated_with: RatedWith
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
    computed_with: Mapping[str, Number | StrictBool]
    software: Mapping[str, Line]
    bundle: Bundle | None = None
    flow: Flow | None = None
    reporting: Reporting | None = None
    ascertainment: Mapping[str, Text] | None = None
    plan: Plan | None = None
    plan_sha256: Digest | None = None
    public_key: Digest
    signature: SignatureText

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

    @property
    def is_on_own_instrument(self) -> bool:
        """Whether the people were rated with the very instrument that the items were read by."""
        return self.has_definition and self.rated_with.instrument == self.instrument

    @property
    def has_definition(self) -> bool:
        """Whether the items were read by a definition that people are rated by; any other card is for research only."""
        return not self.instrument.startswith(OWN_ITEMS)

    def signed_with(self, key: bytes) -> "Card":
        """The card as signed with a private key of 32 bytes."""
        unsigned = self.model_copy(update={"public_key": public_key_of(key)})
        return unsigned.model_copy(
            update={"signature": Signed.of(unsigned._signed, key, purpose=self._purpose).signature}
        )

    @property
    def is_as_signed(self) -> bool:
        """Whether nothing in the card was changed since it was signed with the key that it names."""
        return Signed(self.public_key, self.signature).holds_for(self._signed, purpose=self._purpose)

    def is_signed_with(self, key: bytes) -> bool:
        """Whether nothing in the card was changed since it was signed with this private key."""
        return self.public_key == public_key_of(key) and self.is_as_signed

    @property
    def _signed(self) -> bytes:
        absent = {name for name in _NEW_PARTS if getattr(self, name) is None}
        return canonical_json(self.model_dump(mode="json", exclude={"signature", *absent}))

    @property
    def _purpose(self) -> bytes:
        return f"underlag evidence card {self.format}\n".encode()


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


def differ_by_few(one: Card, other: Card) -> bool:
    """Whether two cards could tell of few by what differs: in persons or, of the same outcome, in how it went."""
    differing = [one.sample.persons - other.sample.persons]
    if one.outcome.name == other.outcome.name:
        differing.append(one.outcome.events - other.outcome.events)
        differing.append((one.outcome.known - one.outcome.events) - (other.outcome.known - other.outcome.events))
    return any(0 < abs(number) < limits().whole("small_count") for number in differing)
