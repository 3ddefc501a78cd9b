"""How somebody's own ratings have lain against those of the other rater, where both rated unseen: for that rater alone.

Nothing is counted before both have signed, and nothing that the reader must not see for another reason. Whoever else
rated is never told of: what a case shows of a pair stands in the case.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.reach import cases_of
from api.cases.ratings.blind_rating import RATED, paired, seen_by
from api.context.unit import Unit
from api.store.actors import Actor
from api.store.audit_chain import record_event
from api.store.schema import Entry
from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from instruments.model import Instrument, Item
from instruments.ratings import BLANK, read_ratings
from instruments.research.limits import limits
from screening.coding import SUMMARY_RATING
from screening.library import Library
from screening.trends.binomial import wilson

_LEVEL = 0.95
_SUMMARY_LEVELS = ("low", "moderate", "high")
#: An item, or the summary rating, and by how many levels one's own rating lies above the other's.
Differences = dict[str, list[int]]


@dataclass(frozen=True)
class OwnRatings:
    """How one's own ratings of one item have lain against the other's.

    Parameters
    ----------
    item : Item or None
        None for the summary rating.
    same, higher, lower : int
        How many pairs had the same level, and in how many one's own was the higher or the lower.
    needed : int
        The fewest pairs of which more is told than how many they are.
    """

    item: Item | None
    same: int
    higher: int
    lower: int
    needed: int

    @property
    def pairs(self) -> int:
        """How many times both have given a level."""
        return self.same + self.higher + self.lower

    @property
    def is_told(self) -> bool:
        """Whether there are enough to say anything."""
        return self.pairs >= self.needed

    @property
    def interval(self) -> tuple[float, float]:
        """Between which shares the share of the same levels is likely to lie in the long run (Wilson, at 95 %)."""
        return wilson(self.same, self.pairs, _LEVEL)


@dataclass(frozen=True)
class RaterFeedback:
    """One's own ratings by one instrument.

    Parameters
    ----------
    summary : OwnRatings
    protective, risk : tuple of OwnRatings
        In the order of the instrument.
    """

    instrument: Instrument
    pairs: int
    summary: OwnRatings
    protective: tuple[OwnRatings, ...]
    risk: tuple[OwnRatings, ...]


def feedback_of(unit: Unit) -> list[RaterFeedback]:
    """The feedback on the actor's own ratings in cases of the actor's units; the audit keeps that it was read."""
    differences: dict[str, Differences] = defaultdict(lambda: defaultdict(list))
    pairs: dict[str, int] = defaultdict(int)
    latest: dict[str, Instrument] = {}
    for own, other in _pairs_of(unit.session, unit.actor):
        try:
            (instrument, ratings), (same, other_ratings) = (_read(each, unit.library) for each in (own, other))
        except (UnknownDefinitionError, AlteredDefinitionError, InputError):
            continue  # the instrument is gone
        if same.version != instrument.version or same.id != instrument.id:
            continue
        latest[instrument.id], of_instrument = instrument, differences[instrument.id]
        pairs[instrument.id] += 1
        for name, level in ratings.items():
            if name in other_ratings:
                of_instrument[name].append(level - other_ratings[name])
    record_event(unit.session, unit.event("list", "rater_feedback"))
    return [_feedback(latest[name], pairs[name], differences[name]) for name in sorted(latest)]


def _pairs_of(session: Session, actor: Actor) -> Iterator[tuple[Entry, Entry]]:
    """One's own rating and the other's, of every double rating that both have signed, in the order of the cases."""
    own = select(Entry.case_id).where(Entry.made_by == actor.id, Entry.kind.in_(("assessment", "second_rating")))
    chosen = select(Entry).where(
        Entry.case_id.in_(own), Entry.case_id.in_(cases_of(actor.units)), Entry.kind.in_(RATED)
    )
    rows = session.scalars(chosen.order_by(Entry.case_id, Entry.number))
    for case_id, entries in groupby(rows.all(), lambda entry: entry.case_id):
        for pair in paired(list(entries)):
            both = [each for each in (pair.first, pair.second) if each is not None]
            mine = [each for each in both if each.made_by == actor.id]
            if len(both) == 2 and len(mine) == 1 and len(seen_by(session, case_id, both, actor.id)) == 2:
                yield mine[0], next(each for each in both if each is not mine[0])


def _read(entry: Entry, library: Library) -> tuple[Instrument, dict[str, int]]:
    """The instrument, and the place of every level that was given on its scale, the summary rating among them."""
    content = entry.content
    instrument = library.instruments.find(content["instrument"], on=date.fromisoformat(content["assessed_on"])).content
    ratings = read_ratings(content["ratings"], instrument)
    levels = {item.id: code for item, code in zip(instrument.items, ratings.codes, strict=True) if code != BLANK}
    return instrument, {**levels, SUMMARY_RATING: _SUMMARY_LEVELS.index(content["summary"][SUMMARY_RATING])}


def _feedback(instrument: Instrument, pairs: int, differences: Differences) -> RaterFeedback:
    needed = limits().whole("shared_persons")

    def lain(item: Item | None) -> OwnRatings:
        by = differences.get(SUMMARY_RATING if item is None else item.id, [])
        return OwnRatings(item, by.count(0), sum(each > 0 for each in by), sum(each < 0 for each in by), needed)

    def of_kind(kind: str) -> tuple[OwnRatings, ...]:
        return tuple(lain(item) for item in instrument.items if item.kind == kind)

    return RaterFeedback(instrument, pairs, lain(None), of_kind("protective"), of_kind("risk"))


def alike_most(lain: Sequence[OwnRatings]) -> list[OwnRatings]:
    """Those of which something is told, the most alike first; the others after them, in their order."""
    return sorted(lain, key=lambda each: (not each.is_told, -each.same / each.pairs if each.is_told else 0.0))
