"""The figures of rows that never met, by the same estimators as on joined rows, and how far places differ."""

import warnings
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from instruments.faults import Fault, InputError
from instruments.research.calibration.measures import INTERVALS, calibration
from instruments.research.dependence.auditing import too_few
from instruments.research.estimation.cuts import shares_at_cuts
from instruments.research.estimation.roc import area
from instruments.research.figures.builders import area_figure, insufficient, section, share_figure
from instruments.research.figures.figure import Figure, Outcome, Report, Row, Section
from instruments.research.limits import limits
from instruments.research.pooling.between import FISHER, IDENTITY, LACKING, LOG_ODDS, LOGARITHM, Measure, rows_between
from instruments.research.pooling.estimating import (
    agreement_of_pairs,
    agreement_of_several,
    alpha_of_sums,
    intraclass_of_sums,
    rows_of,
    score_counts,
)
from instruments.research.pooling.faults import DisjointPersonsWarning, LeftOutWarning
from instruments.research.pooling.guarding import persons_of_parts
from instruments.research.pooling.joining import Joined, join
from instruments.research.pooling.plan import PoolingPlan
from instruments.research.pooling.sums import EVERYBODY_ELSE, LevelCounts, Sums

_CALIBRATION = ("in_the_large", "slope", "intercept", "observed_to_expected", "brier")
#: What is held against other places, and stands in the forest plots.
OF_PLACES = ("base_rate", "auc", "observed_to_expected", "slope")
#: A figure that is about everybody, in a column that names an item.
NO_ITEM = "–"


def pool(files: Iterable[Sums], trusted: Mapping[str, str]) -> Report:
    """The figures of the joined rows of several places, and how far the places differ.

    Nobody's row leaves a place. Counts by level of the plan tell an area with DeLong's variance, calibration of the
    plan's probabilities, error rates and agreement of two raters whole: these are the figures of
    `instruments.research` on the joined rows, with scores and ratings as coarse as the plan has them.

    Parameters
    ----------
    files : iterable of Sums
        One of each place, as `instruments.research.pooling.sums.read_sums` reads them.
    trusted : mapping of str to str
        By place, its public key, that came in some other way than with the files.

    Returns
    -------
    Report

    Raises
    ------
    InputError
        With every reason why a file is not taken in; see `instruments.research.pooling.joining.join`.
    """
    joined = join(list(files), trusted)
    noticed = [DisjointPersonsWarning("", places=len(joined.files))]
    left_out = {name: [each.place for each in joined.files if name in each.left_out] for name in joined.plan.part_names}
    told = {name: places for name, places in left_out.items() if places}
    lacking = [LeftOutWarning(name, places=", ".join(places)) for name, places in told.items()]
    for warning in (*noticed, *lacking):
        warnings.warn(warning, stacklevel=2)
    plan = joined.plan
    items = {*plan.agreement, *(item for each in plan.consistency.values() for item in each)}
    persons = max(persons_of_parts(joined.parts).values(), default=0)  # of the largest part
    about = {
        "plan": {
            "title": plan.title,
            "responsible": plan.responsible,
            "fixed_on": plan.fixed_on.isoformat(),
            "sha256": plan.sha256,
        },
        "instrument": plan.instrument,
        "rows": persons,
        "persons": persons,
        "items": len(items),
        "outcome": plan.outcome,
        "score": plan.score,
        "places": [each.place for each in joined.files],
        "limits": limits().as_data("small_count", "group_size", "group_events"),
    }
    shown = tuple(each for each in _sections(joined) if each.rows)
    faults = tuple(warning.fault for warning in (*noticed, *lacking))
    return Report("pool", about, shown, faults)


def _sections(joined: Joined) -> Iterator[Section]:
    plan, parts = joined.plan, joined.parts
    if parts.outcome is not None:
        everybody = parts.outcome.everybody
        telling = Figure("places", len(joined.telling("outcome")), n=_size(everybody))
        yield section("pooled", (), [Row((), (telling, *_of_outcome(everybody, plan)))], "coarse_score")
        yield section("pooled_cuts", ("cut",), _cuts(everybody, plan), "at_or_above")
        yield section("pooled_groups", ("group", "members"), _groups(joined))
        by_place = (
            Row((each.place,), _of_outcome(each.parts.outcome.everybody, plan))
            for each in joined.telling("outcome")
            if each.parts.outcome is not None
        )
        yield section("by_place", ("place",), by_place)
    pairs = (Row((item,), agreement_of_pairs(table)) for item, table in parts.pairs.items())
    several = (Row((item,), agreement_of_several(each)) for item, each in parts.several.items())
    yield section("agreement", ("item",), [*pairs, *several], "agreement")
    sets = (Row((name,), (alpha_of_sums(each, plan.consistency[name]),)) for name, each in parts.consistency.items())
    yield section("consistency", ("set",), sets, "complete_rows")
    totals = (Row((name,), intraclass_of_sums(each)) for name, each in parts.intraclass.items())
    yield section("intraclass", ("total",), totals, "research_total", "random_raters")
    if len(joined.files) > 1:
        yield section("between_places", ("measure", "item"), rows_between(list(_measures(joined))), "between_places")


