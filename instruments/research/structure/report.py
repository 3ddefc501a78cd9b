"""The structure of the items: components, factors, one scale or several, and whether the model of a trait holds."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

from threadpoolctl import threadpool_limits

from instruments.faults import Fault
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.splitting import are_first
from instruments.research.estimation.resampling import Resampling, require_draws
from instruments.research.faults import ResearchError, TooFewItemsError
from instruments.research.figures.builders import insufficient, section
from instruments.research.figures.describing import item_warnings
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report, Row, Section
from instruments.research.limits import limits
from instruments.research.structure.factors import Factors, Rotated, fit_of
from instruments.research.structure.item_rows import item_rows, matrices, pair_rows
from instruments.research.structure.mokken import Scalability, h_figure
from instruments.research.structure.omega import NAME as OMEGA
from instruments.research.structure.omega import categorical_omega
from instruments.research.structure.pairs import above_diagonal
from instruments.research.structure.parallel import Kind, ParallelAnalysis
from instruments.research.structure.scale import Scale, attempt

DRAWS = 200
_LIMITS = ("parallel_quantile", "local_dependence", "item_scalability", "monotonicity_step", "expected_in_cell",
           "polychoric_levels", "scale_persons", "outside_commonest_level")  # fmt: skip


@dataclass(frozen=True)
class _Examined:
    """A set of items with its parallel analysis, and how many factors it is told with."""

    scale: Scale
    parallel: ParallelAnalysis | ResearchError | None
    factors: int

    @property
    def name(self) -> str:
        return self.scale.name


def structure(
    dataset: Dataset,
    *,
    factors: int | None = None,
    correlations: Kind = "polychoric",
    pairs: bool = False,
    resampling: Resampling | None = None,
) -> Report:
    """Tell what the risk items have in common, and what the protective items have.

    Correlations rest on the people rated on both items, each with its own n; the graded response model on everybody;
    everything else on the people rated on all items of the set.

    Parameters
    ----------
    dataset : Dataset
        The first rating of each person is taken.
    factors : int, optional
        How many factors; by default as many as parallel analysis suggests, and one at least.
    correlations : "polychoric" or "pearson"
        What components and factors rest on.
    pairs : bool
        Whether to tell every pair of items, or only those that stand out.
    resampling : Resampling, optional
        How often ratings are dealt out for the parallel analysis; by default 200 times, and with 0 draws not at all.

    Returns
    -------
    Report
        Sections ``structure_scales``, ``structure_components``, ``structure_factors``, ``structure_loadings`` (one for
        each set), ``factor_correlations``, ``structure_items`` and ``structure_pairs``.

    Raises
    ------
    TooFewItemsError
        If no set has two items that tell people apart.
    InputError
        With too few draws.

    Warns
    -----
    AllMissingItemWarning, OneLevelWarning
        For each item that is left out.
    EndlessCorrelationWarning, SmoothedWarning, NotConvergedWarning
    """
    chosen = Resampling(DRAWS) if resampling is None else resampling
    if chosen.draws:
        require_draws(chosen.draws)
    first = dataset.ratings[are_first(dataset)]
    for warning in item_warnings(first):
        warnings.warn(warning, stacklevel=2)
    sets = {"risk": dataset.risk_items, "protective": dataset.protective_items}
    scales = [
        Scale(name, first[items].loc[:, first[items].nunique() > 1], correlations)
        for name, items in sets.items()
        if items
    ]
    fewest, most = limits().whole("trait_items"), max((each.ratings.shape[1] for each in scales), default=0)
    if most < fewest:
        raise TooFewItemsError("", items=most, needed=fewest)
    # the products are small: threads that wait for one another cost more than they give
    with threadpool_limits(1, user_api="blas"):
        examined = [_examined(each, factors, chosen) for each in scales]
        told = [each for each in _sections(examined, pairs) if each.rows]
        details = {each.name: matrices(each.scale) for each in examined}
    return Report(
        "structure",
        {**dataset.about(), "correlations": correlations, "draws": chosen.draws, "seed": chosen.seed},
        tuple(told),
        details={"matrices": details, "limits": limits().as_data(*_LIMITS)},
    )


def _examined(scale: Scale, factors: int | None, resampling: Resampling) -> _Examined:
    parallel = attempt(lambda: scale.parallel(resampling)) if resampling.draws else None
    suggested = parallel.suggested if isinstance(parallel, ParallelAnalysis) else 1
    return _Examined(scale, parallel, max(suggested, 1) if factors is None else factors)


def _sections(examined: list[_Examined], pairs: bool) -> Iterator[Section]:
    solved = {each.name: attempt(lambda scale=each: _solution(scale)) for each in examined}  # type: ignore[misc]
    yield section("structure_scales", ("set",), map(_scale_row, examined), "structure_scales")
    components = (row for each in examined for row in _components(each))
    yield section("structure_components", ("set", "component"), components, "structure_components")
    fits = (row for each in examined for row in _fits(each))
    yield section("structure_factors", ("set", "factors"), fits, "structure_factors")
    for each in examined:
        yield section("structure_loadings", ("set", "item"), _loadings(each, solved[each.name]), "structure_loadings")
    related = (row for each in examined for row in _factor_correlations(each, solved[each.name]))
    yield section("factor_correlations", ("set", "factor", "other_factor"), related)
    items = (row for each in examined for row in item_rows(each.scale))
    yield section("structure_items", ("set", "item"), items, "structure_items")
    told = (row for each in examined for row in pair_rows(each.scale, every=pairs))
    yield section("structure_pairs", ("set", "item", "other_item"), told, "structure_pairs" if pairs else "pairs_told")


def _or(names: tuple[str, ...], n: int, compute: Callable[[], tuple[Outcome, ...]]) -> tuple[Outcome, ...]:
    """Figures, or the reason why there are none in the place of each."""
    done = attempt(compute)
    return insufficient(names, done, n) if isinstance(done, ResearchError) else done


def _scale_row(each: _Examined) -> Row:
    scale = each.scale
    complete = int(scale.ratings.notna().all(axis=1).sum()) if scale.ratings.shape[1] else 0
    counts = (
        Figure("items", scale.ratings.shape[1], n=len(scale.ratings)),
        Figure("complete_rows", complete, n=len(scale.ratings)),
    )
    omega = _or((OMEGA,), complete, lambda: (categorical_omega(scale.polychoric),))
    scalable = _or(("scale_h",), complete, lambda: (_scale_h(scale.scalability),))
    dependence = _or(("mean_q3", "largest_q3"), complete, lambda: _dependence(scale))
    return Row((each.name,), (*counts, *omega, *scalable, *_suggested(each), *dependence))


def _scale_h(given: Scalability) -> Figure:
    return h_figure("scale_h", given.scale, given.scale_error, given.n)


def _suggested(each: _Examined) -> tuple[Outcome, ...]:
    name = "components_suggested"
    if each.parallel is None:
        return (InsufficientEvidence(name, Fault("no-draws", ""), each.scale.ratings.shape[0]),)
    if isinstance(each.parallel, ResearchError):
        return insufficient((name,), each.parallel, each.scale.ratings.shape[0])
    return (Figure(name, each.parallel.suggested, n=each.scale.fewest, method="parallel_analysis"),)


def _dependence(scale: Scale) -> tuple[Outcome, ...]:
    above = above_diagonal(scale.residuals)
    n = len(scale.complete)
    return Figure("mean_q3", float(above.mean()), n=n), Figure("largest_q3", float(above.max()), n=n)


def _components(each: _Examined) -> Iterator[Row]:
    given = each.parallel
    if isinstance(given, ParallelAnalysis):
        for place in range(min(given.suggested + 2, len(given.eigenvalues))):
            values = ("eigenvalue", given.eigenvalues[place]), ("eigenvalue_by_chance", given.by_chance[place])
            figures = tuple(Figure(name, float(value), n=each.scale.fewest) for name, value in values)
            yield Row((each.name, str(place + 1)), figures)


_FIT = ("rmsr", "rmsea", "tli", "chi_square", "degrees")


def _fits(each: _Examined) -> Iterator[Row]:
    n = each.scale.fewest if each.scale.ratings.shape[1] else 0
    for number in range(1, each.factors + 1):
        told = _or(_FIT, n, lambda number=number: _fit(each.scale, number))  # type: ignore[misc]
        yield Row((each.name, str(number)), told)


def _fit(scale: Scale, number: int) -> tuple[Outcome, ...]:
    fit, n = fit_of(scale.correlations, scale.factors(number), scale.fewest), scale.fewest
    values = {"rmsea": fit.rmsea, "tli": fit.tli, "chi_square": fit.chi_square}
    lacking = Fault("no-degrees", "")
    if scale.is_smoothed:  # next to singular by making: the determinant, and likelihood with it, is that of the making
        values, lacking = dict.fromkeys(values), Fault("fit-of-smoothed", "")
    methods = {"chi_square": "as_continuous"}
    by_likelihood = (
        InsufficientEvidence(name, lacking, n)
        if value is None
        else Figure(name, value, n=n, method=methods.get(name, ""))
        for name, value in values.items()
    )
    return Figure("rmsr", fit.rmsr, n=n), *by_likelihood, Figure("degrees", fit.degrees, n=n)


def _solution(each: _Examined) -> tuple[Factors, Rotated, Rotated]:
    found = each.scale.factors(each.factors)
    return found, each.scale.turned(found, "oblimin"), each.scale.turned(found, "varimax")


def _loadings(each: _Examined, solved: tuple[Factors, Rotated, Rotated] | ResearchError) -> Iterator[Row]:
    if isinstance(solved, ResearchError):
        return
    found, oblique, orthogonal = solved
    n = each.scale.fewest
    for place, item in enumerate(map(str, each.scale.ratings)):
        figures = [Figure(f"loading_{at + 1}", value, n=n) for at, value in enumerate(oblique.loadings[place])]
        if each.factors > 1:
            upright = enumerate(orthogonal.loadings[place])
            figures += [Figure(f"orthogonal_loading_{at + 1}", value, n=n) for at, value in upright]
        note = "improper" if place in found.improper else ""
        common = Figure("communality", float(1 - found.uniquenesses[place]), n=n, note=note)
        yield Row((each.name, item), (*figures, common))


def _factor_correlations(each: _Examined, solved: tuple[Factors, Rotated, Rotated] | ResearchError) -> Iterator[Row]:
    if isinstance(solved, ResearchError):
        return
    for one, other in combinations(range(each.factors), 2):
        value = float(solved[1].correlations[one, other])
        yield Row(
            (each.name, str(one + 1), str(other + 1)), (Figure("factor_correlation", value, n=each.scale.fewest),)
        )
