"""The invented years before the demo: only their numbers are there, as of cases that were purged long ago.

The people come from `screening.invented.cohort` and do not exist. Nothing of a case is written: the dashboard shows
published numbers and reads none, so that five years of them take seconds to make.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.settings.clock import ZONE
from api.store.schema import SecrecyUnit
from api.store.trend_tables import TrendGap, TrendPeriod
from api.trends.case_events import track_of
from api.trends.microaggregates import add_year
from api.trends.publishing import Progress, rebuild
from api.trends.reading import as_events
from screening.batch.coded_rows import UNDATED
from screening.evaluation import decide_columns
from screening.intake import Codes
from screening.invented.cohort import invent_cohort, invent_columns
from screening.library import BoundGuidance, Library
from screening.recommendation import OUTCOMES
from screening.trends.counting import Cohort
from screening.trends.lattice import Lattice, lattice_on, month_of
from screening.trends.microaggregates import DAYS, FACT, ITEM, WINDOW
from screening.trends.recorded import RowCoder, in_codes, places_alike
from screening.truth import MET, WORDS

_PEOPLE, _YEARS, _SEED = 6_400, 4, 7
_UNITS = {"aspen": 0.24, "bjorken": 0.2, "eken": 0.17, "granen": 0.15, "linden": 0.13, "ronnen": 0.11}
_UNIT_NAMES = ("Aspen", "Björken", "Eken", "Granen", "Linden", "Rönnen")
#: From the first to the second guidance so many months ago, and with the second instrument from so many.
_GUIDANCES, _GUIDANCE_CHANGED, _INSTRUMENT_CAME = ("socialstyrelsen_2012", "stockholm_2012"), 20, 38
_INSTRUMENTS = {"youth_spj": 0.8, "young_adult_spj": 0.2}
#: Of those who are invented, how many come so far that they are screened, by what it comes to.
_COMES = (0.13, 0.55, 1.0)
_INVENTED_FOR_EACH = 4
#: What the invented people came to after they were screened; every share is chosen by us and says nothing.
_SHARES = {
    "reporter": (("police", 0.34), ("school", 0.2), ("own", 0.07), ("guardian", 0.14), ("court", 0.05), ("other", 0.2)),
    "waited": (("0-7", 0.12), ("8-30", 0.38), ("31-60", 0.28), ("61-120", 0.16), ("121+", 0.06)),
    "answer": (("given", 0.78), ("refused", 0.17), ("withdrawn", 0.05)),
    "ending": (
        ("completed", 0.42),
        ("no_longer_in_need", 0.13),
        ("lacking_motivation", 0.18),
        ("consent_withdrawn", 0.09),
        ("moved", 0.08),
        ("other", 0.1),
    ),
    "new_reports": (("none", 0.4), ("1-3", 0.3), ("4-7", 0.13), ("8+", 0.07), ("no_information", 0.1)),
    "deviation": (
        ("material_not_captured", 0.4),
        ("reading_of_criterion", 0.2),
        ("own_view_weighs", 0.2),
        ("safety", 0.1),
        ("other", 0.1),
    ),
    "kept": (("yes", 0.81), ("no", 0.19)),
}
_RAN_OUT_BY = {"stale": 0.6, "consent": 0.24, "age": 0.12, "several": 0.04}


def make_demo_history(
    session: Session,
    now: datetime,
    library: Library,
    *,
    people: int = _PEOPLE,
    years: int = _YEARS,
    progress: Progress = lambda done, of: None,
) -> int:
    """Publish invented numbers of the last years, unless any numbers were published before.

    Parameters
    ----------
    people : int
        How many are screened.
    years : int
        How many years there are before this one.

    Returns
    -------
    int
        How many periods were published.
    """
    if session.scalar(select(TrendPeriod.period).limit(1)) is not None:
        return 0
    for unit, name in zip(_UNITS, _UNIT_NAMES, strict=True):
        if session.get(SecrecyUnit, unit) is None:
            session.add(SecrecyUnit(id=unit, name=f"{name} (påhittad)"))
    session.flush()
    today = now.astimezone(ZONE).date()
    made = _History(library, lattice_on(today).content, today, people, years)
    report = rebuild(session, now, made.cohort(), progress=progress)
    for year, rows in made.years():
        add_year(session, now, library, year, rows)
    # nothing of these people can be counted again: that is what the mark of a purge says
    last = month_of(today)
    session.add_all(TrendGap(month=month, purged_at=now) for month in range(made.first, last + 1))
    session.flush()
    return len(report.published)


@dataclass(frozen=True)
class _Group:
    """People who were rated by one instrument and screened under one guidance."""

    bound: BoundGuidance
    people: pd.DataFrame
    rows: pd.DataFrame


class _History:
    def __init__(self, library: Library, lattice: Lattice, today: date, people: int, years: int) -> None:
        self._library, self._lattice, self._today = library, lattice, today
        self._number, self._years = people, years
        self._random = np.random.default_rng(_SEED)
        self._now = month_of(today)
        self.first = (today.year - years) * 12
        self._coder = RowCoder(library, today)
        self._groups = list(self._make_groups())
        self._people = pd.concat([group.people for group in self._groups], ignore_index=True)

    def _make_groups(self) -> Iterator[_Group]:
        months = self._months(self._number)
        begun = 0
        for place, (instrument, share) in enumerate(_INSTRUMENTS.items()):
            number = int(self._number * share)
            mine = np.sort(months[begun : begun + number])
            begun += number
            if place:
                came = max(self._now - _INSTRUMENT_CAME, self.first)
                mine = np.maximum(mine, came + self._random.integers(0, 12, len(mine)))
            for when, guidance in enumerate(_GUIDANCES):
                is_after = mine >= self._now - _GUIDANCE_CHANGED
                chosen = mine[is_after if when else ~is_after]
                yield self._group(guidance, instrument, chosen, _SEED + 10 * place + when)

    def _months(self, number: int) -> NDArray[np.int64]:
        """More each year, fewer in summer."""
        span = np.arange(self.first, self._now + 1)
        weights = (1 + 0.008 * (span - self.first)) * np.where(np.isin(span % 12, (5, 6)), 0.55, 1.0)
        drawn: NDArray[np.int64] = self._random.choice(span, number, p=weights / weights.sum())
        return np.minimum(drawn, self._now)

    def _group(self, guidance: str, instrument: str, months: NDArray[np.int64], seed: int) -> _Group:
        bound = self._library.bind(guidance, on=self._today, instrument=instrument)
        rules, number = bound.rules, len(months)
        many = _INVENTED_FOR_EACH * number
        columns = invent_columns(many, seed=seed, rules=rules, on=self._today)
        truths = decide_columns(rules, columns)
        comes = self._random.random(many) < np.array(_COMES)[truths[rules.outcome]]
        chosen = np.flatnonzero(comes)[:number]
        cohort = invent_cohort(
            many, seed=seed, instrument=rules.instrument, dictionary=rules.dictionary, on=self._today
        )
        intakes, groups = (each.iloc[chosen].reset_index(drop=True) for each in (cohort.intakes, cohort.groups))
        facts = {name: codes[chosen] for name, codes in columns.facts.items()}
        truths, number = truths[:, chosen], len(chosen)
        reference = f"{rules.guidance.id}@{rules.guidance.version}"
        used = f"{rules.instrument.id}@{rules.instrument.version}"
        people = pd.DataFrame({"month": months[:number], "guidance": reference, "instrument": used})
        people["sex"] = groups["sex"].astype("object")
        people["unit"] = self._random.choice(list(_UNITS), number, p=list(_UNITS.values()))
        ages = facts["age"]
        bands = self._lattice.dimension("age_band")
        people["age_band"] = [bands.band_of(int(age) if age >= 0 else None) for age in ages]
        people["outcome"] = [OUTCOMES[truth] for truth in truths[rules.outcome]]
        for node in (rules.nodes[root] for root in rules.roots):
            people[f"criterion.{node.name}"] = [WORDS[truth] for truth in truths[node.position]]
        named = {node.name: [WORDS[truth] for truth in truths[node.position]] for node in rules.criteria}
        steps = [dict(zip(named, values, strict=True)) for values in zip(*named.values(), strict=True)]
        people["track"] = [track_of(each) for each in steps]
        people["is_supported"] = truths[rules.outcome] == MET
        for name, codes in facts.items():
            sought = intakes[name].astype("object") == "saknas" if name in intakes else False
            people[f"fact.{name}"] = np.where(codes != -1, "known", np.where(sought, "not_found", "not_asked"))
        return _Group(bound, people, self._rows(people, facts, columns.items[:, chosen], bound))

    def _rows(
        self, people: pd.DataFrame, facts: Mapping[str, Codes], items: Codes, bound: BoundGuidance
    ) -> pd.DataFrame:
        rows = {FACT + name: codes for name, codes in facts.items() if name in self._coder.facts}
        for places in places_alike(bound.rules.instrument):
            ordered = np.sort(items[places], axis=0)
            rows |= {f"{ITEM}{place}": ordered[number] for number, place in enumerate(places)}
        frame = pd.DataFrame(rows)
        stated = facts["motivation_to_leave"] >= 0
        frame[f"{DAYS}motivation_to_leave"] = np.where(stated, 0, UNDATED)
        frame[WINDOW] = 0
        return pd.concat([people[["instrument", "unit", "sex", "month"]], frame], axis=1)

    def years(self) -> Iterator[tuple[int, pd.DataFrame]]:
        """The rows of every year that is over."""
        rows = in_codes(pd.concat([group.rows for group in self._groups], ignore_index=True))
        for year in range(self._today.year - self._years, self._today.year):
            is_then = rows["month"] // 12 == year
            yield year, rows[is_then].drop(columns="month").reset_index(drop=True)

    def cohort(self) -> Cohort:
        """What was recorded of them, as the lattice counts it."""
        people = self._people.assign(case=np.arange(len(self._people)))
        for name, shares in _SHARES.items():
            values, chances = zip(*shares, strict=True)
            people[name] = self._random.choice(values, len(people), p=np.array(chances) / sum(chances))
        decided = self._some(people, 0.86, 1)
        decided["verdict"] = np.where(self._random.random(len(decided)) < self._deviating(decided), "deviate", "agree")
        is_agreed = decided["verdict"] == "agree"
        decided.loc[is_agreed, "deviation"] = None
        decided["applies"] = np.where(is_agreed, decided["outcome"], self._another(decided["outcome"]))
        agreed = decided[(decided["verdict"] == "agree") & decided["is_supported"]]
        answered = self._some(agreed, 0.9, 1)
        started = self._some(answered[answered["answer"] == "given"], 0.82, 1)
        ended = self._some(started, 0.75, 9)
        events = {
            "intakes": self._earlier(people),
            "recommendations": people,
            "decisions": decided,
            "consents": answered,
            "starts": started,
            "endings": ended,
            "outcomes": self._some(ended, 0.6, 12),
            "meetings": pd.concat([self._some(started, 0.95, month) for month in range(1, 7)]),
            "flow": self._flow(people, decided, started),
            "run_out": self._ran_out(people),
        }
        counted = (measure.id for measure in self._lattice.measures)
        return Cohort({name: self._events(name, events[name]) for name in counted}, tuple(sorted(_UNITS)))

    def _another(self, outcomes: pd.Series) -> NDArray[np.str_]:
        """For each outcome one of the two others."""
        places = outcomes.map(OUTCOMES.index).to_numpy() + self._random.integers(1, len(OUTCOMES), len(outcomes))
        return np.array(OUTCOMES)[places % len(OUTCOMES)]

    def _deviating(self, decided: pd.DataFrame) -> NDArray[np.float64]:
        """More deviations in the first half year of a new guidance."""
        since = decided["month"] - (self._now - _GUIDANCE_CHANGED)
        return np.where((since >= 0) & (since < 6), 0.17, 0.08)

    def _some(self, people: pd.DataFrame, share: float, months: int) -> pd.DataFrame:
        """Some of the people, so many months later; what has not happened yet is not there."""
        later = people.assign(month=people["month"] + self._random.integers(0, months + 1, len(people)))
        return later[(self._random.random(len(later)) < share) & (later["month"] <= self._now)].copy()

    def _ran_out(self, people: pd.DataFrame) -> pd.DataFrame:
        """Those whose recommendation nobody added to in time."""
        left = self._some(people, 0.2, 6)
        ran_out_by = self._random.choice(list(_RAN_OUT_BY), len(left), p=list(_RAN_OUT_BY.values()))
        return left.assign(ran_out_by=ran_out_by)

    def _earlier(self, people: pd.DataFrame) -> pd.DataFrame:
        """They, and one in six who were never screened, a month before."""
        others = people.sample(frac=1 / 6, random_state=_SEED).assign(case=lambda frame: frame["case"] + 10**6)
        came = pd.concat([people, others], ignore_index=True)
        return came.assign(month=np.maximum(came["month"] - self._random.integers(0, 2, len(came)), self.first))

    def _flow(self, people: pd.DataFrame, decided: pd.DataFrame, started: pd.DataFrame) -> pd.DataFrame:
        """How far everybody had come after half a year."""
        came = self._earlier(people)
        stage = np.where(came["case"] >= 10**6, np.where(came["case"] % 3 == 0, "assessed", "intake"), "screened")
        stage = np.where(came["case"].isin(decided["case"]), "reviewed", stage)
        stage = np.where(came["case"].isin(started["case"]), "started", stage)
        later = came.assign(stage=stage, month=came["month"] + 6)
        return later[later["month"] <= self._now]

    def _events(self, measure: str, frame: pd.DataFrame) -> pd.DataFrame:
        wanted = {"case", "month", *self._lattice.measure(measure).dimensions()}
        columns = [name for name in frame.columns if name in wanted or name.partition(".")[0] in wanted]
        kept = frame[columns].drop_duplicates(["case", "month"], keep="last").reset_index(drop=True)
        return as_events(self._lattice, measure, kept)