def _size(counts: LevelCounts) -> int:
    return sum(counts.without) + sum(counts.happened)


def _of_outcome(counts: LevelCounts, plan: PoolingPlan) -> tuple[Outcome, ...]:
    """Base rate, area and, where the plan has probabilities, calibration."""
    events, n = sum(counts.happened), _size(counts)
    told: tuple[Outcome, ...] = (share_figure("base_rate", events, n),)
    if not 0 < events < n:
        constant = InputError([Fault("constant-outcome", "", {"name": str(plan.outcome), "n": n})])
        return (*told, *insufficient(("auc", *(_CALIBRATION if plan.probabilities else ())), constant, n))
    told = (*told, area_figure(area(score_counts(counts))))
    return (*told, *_calibration(counts, plan)) if plan.probabilities else told


def _calibration(counts: LevelCounts, plan: PoolingPlan) -> tuple[Outcome, ...]:
    outcome, level = rows_of(counts)
    try:
        judged = calibration(outcome, np.array(plan.probabilities)[level])
    except InputError as error:
        return insufficient(_CALIBRATION, error, len(outcome))
    few = min(judged.events, judged.n - judged.events) < limits().calibration_events.value
    note = "few_for_calibration" if few else ""
    return tuple(
        Figure(name, each.value, each.low, each.high, n=judged.n, method=INTERVALS[name], note=note)
        for name in _CALIBRATION
        if (each := getattr(judged, name)) is not None  # no probability of a plan is 0 or 1
    )


def _cuts(counts: LevelCounts, plan: PoolingPlan) -> Iterator[Row]:
    """The shares at the beginning of each level that anybody has, but the lowest, at which everybody counts."""
    found = shares_at_cuts(score_counts(counts))
    for place, level in enumerate(found.cuts.astype(int).tolist()):
        if place:
            rates = (
                share_figure(name, int(each.cases[place]), int(each.n[place])) for name, each in found.shares.items()
            )
            yield Row((f"{plan.levels[level]:g}",), tuple(rates))


def _groups(joined: Joined) -> Iterator[Row]:
    """Each group by itself, below the limits for groups insufficient evidence; as in the report on fairness."""
    size, events = limits().group_size.value, limits().group_events.value
    names = ("base_rate", "auc", *(_CALIBRATION if joined.plan.probabilities else ()))
    groups = joined.parts.outcome.groups if joined.parts.outcome is not None else {}
    for column, values in groups.items():
        for value, counts in values.items():
            outcome, _ = rows_of(counts)
            if value == EVERYBODY_ELSE and not len(outcome):
                continue
            if few := too_few(outcome, size, events):
                yield Row((column, value), insufficient(names, InputError([few]), len(outcome)))
            else:
                yield Row((column, value), _of_outcome(counts, joined.plan))


def _measures(joined: Joined) -> Iterator[Measure]:
    """Everything that is held against other places, with what each place tells of it."""
    plan = joined.plan
    tables = [each.parts.outcome.everybody for each in joined.files if each.parts.outcome is not None]
    if tables:
        rate, auc = Measure(("base_rate", NO_ITEM), LOG_ODDS), Measure(("auc", NO_ITEM), LOG_ODDS)
        for counts in tables:
            events, n = sum(counts.happened), _size(counts)
            rate.add(events / n, 1 / events + 1 / (n - events))
            found = area(score_counts(counts))
            flat = found.value * (1 - found.value)
            auc.add(found.value, found.variance / flat**2 if found.variance and flat else None)
        yield from (rate, auc)
    if tables and plan.probabilities:
        scales = {"observed_to_expected": LOGARITHM, "in_the_large": IDENTITY, "slope": IDENTITY}
        for name, scale in scales.items():
            measure = Measure((name, NO_ITEM), scale)
            for counts in tables:
                measure.add_figure(next(each for each in _calibration(counts, plan) if each.name == name))
            yield measure
    for item in plan.agreement:
        kappa = Measure(("kappa_quadratic", item), FISHER)
        for each in joined.telling("pairs", item):
            told = {figure.name: figure for figure in agreement_of_pairs(each.parts.pairs[item])}
            kappa.add_figure(told["kappa_quadratic"], lambda n: n - 1)
        yield kappa
    for name, items in plan.consistency.items():
        alpha = Measure(("cronbach_alpha", name), LACKING)
        for each in joined.telling("consistency", name):
            figure = alpha_of_sums(each.parts.consistency[name], items)
            if isinstance(figure, Figure) and figure.value < 1:
                alpha.add(figure.value, 2 * len(items) / ((len(items) - 1) * (figure.n - 2)))
        yield alpha
