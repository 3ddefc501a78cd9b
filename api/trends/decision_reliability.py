"""Publishing how often double ratings turn the outcome of the guidance that their case was tested by.

Both ratings are put through the guidance with what was known of the case when the later one was signed. They are
counted under the guidance that the case was last tested by in the year of that signature or before, and under no other.
Years are published when they are over, together with those before that had too few cases; what is published is never
changed, and a case counts once in it.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.cases.ratings.blind_rating import paired
from api.cases.screenings.rules import MATERIAL, Material, submission_of
from api.settings.clock import ZONE
from api.store.schema import Case, Entry
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
    """The first double rating of a case in a year."""

    guidance: str
    year: int
    pair: DecidedPairs


def publish_decision_reliability(session: Session, now: datetime, library: Library) -> list[str]:
    """Publish every guidance for which enough cases were rated twice in years that are over and not published yet.

    Returns
    -------
    list of str
        The ``id@version`` of each that was published now.
    """
    today = now.astimezone(ZONE).date()
    needed = limits().whole("published_double_ratings")
    chosen = select(DecisionReliability.guidance, func.max(DecisionReliability.last_year))
    published = {row[0]: row[1] for row in session.execute(chosen.group_by(DecisionReliability.guidance))}
    counts: dict[str, DecisionCounts] = {}
    first_years: dict[str, int] = {}
    for decided in _first_of_each_guidance(session, library, published, today.year):
        counts.setdefault(decided.guidance, DecisionCounts()).add(decided.pair)
        first_years[decided.guidance] = min(decided.year, first_years.get(decided.guidance, decided.year))
    enough = sorted(name for name, each in counts.items() if each.cases >= needed)
    limit = lattice_on(today).content.limit
    for name in enough:
        content = hide_few(counts[name], limit("smallest_group"), limit("protection"))
        first, last = first_years[name], today.year - 1
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
        for case_id, entries in groupby(journals, lambda entry: entry.case_id):
            seen: set[str] = set()
            for rated in _rated_twice(some[case_id], list(entries), library):
                guidance, year = rated.bound.reference, rated.on.year
                if published.get(guidance, 0) < year < this_year and guidance not in seen:
                    with suppress(InputError):  # a definition of its own was changed in place: it is read no more
                        yield _Decided(guidance, year, rated.decide())
                        seen.add(guidance)


@dataclass(frozen=True)
class _RatedTwice:
    """A double rating that both have signed by the same instrument, with the guidance that its case was tested by.

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
        first, second = pair.first, pair.second
        if first is None or second is None or first.content["instrument"] != second.content["instrument"]:
            continue
        later = max(first, second, key=lambda entry: entry.number)
        on = _day(later)
        screened = [entry for entry in journal if entry.kind == "screening" and _day(entry).year <= on.year]
        if not screened:
            continue
        guidance, instrument = screened[-1].content["guidance"], first.content["instrument"]
        try:
            bound = library.bind(guidance, on=on, instrument=instrument, is_rated=True)
        except (UnknownDefinitionError, AlteredDefinitionError, InputError):
            continue  # a definition is gone: what was rated by it can no longer be decided
        material = Material([entry for entry in journal if entry.number <= later.number])
        yield _RatedTwice(case, first, second, on, material, bound)


def _day(entry: Entry) -> date:
    return entry.made_at.astimezone(ZONE).date()
