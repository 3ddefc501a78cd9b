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
from api.cases.journal import entries
from api.cases.ratings.blind_rating import RATED, paired, unseen_by
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
    counted: set[tuple[str, str]] = set()
    for own, other, came_to in _pairs_of(unit.session, unit.actor):
        mine, theirs = _read(own, unit.library), _read(other, unit.library)
        if mine is None or theirs is None:
            continue  # the instrument is gone
        instrument, ratings = mine
        if (own.case_id, instrument.id) in counted:
            continue  # what is of one case is not independent
        counted.add((own.case_id, instrument.id))
        latest[instrument.id] = instrument
        pairs[instrument.id] += 1
        is_alike = came_to is not None and came_to.content["instrument"] == own.content["instrument"]
        at_last = _read(came_to, unit.library) if came_to is not None and is_alike else None
        for known, levels in ((beside, theirs[1]), (agreed, at_last[1] if at_last else {})):
            for name in ratings.keys() & levels.keys():
                known[instrument.id][name].append(ratings[name] - levels[name])
    record_event(unit.session, unit.event("list", "rater_feedback"))
    return [_feedback(latest[name], pairs[name], beside[name], agreed[name]) for name in sorted(latest)]


def _pairs_of(session: Session, actor: Actor) -> Iterator[tuple[Entry, Entry, Entry | None]]:
    """One's own rating, the other's, and what the two came to; of every double rating that can be compared.

    What they came to is the next assessment of the case, where one of the two signed it soon after both had seen the
    other's.
    """
    soon = timedelta(days=limits().whole("agreed_days"))
    own = select(Entry.case_id).where(Entry.made_by == actor.id, Entry.kind.in_(("assessment", "second_rating")))
    chosen = select(Entry).where(
        Entry.case_id.in_(own), Entry.case_id.in_(cases_of(actor.units)), Entry.kind.in_(RATED)
    )
    rows = session.scalars(chosen.order_by(Entry.case_id, Entry.number))
    for case_id, of_case in groupby(rows.all(), lambda entry: entry.case_id):
        journal = list(of_case)
        pairs = paired(journal)
        is_any_blind = any(pair.is_open for pair in pairs)
        unseen = unseen_by(actor.id, entries(session, case_id)) if is_any_blind else frozenset[str]()
        for both in (pair.compared for pair in pairs):
            if both is None or not unseen.isdisjoint(each.id for each in both):
                continue
            raters = [each.made_by for each in both]
            if actor.id in raters:
                mine, other = both if raters[0] == actor.id else both[::-1]
                later = max(both, key=lambda entry: entry.number)
                after = (each for each in journal if each.kind == "assessment" and each.number > later.number)
                agreed = next(after, None)
                is_theirs = agreed is not None and agreed.made_by in raters and agreed.made_at - later.made_at <= soon
                is_seen = agreed is not None and agreed.id not in unseen
                yield mine, other, agreed if is_theirs and is_seen else None


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
