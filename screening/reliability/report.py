"""The report on decision reliability: figures with intervals, by guidance, criterion, item and limit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from instruments.faults import Fault
from instruments.ratings import BLANK
from instruments.research.estimation.intervals import LEVEL, jackknifed_error, of_mean_share, on_fisher_scale
from instruments.research.estimation.resampling import require_draws
from instruments.research.figures.builders import section
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report, Row, Section
from instruments.research.limits import limits
from screening.criteria import ITEM_PREFIX
from screening.guidance import Parameter, ParameterValue
from screening.library import Library
from screening.recommendation import OUTCOMES
from screening.reliability.pairs import RatingPairs
from screening.reliability.rated_table import RatedTable
from screening.reliability.rater_model import RaterModel, Simulated, simulate
from screening.reliability.turning import Chance, DecidedPairs, Floats, TruthPairs, share_of_each_person
from screening.ruleset import RuleSet
from screening.truth import MET

#: What the model is checked by.
_CHECKED = (
    "turned_in_model",
    "same_level",
    "same_level_in_model",
    "same_level_spread",
    "same_level_spread_in_model",
)
#: A limit that may be anything of many is tried on so many values to either side of the one in force.
_TO_EITHER_SIDE = 2


@dataclass(frozen=True)
class Simulation:
    """How the rater model is drawn from.

    Parameters
    ----------
    draws : int
        0 leaves the model out; otherwise as many as ``limits.yaml`` asks of a bootstrap.
    seed : int

    Raises
    ------
    InputError
        With fewer draws.
    """

    draws: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        if self.draws:
            require_draws(self.draws)


def decision_reliability(library: Library, rated: RatedTable, simulation: Simulation | None = None) -> Report:
    """How often another rating of the same case would turn the recommendation.

    Parameters
    ----------
    library : Library
        Where the limits that are tried out are bound.
    rated : RatedTable
        The ratings, from `screening.reliability.pairs.read_ratings`.
    simulation : Simulation, optional
        By default 500 draws.

    Returns
    -------
    Report
        By guidance: outcomes that turn and open, against chance; every outcome of the one against that of the other;
        by criterion; by item the part of the turns that vanish when that item alone agrees; the same rater again,
        where occasions say so; what a model of another rater gives, and under other limits that are permitted.
    """
    simulation = simulation or Simulation()
    prepared, pairs = rated.prepared, rated.pairs()
    instrument = prepared.bound.rules.instrument
    bindings = _Bindings(library, prepared.on, f"{instrument.id}@{instrument.version}")
    about = {
        "instrument": bindings.instrument,
        "rows": len(rated.who),
        "persons": int(rated.who["person"].nunique()),
        "raters": int(rated.who["rater"].nunique()),
        "items": len(prepared.plan.items),
        "definitions": {name: digest for each in prepared.bounds.values() for name, digest in each.definitions.items()},
        "pairs": len(pairs),
        "seed": simulation.seed,
        "draws": simulation.draws,
    }
    again = rated.pairs("same_rater_again")
    warnings = tuple(_warnings(rated, pairs, again))
    if not len(pairs):
        reason = Fault("every-pair-unequal" if pairs.unequal else "single-rater", "")
        return Report("decisions", about, (), (reason, *warnings))
    decided = {name: DecidedPairs.of(bound.rules, pairs) for name, bound in prepared.bounds.items()}
    sections = [
        section(
            "decisions",
            ("guidance",),
            (Row((name,), reliability_figures(each.outcomes)) for name, each in decided.items()),
            "turned",
        ),
        section("outcome_pairs", ("guidance", "outcome"), _outcome_pairs(decided)),
        section("turning_criteria", ("guidance", "criterion"), _criteria(decided), "turning_criteria"),
        section("turning_items", ("guidance", "item"), _items(decided), "turning_items"),
        *([section("rated_again", ("guidance",), _again(rated, again), "rated_again")] if len(again) else []),
        *(_modelled(bindings, pairs, decided, simulation) if simulation.draws else ()),
    ]
    return Report("decisions", about, tuple(each for each in sections if each.rows), warnings)


def mean_share_figure(name: str, shares: Floats, parts: float) -> Figure:
    """The mean of shares, a share for each person.

    Parameters
    ----------
    shares : float64 array, shape (persons,)
    parts : float
        How many independent parts a person's share is made of.
    """
    ends = of_mean_share(shares, LEVEL, parts)
    return Figure(name, float(shares.mean()), *ends, LEVEL, len(shares), "wilson_mean_share")


def _warnings(rated: RatedTable, pairs: RatingPairs, again: RatingPairs) -> Iterator[Fault]:
    if pairs.unequal:
        yield Fault("facts-unequal", "", {"pairs": pairs.unequal})
    if again.unequal:
        yield Fault("facts-unequal-later", "", {"pairs": again.unequal})
    if rated.repeated:
        yield Fault("rated-again-same-occasion", "", {"ratings": rated.repeated})


def reliability_figures(outcomes: TruthPairs) -> tuple[Outcome, ...]:
    """How often outcomes turn and open, how often they would turn by chance, and the agreement beyond it."""
    chance = Chance.of(outcomes)
    return (
        *_turned_and_opened(outcomes),
        _by_chance(chance),
        _beyond_chance(chance),
    )


def _by_chance(chance: Chance) -> Outcome:
    name, n = "turned_by_chance", len(chance.turned)
    if n < 2:  # there are no ratings of two different persons
        return InsufficientEvidence(name, Fault("too-few-rows", "", {"n": n, "needed": 2}), n)
    return Figure(name, chance.expected, n=n)


def _turned_and_opened(truths: TruthPairs) -> tuple[Figure, Figure]:
    return (
        mean_share_figure("turned", share_of_each_person(truths.turned, truths.persons), _pairs_a_person(truths)),
        mean_share_figure("opened", share_of_each_person(truths.opened, truths.persons), _pairs_a_person(truths)),
    )


def _pairs_a_person(truths: TruthPairs) -> float:
    return len(truths.persons) / truths.number_of_persons


def _beyond_chance(chance: Chance) -> Outcome:
    name, n, needed = "decisions_beyond_chance", len(chance.turned), limits().whole("agreement_persons")
    if n < needed:
        return InsufficientEvidence(name, Fault("too-few-rows", "", {"n": n, "needed": needed}), n)
    value = chance.beyond
    if value is None:
        return InsufficientEvidence(name, Fault("nothing-turns-by-chance", ""), n)
    if value == 1:
        return Figure(name, value, n=n, note="perfect_agreement")
    error = jackknifed_error(chance.without_each(), np.ones(n, dtype=np.int64))
    ends = on_fisher_scale(value, error, LEVEL, n - 1) if np.isfinite(error) else None
    if ends is None:
        return Figure(name, value, n=n, note="not_resampled")
    return Figure(name, value, *ends, LEVEL, n, "jackknife")


def _outcome_pairs(decided: Mapping[str, DecidedPairs]) -> Iterator[Row]:
    for name, each in decided.items():
        for outcome, row in zip(OUTCOMES, each.outcomes.table.tolist(), strict=True):
            yield Row((name, outcome), tuple(Figure(other, count) for other, count in zip(OUTCOMES, row, strict=True)))


def _criteria(decided: Mapping[str, DecidedPairs]) -> Iterator[Row]:
    for name, each in decided.items():
        for criterion, truths in each.criteria.items():
            if (truths.one != truths.other).any():
                yield Row((name, criterion), _turned_and_opened(truths))


def _items(decided: Mapping[str, DecidedPairs]) -> Iterator[Row]:
    for name, each in decided.items():
        shares = each.shares_of_inputs()
        for item in sorted(shares, key=lambda item: -float(shares[item].sum())):
            if shares[item].any():
                _, turned = np.unique(each.persons[each.outcomes.turned], return_inverse=True)
                parts = np.bincount(turned, weights=shares[item]) / np.bincount(turned)
                yield Row((name, item.removeprefix(ITEM_PREFIX)), (mean_share_figure("part_of_turns", parts, 2.0),))


def _again(rated: RatedTable, again: RatingPairs) -> Iterator[Row]:
    for name, bound in rated.prepared.bounds.items():
        yield Row((name,), reliability_figures(DecidedPairs.of(bound.rules, again).outcomes))


def _modelled(
    bindings: "_Bindings", pairs: RatingPairs, decided: Mapping[str, DecidedPairs], simulation: Simulation
) -> Iterator[Section]:
    """What the model of another rater gives, beside what was observed; and the same under other limits."""
    checked, tried = [], []
    for name, each in decided.items():
        others = [
            (limit, value, under)
            for limit, value, rules in bindings.with_other_limits(name, each.rules)
            if _differs(under := DecidedPairs.of(rules, pairs), each)
        ]
        rules, n = [each.rules, *(under.rules for *_, under in others)], each.outcomes.number_of_persons
        if (few := _too_little(each)) is not None:
            checked.append(
                Row(
                    (name,),
                    tuple(InsufficientEvidence(figure, few, n) for figure in _CHECKED),
                )
            )
            none = InsufficientEvidence("turned_in_model", few, n)
            tried += [Row((name, limit, str(value)), _under_limit(under, none)) for limit, value, under in others]
            continue
        own, *simulated = simulate(each, RaterModel.of(each), rules, simulation.draws, simulation.seed)
        observed = float(share_of_each_person(each.outcomes.turned, each.persons).mean())
        note = "" if own.reproduces(observed, LEVEL) else "model_does_not_reproduce"
        checked.append(Row((name,), _checked(own, n, note)))
        for (limit, value, under), drawn in zip(others, simulated, strict=True):
            model = _drawn("turned_in_model", drawn.turned, n, note)
            tried.append(Row((name, limit, str(value)), _under_limit(under, model)))
    yield section("rater_model", ("guidance",), checked, "rater_model")
    yield section("other_limits", ("guidance", "limit", "limit_value"), tried, "other_limits")


def _under_limit(under: DecidedPairs, model: Outcome) -> tuple[Outcome, ...]:
    turned, _ = _turned_and_opened(under.outcomes)
    supports = share_of_each_person(under.outcomes.one == MET, under.persons)
    return turned, model, mean_share_figure("first_supports", supports, 1.0)


def _too_little(decided: DecidedPairs) -> Fault | None:
    """Why a model of another rater would say nothing, if it would."""
    n, needed = decided.outcomes.number_of_persons, limits().whole("rater_model_persons")
    if n < needed:  # with so few, the model could not be seen not to hold
        return Fault("too-few-rows", "", {"n": n, "needed": needed})
    both = (decided.first.items != BLANK) & (decided.second.items != BLANK)
    return None if both.any() else Fault("nothing-rated-twice", "")


def _differs(one: DecidedPairs, other: DecidedPairs) -> bool:
    sides = ((one.outcomes.one, other.outcomes.one), (one.outcomes.other, other.outcomes.other))
    return any(not np.array_equal(left, right) for left, right in sides)


def _checked(simulated: Simulated, n: int, note: str) -> tuple[Figure, ...]:
    return (
        _drawn("turned_in_model", simulated.turned, n, note),
        Figure("same_level", simulated.observed.mean, n=n),
        _drawn("same_level_in_model", simulated.likeness[:, 0], n, note),
        Figure("same_level_spread", simulated.observed.spread, n=n),
        _drawn("same_level_spread_in_model", simulated.likeness[:, 1], n, note),
    )


def _drawn(name: str, drawn: Floats, n: int, note: str) -> Figure:
    low, middle, high = np.quantile(drawn, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2])
    return Figure(name, float(middle), float(low), float(high), LEVEL, n, "rater_model", note)


@dataclass(frozen=True)
class _Bindings:
    """Guidances as they are bound to what a table was rated with."""

    library: Library
    on: date
    instrument: str

    def with_other_limits(self, name: str, rules: RuleSet) -> Iterator[tuple[str, ParameterValue, RuleSet]]:
        """The guidance with another value of one of the limits that its criteria use, for each that is permitted."""
        used = {limit for node in rules.decision for limit, _ in node.limits}
        for parameter in rules.guidance.parameters:
            if parameter.id in used:
                for value in _values_to_try(parameter, rules.settings[parameter.id].value):
                    bound = self.library.bind(
                        name, on=self.on, instrument=self.instrument, changed={parameter.id: value}
                    )
                    yield parameter.id, value, bound.rules


def _values_to_try(parameter: Parameter, value: ParameterValue | None) -> list[ParameterValue]:
    """Permitted values beside the one in force: of a choice all, of whole numbers the nearest, of a share the ends."""
    if parameter.kind == "whole_number" and isinstance(value, int):
        near = range(value - _TO_EITHER_SIDE, value + _TO_EITHER_SIDE + 1)
        return [each for each in near if each != value and parameter.permits(each)]
    return [each for each in parameter.permitted if each != value]
