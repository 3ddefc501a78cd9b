"""How an invented cohort comes about: a few latent traits drive everything that is written down about a person.

They drive what was rated, what is on file, how many offences there are, what could not be learned, how a second rater
rates, and what happened in the two years after. So the columns depend on one another roughly as real ones do, and
nothing follows from anything else for certain.

Every number here is rough and chosen by us. Frequencies and correlations were looked at in published data on young
people in juvenile justice and then rounded to what looks alike; no row, and no combination of answers, comes from it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from instruments.model import Instrument, Item
from instruments.ratings import BLANK
from screening.facts import NOT_APPLICABLE, FactDescription, FactDictionary

Codes = NDArray[np.int8]
Floats = NDArray[np.float32]
Numbers = NDArray[np.int16]
Loads = Mapping[str, float]

#: Looked for and not found: below every code, like `BLANK` for not asked. The evaluator tells them apart elsewhere.
NOT_FOUND = -3

# What drives the answers. Conduct: the person's own norm-breaking. Network: the pull of criminal groups. Hardship:
# family and social strain. Resources: what protects. The correlations give risk items a mean correlation near 0.25 and
# protective items one near -0.4 with the sum of the risk items.
_TRAITS = ("conduct", "network", "hardship", "resources")
_CORRELATIONS = (
    (1.00, 0.50, 0.45, -0.65),
    (0.50, 1.00, 0.30, -0.45),
    (0.45, 0.30, 1.00, -0.60),
    (-0.65, -0.45, -0.60, 1.00),
)
#: Girls are about one in seven of those who come this far, with somewhat less own norm-breaking and more strain.
_SHARE_FEMALE = 0.14
_SHIFT_FEMALE = {"conduct": -0.4, "network": -0.4, "hardship": 0.2, "resources": 0.1}

#: Part of an item rating's variance that belongs to the rater and not to the person. Two raters then agree with a
#: weighted kappa around 0.6, which is what training aims at.
_RATER_VARIANCE = 0.18
#: Items of a kind lie this far apart, in standard deviations, in how common they are.
_ITEM_SPREAD = 0.9
_GOLDEN = 0.618034  # spreads successive items evenly, whatever their number

#: One in four is known from the file alone. Files hold what has been; what is going on now, and even more what the
#: young person thinks of it, is learnt in conversation. About half of the items are then blank.
_SHARE_FILE_ONLY = 0.25
_SHARE_SECOND_RATED = 0.2
#: How much more is left blank for someone guarded, who is so a little more often with more own norm-breaking.
_GUARDED = 0.6
#: Of the blanks, those that were looked for in vain: fewer where nobody has talked with the person yet.
_SHARE_NOT_FOUND = 0.35
_SHARE_NOT_FOUND_IN_FILE = 0.2

#: Offences: a mean near 4 with a variance around four times as large, and a long tail.
_OFFENCE_MEAN = 3.5
_OFFENCE_LOADS: Loads = {"conduct": 0.4, "network": 0.25}
_OFFENCE_SHAPE = 4.0
_SHARE_SERIOUS = 0.2

#: New reports within two years: about two in five have some, and no trait tells for certain who. The weights give the
#: sum of the risk items an area under the curve between 0.6 and 0.65, where published studies lie.
_REPORT_MEAN = 0.85
_REPORT_LOADS: Loads = {"conduct": 0.35, "network": 0.3, "resources": -0.2}
_REPORT_SHAPE = 0.55
_SHARE_LOST = 0.05

#: Dated four times in five; half of the answers are older than two weeks, a few older than three months.
_SHARE_DATED = 0.8
_MEAN_DAYS = 24.0


@dataclass(frozen=True)
class _Choice:
    """How a choice is invented.

    Parameters
    ----------
    shares : tuple of float
        How common each value is at 17, in the order of the dictionary; rough.
    loads : Mapping of str to float
        Weights of the traits, and of ``years`` from 17 on in steps of four.
    blank, blank_in_file : float
        How often it is blank after a conversation, and where there is only the file.
    """

    shares: tuple[float, ...]
    loads: Loads
    blank: float
    blank_in_file: float


_CHOICES: Mapping[str, _Choice] = {
    "part_of_decision": _Choice((0.65, 0.35), {"hardship": 0.2}, 0.05, 0.1),
    "court_ordered": _Choice((0.8, 0.2), {"conduct": 0.4}, 0.05, 0.05),
    "acute_self_harm": _Choice((0.96, 0.04), {"hardship": 0.4}, 0.05, 0.6),
    "gang_ties": _Choice((0.6, 0.28, 0.12), {"network": 0.8}, 0.1, 0.3),
    "recruitment_risk": _Choice((0.45, 0.55), {"network": 0.5, "conduct": 0.3}, 0.06, 0.4),
    "leave_support_need": _Choice((0.75, 0.25), {"network": 0.6, "years": 0.3}, 0.1, 0.55),
    "motivation_to_leave": _Choice((0.4, 0.35, 0.25), {"resources": 0.45, "years": 0.3}, 0.15, 0.85),
    "reoffending_risk": _Choice((0.27, 0.43, 0.3), {"conduct": 0.55, "network": 0.25, "resources": -0.1}, 0.04, 0.3),
    "coordinated_need": _Choice((0.4, 0.6), {"hardship": 0.4, "conduct": 0.35}, 0.08, 0.4),
    "less_intensive_tried_or_insufficient": _Choice((0.45, 0.55), {"conduct": 0.35, "hardship": 0.2}, 0.1, 0.25),
    "livelihood_mainly_crime": _Choice((0.9, 0.1), {"network": 0.4, "conduct": 0.3, "years": 0.5}, 0.1, 0.6),
    "fixed_employment": _Choice((0.95, 0.05), {"resources": 0.35, "years": 0.5}, 0.05, 0.4),
    "socially_heavy_circumstances": _Choice((0.6, 0.4), {"hardship": 0.7}, 0.08, 0.4),
    "current_threat": _Choice((0.93, 0.07), {"network": 0.5}, 0.05, 0.6),
    "substance_only": _Choice((0.93, 0.07), {"conduct": -0.3}, 0.05, 0.15),
}
#: Numbers: how often they are blank after a conversation, and where there is only the file.
_NUMBERS: Mapping[str, tuple[float, float]] = {
    "age": (0.01, 0.03),
    "offence_count": (0.05, 0.08),
    "serious_offence_count": (0.1, 0.12),
    "offending_debut_age": (0.15, 0.35),
    "first_prosecution_age": (0.05, 0.05),
    "strategic_first_offence": (0.06, 0.06),
    "institution_release_within_months": (0.03, 0.1),
}
#: Types of the first prosecuted offence, the last being any other.
_FIRST_OFFENCES = (0.15, 0.08, 0.1, 0.07, 0.2, 0.4)
#: No one is prosecuted below the age of criminal responsibility.
_PROSECUTED_FROM = 15


class Invention:
    """One draw of everything about ``n`` people, in codes.

    Attributes
    ----------
    items, second_items : int8 arrays, shapes (items, n) and (items, second_rows)
        Ratings by the first and by the second rater. `BLANK` was not asked, `NOT_FOUND` looked for and not found.
    facts : dict of str to int16 array, shape (n,)
        By fact id.
    motivation_days : int16 array, shape (n,)
        Days since the person said what they want; -1 where the answer was not dated.
    new_reports : int16 array, shape (n,)
        Reports within two years; `BLANK` where follow-up was lost.
    """

    def __init__(self, n: int, seed: int, instrument: Instrument, dictionary: FactDictionary) -> None:
        self._random = np.random.Generator(np.random.PCG64(seed))
        self._n = n
        self.is_female = self._random.random(n, np.float32) < _SHARE_FEMALE
        self.is_file_only = self._random.random(n, np.float32) < _SHARE_FILE_ONLY
        self.second_rows = np.flatnonzero(self._random.random(n, np.float32) < _SHARE_SECOND_RATED)
        self._drivers = dict(self._traits())
        age = self._ages(instrument)
        self._drivers["years"] = ((age - 17) / 4).astype(np.float32)
        guarded = 0.3 * self._drivers["conduct"] + self._normal()
        self._more_blank = np.exp(np.float32(_GUARDED) * guarded - np.float32(_GUARDED**2 / 2))

        self.items = np.empty((len(instrument.items), n), np.int8)
        self.second_items = np.empty((len(instrument.items), len(self.second_rows)), np.int8)
        for position, item in enumerate(instrument.items):
            codes = self._rate(_loads_of(item), _cuts_of(item, position))
            for target, rated in zip((self.items, self.second_items), codes, strict=True):
                target[position] = rated
            blank, blank_in_file = _blanks_of(item)
            self._leave_blank(self.items[position], blank, blank_in_file)
            self._leave_blank(self.second_items[position], blank, blank_in_file, self.second_rows)

        self.facts: dict[str, Numbers] = {}
        self.second_summary: Numbers | None = None
        numbers = self._numbers(age)
        for name, fact in dictionary.by_id.items():
            if name in _CHOICES and len(_CHOICES[name].shares) == len(fact.values):
                self.facts[name] = self._choose(name)
            elif name in numbers:
                self.facts[name] = numbers[name]
                self._leave_blank(self.facts[name], *_NUMBERS[name], finds=has_words(fact))
        days = self._random.exponential(_MEAN_DAYS, n).astype(np.int16)
        is_dated = (self._random.random(n, np.float32) < _SHARE_DATED) & (
            self.facts.get("motivation_to_leave", np.full(n, BLANK)) >= 0
        )
        self.motivation_days: Numbers = np.where(is_dated, days, np.int16(-1))
        self.new_reports = self._overdispersed(_REPORT_MEAN, _REPORT_LOADS, _REPORT_SHAPE)
        self.new_reports[self._random.random(n, np.float32) < _SHARE_LOST] = BLANK

    def _normal(self, size: int | None = None) -> Floats:
        return self._random.standard_normal(self._n if size is None else size, dtype=np.float32)

    def _traits(self) -> Iterator[tuple[str, Floats]]:
        independent = [self._normal() for _ in _TRAITS]
        for name, row in zip(_TRAITS, np.linalg.cholesky(np.array(_CORRELATIONS)), strict=True):
            trait = np.float32(_SHIFT_FEMALE[name]) * self.is_female.astype(np.float32)
            for weight, normal in zip(row, independent, strict=True):
                trait += np.float32(weight) * normal
            yield name, trait

    def _ages(self, instrument: Instrument) -> Numbers:
        """Most within the design ages, somewhat above their middle; a few just outside."""
        low, high = instrument.design_age.min, instrument.design_age.max
        drawn = self._normal() * np.float32((high - low) / 4) + np.float32(low + 0.55 * (high - low))
        ages: Numbers = np.clip(np.rint(drawn), low - 1, high + 2).astype(np.int16)
        return ages

    def _propensity(self, loads: Loads) -> Floats:
        drawn = np.zeros(self._n, np.float32)
        for name, weight in loads.items():
            drawn += np.float32(weight) * self._drivers[name]
        return drawn

    def _rate(self, loads: Loads, cuts: Sequence[float]) -> tuple[Codes, Codes]:
        """The codes of a rating, by the first rater and, for some rows, by the second."""
        explained = _explained(loads)
        person = self._propensity(loads)
        person += np.float32((1 - explained - _RATER_VARIANCE) ** 0.5) * self._normal()
        spread = np.float32(_RATER_VARIANCE**0.5)
        second = _cut(person[self.second_rows] + spread * self._normal(len(self.second_rows)), cuts)
        person += spread * self._normal()
        return _cut(person, cuts), second

    def _choose(self, name: str) -> Numbers:
        choice = _CHOICES[name]
        first, second = self._rate(choice.loads, _cuts(choice.shares))
        codes = first.astype(np.int16)
        self._leave_blank(codes, choice.blank, choice.blank_in_file)
        if name == "reoffending_risk":
            self.second_summary = second.astype(np.int16)
            self._leave_blank(self.second_summary, choice.blank, choice.blank_in_file, self.second_rows)
        return codes

    def _leave_blank(
        self,
        codes: NDArray[np.int8] | NDArray[np.int16],
        blank: float,
        blank_in_file: float,
        rows: NDArray[np.intp] | None = None,
        *,
        finds: bool = True,
    ) -> None:
        """Blank some of the codes in place."""
        is_file_only, more = self.is_file_only, self._more_blank
        if rows is not None:
            is_file_only, more = is_file_only[rows], more[rows]
        chance = np.where(is_file_only, np.float32(blank_in_file), np.float32(blank) * more)
        is_blank = self._random.random(len(codes), np.float32) < chance
        codes[is_blank] = BLANK
        if finds:
            sought = np.where(is_file_only, np.float32(_SHARE_NOT_FOUND_IN_FILE), np.float32(_SHARE_NOT_FOUND))
            codes[is_blank & (self._random.random(len(codes), np.float32) < sought)] = NOT_FOUND

    def _overdispersed(self, mean: float, loads: Loads, shape: float) -> Numbers:
        rate = mean * np.exp(self._propensity(loads)) * self._random.gamma(shape, 1 / shape, self._n)
        return np.minimum(self._random.poisson(rate), 999).astype(np.int16)

    def _numbers(self, age: Numbers) -> dict[str, Numbers]:
        """The numbers, and the type of the first prosecuted offence, which must fit one another."""
        offences = self._overdispersed(_OFFENCE_MEAN, _OFFENCE_LOADS, _OFFENCE_SHAPE)
        debut = np.rint(13.2 - 0.7 * self._drivers["conduct"] + 1.4 * self._normal())
        debut = np.clip(debut, 6, age).astype(np.int16)
        is_prosecuted = (age >= _PROSECUTED_FROM) & (self._random.random(self._n) > np.exp(-0.25 * offences))
        earliest = np.maximum(debut, _PROSECUTED_FROM)
        waited = self._random.random(self._n) ** 2  # mostly soon
        prosecuted = (earliest + np.floor(waited * (age - earliest + 1))).astype(np.int16)
        kind = np.searchsorted(np.cumsum(_FIRST_OFFENCES[:-1]), self._random.random(self._n)).astype(np.int16)
        in_institution = _cut(self._propensity({"conduct": 0.5}) + self._normal(), (1.4,)) == 1
        months = self._random.integers(0, 13, self._n, np.int16)
        no = np.int16(NOT_APPLICABLE)
        return {
            "age": age,
            "offence_count": offences,
            "serious_offence_count": self._random.binomial(offences, _SHARE_SERIOUS).astype(np.int16),
            "offending_debut_age": np.where(offences > 0, debut, no),
            "first_prosecution_age": np.where(is_prosecuted, prosecuted, no),
            "strategic_first_offence": np.where(is_prosecuted, kind, no),
            "institution_release_within_months": np.where(in_institution, months, no),
        }


def _loads_of(item: Item) -> Loads:
    if item.kind == "protective":
        return {"resources": 0.7}
    return {"conduct": 0.55, "network": 0.12} if item.own_behaviour else {"hardship": 0.5, "conduct": 0.2}


def _cuts_of(item: Item, position: int) -> tuple[float, ...]:
    """Where an item's levels part: own norm-breaking is the most common here, as is the reason for coming."""
    shares = (0.52, 0.48) if item.kind == "protective" else (0.4, 0.4, 0.2) if item.own_behaviour else (0.5, 0.33, 0.17)
    shift = _ITEM_SPREAD * ((position * _GOLDEN) % 1 - 0.5)
    return tuple(cut + shift for cut in _cuts(shares))


def _blanks_of(item: Item) -> tuple[float, float]:
    """How often an item is blank after a conversation, and where there is only the file."""
    if not item.dynamic:
        return 0.05, 0.3
    needs_own_account = item.own_behaviour or item.kind == "protective"
    return (0.08, 0.7) if needs_own_account else (0.06, 0.45)


def _explained(loads: Loads) -> float:
    """Variance that the traits explain."""
    weights = np.array([loads.get(name, 0.0) for name in _TRAITS])
    return float(weights @ np.array(_CORRELATIONS) @ weights)


def _cuts(shares: Sequence[float]) -> tuple[float, ...]:
    """Where a standard normal is cut to give the shares."""
    return tuple(NormalDist().inv_cdf(sum(shares[:place])) for place in range(1, len(shares)))


def _cut(drawn: Floats, cuts: Sequence[float]) -> Codes:
    codes = np.zeros(len(drawn), np.int8)
    for cut in cuts:
        codes += drawn > np.float32(cut)
    return codes


def has_words(fact: FactDescription) -> bool:
    """Whether a column of this fact holds words, and so can say ``saknas``."""
    return fact.kind == "choice" or fact.not_applicable is not None
