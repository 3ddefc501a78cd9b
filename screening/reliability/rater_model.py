"""A model of another rater: how likely each level is to be given by somebody else, item by item.

The model is what pairs of ratings show, and how uncertain that is: of each item and of the summary rating, the levels
that another rater gave where one gave a level, with Dirichlet's distribution over them, apart for persons who were
rated as less and as more severe on the whole. What the other rater left blank stays blank. Otherwise items are rated
anew independently of one another. Whether that is good enough is not taken for granted: ratings that the model draws
must be as alike, vary as much between persons and turn as many outcomes as those that were made (a posterior
predictive check).

References
----------
Gelman, A., Carlin, J. B., Stern, H. S., Dunson, D. B., Vehtari, A. & Rubin, D. B. (2013). Bayesian data analysis, 3rd
edition, sections 3.4 and 6.3. CRC Press.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from instruments.model import Instrument
from instruments.ratings import BLANK
from screening.coding import SUMMARY_RATING
from screening.criteria import ITEM_PREFIX
from screening.evaluation import decide_columns
from screening.intake import Codes, Columns
from screening.reliability.turning import DecidedPairs, share_of_each_person, turns
from screening.ruleset import RuleSet

Floats = NDArray[np.float64]
#: How many ratings what is known beforehand counts for, of each level in each band.
_KNOWN_BEFOREHAND = 1.0
#: Ratings are told apart by how severe they are on the whole, in fifths: with thirds the model drew invented raters too
#: much alike from person to person, and with eighths nothing is gained.
_BANDS = 5


@dataclass(frozen=True)
class RaterModel:
    """How another rater would rate.

    Parameters
    ----------
    names : tuple of str
        The items by ``item.<id>``, and the summary rating where the guidance tests it.
    cuts : float64 array, shape (bands - 1,)
        Of a rating's severity (`severity_of`), where the bands part.
    given : tuple of float64 array, each of shape (bands, levels + 1, levels)
        By name and by the band of the one rating: how often it had the level of the row, the last of which stands for a
        blank, and another rater gave the level of the column.
    """

    names: tuple[str, ...]
    cuts: Floats
    given: tuple[Floats, ...]

    @classmethod
    def of(cls, decided: DecidedPairs) -> "RaterModel":
        """The model that pairs of ratings show. Each person counts once, and either rating of a pair is the one."""
        rules, sides = decided.rules, (decided.first, decided.second)
        names = tuple(ITEM_PREFIX + item.id for item in rules.instrument.items)
        names += (SUMMARY_RATING,) if SUMMARY_RATING in rules.fact_names else ()
        severity = np.concatenate([severity_of(rules.instrument, side.items) for side in sides])
        cuts = np.quantile(severity, np.arange(1, _BANDS) / _BANDS)
        bands = np.digitize(severity, cuts)
        weights = np.tile(1 / np.bincount(decided.persons)[decided.persons], 2)
        given = []
        for name in names:
            size = _levels(rules, name) + 1
            one, other = (_with_blank_last(rules.column(name, side), size) for side in sides)
            cells = (bands * size + np.concatenate([one, other])) * size + np.concatenate([other, one])
            counts = np.bincount(cells, weights=weights, minlength=_BANDS * size * size)
            given.append(counts.reshape(_BANDS, size, size)[:, :, :-1] / 2)
        return cls(names, cuts, tuple(given))

    def draw(self, random: np.random.Generator) -> tuple[Floats, ...]:
        """Draw how likely each level is: by name, shape (bands, levels + 1, levels), every row summing to one."""
        drawn = []
        for counts in self.given:
            levels = counts.sum(axis=(0, 1)) + _KNOWN_BEFOREHAND
            rows = counts.sum(axis=0) + _KNOWN_BEFOREHAND * levels / levels.sum()
            known = _KNOWN_BEFOREHAND * rows / rows.sum(axis=1, keepdims=True)
            weights = random.standard_gamma(counts + known)
            drawn.append(weights / weights.sum(axis=2, keepdims=True))
        return tuple(drawn)

    def rate_again(
        self, random: np.random.Generator, likely: Sequence[Floats], rules: RuleSet, columns: Columns, other: Columns
    ) -> Columns:
        """Draw another rater's rating of every row, with the blanks that the other rater left."""
        items, facts = columns.items.copy(), dict(columns.facts)
        bands = np.digitize(severity_of(rules.instrument, columns.items), self.cuts)
        for name, rows in zip(self.names, likely, strict=True):
            codes = _with_blank_last(rules.column(name, columns), rows.shape[1])
            reached = np.cumsum(rows, axis=2)[bands, codes]
            drawn = (random.random(len(codes))[:, None] >= reached[:, :-1]).sum(axis=1)
            again = np.where(rules.column(name, other) == BLANK, BLANK, drawn).astype(np.int8)
            if name == SUMMARY_RATING:
                facts[name] = again
            else:
                items[rules.instrument.positions[name.removeprefix(ITEM_PREFIX)]] = again
        return replace(columns, items=items, facts=facts)


