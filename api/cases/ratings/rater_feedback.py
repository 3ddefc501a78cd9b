"""How somebody's own ratings have lain against those of the other rater, where both rated unseen: for that rater alone.

Nothing is counted before both have signed, and nothing that the reader must not see for another reason. Whoever else
rated is never told of: what a case shows of a pair stands in the case.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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
    agreed_same, agreed : int
        Of how many there is what the two came to, and in how many of these one's own level was the same.
    needed : int
        The fewest pairs of which more is told than how many they are.
    """

    item: Item | None
    same: int
    higher: int
    lower: int
    needed: int
    agreed_same: int = 0
    agreed: int = 0

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

    @property
    def is_agreed_told(self) -> bool:
        """Whether there are enough to say anything of what the two came to."""
        return self.agreed >= self.needed

    @property
    def agreed_interval(self) -> tuple[float, float]:
        """The same of the share that was as the two came to."""
        return wilson(self.agreed_same, self.agreed, _LEVEL)


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
    beside: dict[str, Differences] = defaultdict(lambda: defaultdict(list))
    agreed: dict[str, Differences] = defaultdict(lambda: defaultdict(list))
    pairs: dict[str, int] = defaultdict(int)
    latest: dict[str, Instrument] = {}
    for own, other, came_to in _pairs_of(unit.session, unit.actor):
        read = [_read(each, unit.library) for each in (own, other, came_to) if each is not None]
        rated = [each for each in read if each is not None]
        if len(rated) < len(read) or len({(each.id, each.version) for each, _ in rated}) > 1:
            continue  # an instrument is gone, or they used different ones
        instrument, ratings = rated[0]
        latest[instrument.id] = instrument
        pairs[instrument.id] += 1
        for known, (_, others) in zip((beside, agreed), rated[1:], strict=False):
            for name in ratings.keys() & others.keys():
                known[instrument.id][name].append(ratings[name] - others[name])
    record_event(unit.session, unit.event("list", "rater_feedback"))
    return [_feedback(latest[name], pairs[name], beside[name], agreed[name]) for name in sorted(latest)]


def _pairs_of(session: Session, actor: Actor) -> Iterator[tuple[Entry, Entry, Entry | None]]:
    """One's own rating, the other's, and what the two came to; of every double rating that both have signed.

    What they came to is the next assessment of the case, where one of the two signed it soon after both had seen the
    other's.
    """
    soon = timedelta(days=limits().whole("agreed_days"))
    own = select(Entry.case_id).where(Entry.made_by == actor.id, Entry.kind.in_(("assessment", "second_rating")))
    chosen = select(Entry).where(
        Entry.case_id.in_(own), Entry.case_id.in_(cases_of(actor.units)), Entry.kind.in_(RATED)
    )
    rows = session.scalars(chosen.order_by(Entry.case_id, Entry.number))
    for case_id, entries in groupby(rows.all(), lambda entry: entry.case_id):
        journal = list(entries)
        for pair in paired(journal):
            both = [each for each in (pair.first, pair.second) if each is not None]
            mine = [each for each in both if each.made_by == actor.id]
            if len(both) == 2 and len(mine) == 1 and len(seen_by(session, case_id, both, actor.id)) == 2:
                later, raters = max(both, key=lambda entry: entry.number), {each.made_by for each in both}
                after = (each for each in journal if each.kind == "assessment" and each.number > later.number)
                agreed = next(after, None)
                is_theirs = agreed is not None and agreed.made_by in raters and agreed.made_at - later.made_at <= soon
                is_seen = agreed is not None and bool(seen_by(session, case_id, [agreed], actor.id))
                other = next(each for each in both if each is not mine[0])
                yield mine[0], other, agreed if is_theirs and is_seen else None


def _read(entry: Entry, library: Library) -> tuple[Instrument, dict[str, int]] | None:
    """The instrument, and the place of every level that was given on its scale, the summary rating among them.

    None where the instrument is gone.
    """
    content = entry.content
    try:
        found = library.instruments.find(content["instrument"], on=date.fromisoformat(content["assessed_on"]))
        instrument, ratings = found.content, read_ratings(content["ratings"], found.content)
    except (UnknownDefinitionError, AlteredDefinitionError, InputError):
        return None
    levels = {item.id: code for item, code in zip(instrument.items, ratings.codes, strict=True) if code != BLANK}
    return instrument, {**levels, SUMMARY_RATING: _SUMMARY_LEVELS.index(content["summary"][SUMMARY_RATING])}


def _feedback(instrument: Instrument, pairs: int, beside: Differences, agreed: Differences) -> RaterFeedback:
    needed = limits().whole("shared_persons")

    def lain(item: Item | None) -> OwnRatings:
        name = SUMMARY_RATING if item is None else item.id
        by, at_last = beside.get(name, []), agreed.get(name, [])
        higher, lower = sum(each > 0 for each in by), sum(each < 0 for each in by)
        return OwnRatings(item, by.count(0), higher, lower, needed, at_last.count(0), len(at_last))

    def of_kind(kind: str) -> tuple[OwnRatings, ...]:
        return tuple(lain(item) for item in instrument.items if item.kind == kind)

    return RaterFeedback(instrument, pairs, lain(None), of_kind("protective"), of_kind("risk"))


def alike_most(lain: Sequence[OwnRatings]) -> list[OwnRatings]:
    """Those of which something is told, the most alike first; the others after them, in their order."""
    return sorted(lain, key=lambda each: (not each.is_told, -each.same / each.pairs if each.is_told else 0.0))
