"""Publishing how often double ratings turn the outcome of the guidance that their case was tested by.

Both ratings are put through the guidance with what was known of the case when the later one was signed. They are
counted under one guidance, in the very version that a screening rested on: the last one of the year of that signature
or before whose guidance was in force on that day. Only the instrument that the guidance names is counted, so that
items are never mixed.
Years are published when they are over, together with those before that had too few cases or raters, or in which two
raters or one unit stood for too many; what is published is never changed, and a case counts at most once in it.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.cases.ratings.blind_rating import paired
from api.cases.screenings.rules import MATERIAL, Material, submission_of
from api.settings.clock import ZONE
from api.store.schema import Case, CaseUnit, Entry
from api.store.trend_tables import DecisionReliability
from instruments.canonical import canonical_json
from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from instruments.research.limits import limits
from screening.coding import code_intake
from screening.intake import CodedIntake
from screening.library import BoundGuidance, Library
from screening.reliability.counts import DecisionCounts, hide_few
from screening.reliability.turning import DecidedPairs
from screening.replay import read_recorded_submission
from screening.trends.lattice import lattice_on

_CASES_AT_A_TIME = 500


@dataclass(frozen=True)
class _Decided:
    """The first double rating of a case in a year, with who made it and the units that may see the case."""

    guidance: str
    year: int
    pair: DecidedPairs
    raters: frozenset[str]
    units: frozenset[str]


@dataclass
class _Gathered:
    """What waits to be published of one guidance."""

    counts: DecisionCounts = field(default_factory=DecisionCounts)
    pairs: Counter[frozenset[str]] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    years: set[int] = field(default_factory=set)

    def add(self, decided: _Decided) -> None:
        """Count one case."""
        self.counts.add(decided.pair)
        self.pairs[decided.raters] += 1
        self.units.update(decided.units)
        self.years.add(decided.year)

    @property
    def is_enough(self) -> bool:
        """Whether it tells of no few cases, and of no few employees either."""
        needs, cases = limits(), self.counts.cases
        return (
            cases >= needs.whole("published_double_ratings")
            and len(frozenset[str]().union(*self.pairs)) >= needs.whole("published_raters")
            and max(self.pairs.values()) <= needs.published_pair_share.value * cases
            # where one unit sees every case, there is no other whose cases it could find by taking its own away
            and all(n == cases or n <= needs.published_unit_share.value * cases for n in self.units.values())
        )


def publish_decision_reliability(session: Session, now: datetime, library: Library) -> list[str]:
    """Publish every guidance for which enough cases were rated twice, by enough raters, in years that are over.

    Returns
    -------
    list of str
        The ``id@version`` of each that was published now.
    """
    today = now.astimezone(ZONE).date()
    chosen = select(DecisionReliability.guidance, func.max(DecisionReliability.last_year))
    published = {row[0]: row[1] for row in session.execute(chosen.group_by(DecisionReliability.guidance))}
    gathered: dict[str, _Gathered] = defaultdict(_Gathered)
    for decided in _first_of_each_guidance(session, library, published, today.year):
        gathered[decided.guidance].add(decided)
    enough = sorted(name for name, each in gathered.items() if each.is_enough)
    limit = lattice_on(today).content.limit
    for name in enough:
        content = hide_few(gathered[name].counts, limit("smallest_group"), limit("protection"))
        first, last = min(gathered[name].years), today.year - 1
        session.add(
            DecisionReliability(
                guidance=name,
                first_year=first,
                last_year=last,
                made_at=now,
                sha256=digest_of(name, first, last, content),
                content=content,
            )
        )
    session.flush()
    return enough


def digest_of(guidance: str, first_year: int, last_year: int, content: dict[str, object]) -> str:
    """The SHA-256 of what was published."""
    whole = {"guidance": guidance, "first_year": first_year, "last_year": last_year, "content": content}
    return hashlib.sha256(canonical_json(whole)).hexdigest()


def altered_decision_reliability(session: Session) -> list[str]:
    """The guidances of which something is not what was published."""
    rows = session.scalars(select(DecisionReliability).order_by(DecisionReliability.guidance))
    return [
        row.guidance
        for row in rows
        if digest_of(row.guidance, row.first_year, row.last_year, row.content) != row.sha256
    ]


def _first_of_each_guidance(
    session: Session, library: Library, published: Mapping[str, int], this_year: int
) -> Iterator[_Decided]:
    """Of each case and guidance the first double rating that is not published yet, in a year that is over."""
    rated_twice = select(Entry.case_id).where(Entry.kind == "second_rating")
    cases = session.scalars(select(Case).where(Case.id.in_(rated_twice)).order_by(Case.id)).all()
    for begun in range(0, len(cases), _CASES_AT_A_TIME):
        some = {case.id: case for case in cases[begun : begun + _CASES_AT_A_TIME]}
        chosen = select(Entry).where(Entry.case_id.in_(some), Entry.kind.in_((*MATERIAL, "screening")))
        journals = session.scalars(chosen.order_by(Entry.case_id, Entry.number))
        units: dict[str, set[str]] = defaultdict(set)
        for row in session.scalars(select(CaseUnit).where(CaseUnit.case_id.in_(some))):
            units[row.case_id].add(row.unit_id)
        for case_id, entries in groupby(journals, lambda entry: entry.case_id):
            seen: set[str] = set()
            for rated in _rated_twice(some[case_id], list(entries), library):
                guidance, year = rated.bound.reference, rated.on.year
                if published.get(guidance, 0) < year < this_year and guidance not in seen:
                    with suppress(InputError):  # a definition of its own was changed in place: it is read no more
                        raters = frozenset({rated.first.made_by, rated.second.made_by})
                        yield _Decided(guidance, year, rated.decide(), raters, frozenset(units[case_id]))
                        seen.add(guidance)


@dataclass(frozen=True)
class _RatedTwice:
    """A double rating that both have signed by the same instrument, with the guidance that it is counted under.

    Parameters
    ----------
    on : date
        The day of the later signature.
    material : Material
        What was known of the case then.
    """

    case: Case
    first: Entry
    second: Entry
    on: date
    material: Material
    bound: BoundGuidance

    def decide(self) -> DecidedPairs:
        """Put both through the guidance."""
        one, other = (submission_of(self.case, self.material, entry, self.on) for entry in (self.first, self.second))
        return DecidedPairs.of_intakes(self.bound.rules, self._coded(one), self._coded(other))

    def _coded(self, submission: Mapping[str, Any]) -> CodedIntake:
        return code_intake(self.bound.rules, read_recorded_submission(self.bound, submission)).intake


def _rated_twice(case: Case, journal: Sequence[Entry], library: Library) -> Iterator[_RatedTwice]:
    for pair in paired(journal):
        if pair.compared is None:
            continue
        first, second = pair.compared
        later = max(first, second, key=lambda entry: entry.number)
        on, instrument = _day(later), first.content["instrument"]
        screened = [entry for entry in journal if entry.kind == "screening" and _day(entry).year <= on.year]
        guidances = (_bound_on(on, instrument, entry.content["covered"], library) for entry in reversed(screened))
        bound = next((each for each in guidances if each is not None), None)
        if bound is not None and bound.rules.guidance.instrument == bound.rules.instrument.id:
            material = Material([entry for entry in journal if entry.number <= later.number])
            yield _RatedTwice(case, first, second, on, material, bound)


def _bound_on(on: date, instrument: str, covered: Mapping[str, Any], library: Library) -> BoundGuidance | None:
    """The very files that a screening rested on, with an instrument of that day.

    None where one of them was not in force that day, or is gone: what was rated can then not be decided by it.
    """
    used = instrument.partition("@")[0]
    recorded = {name: digest for name, digest in covered["definitions"].items() if name.partition("@")[0] != used}
    try:
        bound = library.bind(covered["guidance"], on=on, instrument=instrument, recorded=recorded)
    except (UnknownDefinitionError, AlteredDefinitionError, InputError):
        return None
    ended_on = bound.version.valid_to
    return None if ended_on is not None and ended_on < on else bound


def _day(entry: Entry) -> date:
    return entry.made_at.astimezone(ZONE).date()