def severity_of(instrument: Instrument, items: Codes) -> Floats:
    """How severe a rating is on the whole: the mean of its items, from 0 (strengths) to 1 (risks); 0.5 without any.

    It only tells ratings apart for the model; nobody is told it.

    Parameters
    ----------
    items : int8 array, shape (items, n)
    """
    highest = np.array([len(instrument.levels(item)) - 1 for item in instrument.items])[:, None]
    is_risk = np.array([item.kind == "risk" for item in instrument.items])[:, None]
    rated = items != BLANK
    parts = np.where(is_risk, items, highest - items) / highest
    number = rated.sum(axis=0)
    return np.where(number > 0, (parts * rated).sum(axis=0) / np.maximum(number, 1), 0.5)


@dataclass(frozen=True)
class Likeness:
    """How alike two raters' levels are.

    Parameters
    ----------
    mean : float
        Of the items that both rated, the share to which they gave the same level.
    spread : float
        Its standard deviation over persons. Raters who are strict throughout make it larger than raters who differ from
        item to item.
    """

    mean: float
    spread: float


@dataclass(frozen=True)
class Simulated:
    """What the model makes of the same cases, in many draws.

    Parameters
    ----------
    turned : float64 array, shape (draws,)
        The share of persons' pairs whose outcome turns.
    likeness : float64 array, shape (draws, 2)
        The mean and the spread of `Likeness`.
    observed : Likeness
    """

    turned: Floats
    likeness: Floats
    observed: Likeness

    def reproduces(self, observed_turned: float, level: float) -> bool:
        """Whether what was observed lies within what the model draws: turned outcomes, likeness, and its spread.

        The three together are promised to do so with ``level`` where the model holds (Bonferroni).
        """
        drawn = np.column_stack([self.turned, self.likeness])
        tail = (1 - level) / (2 * drawn.shape[1])
        low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
        observed = np.array([observed_turned, self.observed.mean, self.observed.spread])
        return bool(((low <= observed) & (observed <= high)).all())


def simulate(
    decided: DecidedPairs, model: RaterModel, rules: Sequence[RuleSet], draws: int, seed: int
) -> list[Simulated]:
    """Draw another rating of the first of every pair, and decide both by each of some rule sets.

    Parameters
    ----------
    rules : sequence of RuleSet
        The guidance itself, or the guidance with other limits; each gets the same drawn ratings.
    draws : int
    seed : int

    Returns
    -------
    list of Simulated
        In the order of ``rules``.
    """
    random = np.random.default_rng(seed)
    turned, likeness = np.empty((len(rules), draws)), np.empty((draws, 2))
    before = [decide_columns(each, decided.first, each.decision)[each.outcome] for each in rules]
    for draw in range(draws):
        again = model.rate_again(random, model.draw(random), decided.rules, decided.first, decided.second)
        alike = _likeness(model, decided, again)
        likeness[draw] = alike.mean, alike.spread
        for place, each in enumerate(rules):
            after: Codes = decide_columns(each, again, each.decision)[each.outcome]
            turned[place, draw] = share_of_each_person(turns(before[place], after), decided.persons).mean()
    observed = _likeness(model, decided, decided.second)
    return [Simulated(each, likeness, observed) for each in turned]


def _likeness(model: RaterModel, decided: DecidedPairs, other: Columns) -> Likeness:
    columns = [(decided.rules.column(name, decided.first), decided.rules.column(name, other)) for name in model.names]
    both = np.sum([(one != BLANK) & (again != BLANK) for one, again in columns], axis=0)
    alike = np.sum([(one != BLANK) & (one == again) for one, again in columns], axis=0)
    counted, same = (np.bincount(decided.persons, weights=each) for each in (both, alike))
    persons = same[counted > 0] / counted[counted > 0]
    return Likeness(float(persons.mean()), float(persons.std()))


def _levels(rules: RuleSet, name: str) -> int:
    if name == SUMMARY_RATING:
        return len(rules.describe(name).codes)
    return len(rules.instrument.levels(rules.instrument.item(name.removeprefix(ITEM_PREFIX))))


def _with_blank_last(codes: Codes, size: int) -> NDArray[np.int64]:
    """Codes as places, a blank in the last of ``size``."""
    return np.where(codes == BLANK, size - 1, codes).astype(np.int64)
