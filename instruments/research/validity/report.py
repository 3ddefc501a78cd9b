"""How well scores and the summary rating tell an outcome apart, as a report."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from instruments.faults import Fault, InputError
from instruments.research.ascertainment.report import ascertainment, corrected_cuts, unverified_seen
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.scores import (
    PROTECTIVE_ABSENT,
    RISK_TOTAL,
    SUMMARY,
    as_columns,
    as_numbers,
    find_outcome,
    known_rows,
    left_out,
    require_cut,
    scores_of,
)
from instruments.research.dependence.clustered_areas import area_of, bootstrap_of, compare_of
from instruments.research.dependence.clustered_shares import clustered_share_at, clustered_share_figure
from instruments.research.dependence.clusters import PERSON, Clusters, clusters_of, rows_for
from instruments.research.dependence.horizons import horizon_sections
from instruments.research.estimation.cuts import SHARES, shares_at_cuts
from instruments.research.estimation.resampling import Resampling
from instruments.research.estimation.roc import count_scores
from instruments.research.faults import ResearchWarning
from instruments.research.figures.builders import (
    area_figure,
    difference_figure,
    insufficient,
    repeated_persons,
    section,
    share_figure,
)
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report, Row
from instruments.research.limits import limits
from instruments.research.validity.increments import increment
from instruments.research.validity.survival import harrell_c


@dataclass
class _Asked:
    """What a report of validity is about, with what was noticed on the way."""

    outcome: "pd.Series[float]"
    scores: dict[str, "pd.Series[float]"]
    level: float
    resampling: Resampling
    clusters: Clusters | None
    noticed: list[ResearchWarning] = field(default_factory=list)

    def rows(self, *names: str) -> "pd.Series[bool]":
        """The rows on which the outcome and some scores are known."""
        return known_rows(self.outcome, *(self.scores[name] for name in names))

    def part(self, rows: "pd.Series[bool]") -> Clusters | None:
        """The clusters of some rows; None where rows are taken as independent."""
        return None if self.clusters is None else self.clusters.part(rows)


def validity(
    dataset: Dataset,
    outcome: str | None = None,
    *,
    scores: Sequence[str] = (),
    cut: float | None = None,
    level: float = 0.95,
    resampling: Resampling | None = None,
    cluster: str | None = None,
    horizons: Sequence[float] = (),
) -> Report:
    """Every figure of validity for an outcome.

    Parameters
    ----------
    dataset : Dataset
    outcome : str, optional
        By the mapping's name; needed where there are several.
    scores : sequence of str
        Names of `scores_of`; by default all of them. The first is held beside the others, and is cut.
    cut : float, optional
        From where the first score counts as pointing to the outcome; what it tells there is told by itself.
    level : float
        Confidence level of every interval.
    resampling : Resampling, optional
    cluster : str, optional
        ``person``, ``rater``, or a group such as ``place``: its rows may be alike, and every interval is one between
        clusters. Without it, rows are taken as independent. By ``person`` every rating counts, else the first of each.
    horizons : sequence of float
        Times, in the unit of the outcome's, by which the outcome is told where not everybody was followed so long.

    Returns
    -------
    Report
        Who could have the outcome, areas under the ROC curve, paired comparisons, every cut, the levels of the summary
        rating, what protective items add to risk items, and time to the outcome where it is known. What cannot be said
        is `InsufficientEvidence` in its place.

    Raises
    ------
    ConstantOutcomeError, UnknownColumnError

    Warns
    -----
    DroppedRowsWarning
    """
    dataset = rows_for(dataset, cluster)
    name = find_outcome(dataset, outcome)
    known = scores_of(dataset)
    chosen = {each: known[each] for each in (scores or known) if each in known}
    if unknown := [each for each in scores if each not in known]:
        raise InputError([Fault("unknown-score", "", {"name": each, "known": sorted(known)}) for each in unknown])
    how = resampling or Resampling()
    clusters = None if cluster is None else clusters_of(dataset, cluster)
    asked = _Asked(dataset.outcomes[name], chosen, level, how, clusters)
    asked.noticed += [*(repeated_persons(dataset) if cluster != PERSON else ()), *left_out(asked.outcome.notna(), name)]
    asked.noticed += unverified_seen(dataset, name)
    count_scores(asked.outcome.dropna(), np.zeros(asked.outcome.notna().sum()))  # refuses a constant outcome
    first = next((each for each in chosen if asked.rows(each).any()), next(iter(chosen), ""))
    if not chosen:
        raise InputError([Fault("nothing-to-hold", "")])
    require_cut(dataset, first, cut)
    notes = ("paired_delong", "nested_models") if clusters is None else ("paired_clusters", "nested_models_clusters")
    cuts = tuple(_cuts(asked, first))
    sections = (
        section("areas", ("score",), _areas(asked), "higher_means_more"),
        section("comparisons", ("score", "beside"), _comparisons(asked, first), notes[0]),
        section("chosen_cut", ("score", "cut"), _chosen(cuts, cut), "chosen_cut"),
        section("cuts", ("score", "cut"), cuts, "at_or_above"),
        # what corrects for whose outcome could be seen takes rows as independent
        *(corrected_cuts(dataset, name, known[first], first, level) if clusters is None else ()),
        section("levels", ("rating",), level_rows(dataset, asked.outcome, level, clusters), "observed_not_predicted"),
        section("increments", ("added", "to"), _increments(asked, known), notes[1]),
        section("time", ("score",), _times(dataset, asked, name), "comparable_pairs"),
        *horizon_sections(dataset, name, chosen, horizons, clusters=clusters, how=how, level=level),
        ascertainment(dataset, name, known[first], level),
    )
    for warning in asked.noticed:
        warnings.warn(warning, stacklevel=2)
    about = {**dataset.about(), "outcome": name, "score": first, "scores": list(chosen), "cut": cut}
    about |= {"stratified": how.stratified, "draws": how.draws}
    if clusters is not None:
        about |= {"cluster": cluster, "clusters": clusters.count, "stratified": False}
    about |= {"seed": how.seed, "limits": limits().as_data("events_per_parameter")}
    faults = tuple(warning.fault for warning in asked.noticed)
    return Report("validity", about, tuple(section for section in sections if section.rows), faults)


def _chosen(cuts: Sequence[Row], cut: float | None) -> Iterator[Row]:
    """The row of the cut that was chosen: of the lowest score that occurs at or above it."""
    if cut is not None:
        unreached = insufficient(SHARES, InputError([Fault("nobody-in-share", "")]), 0)
        nobody = Row((cuts[0].labels[0], f"{cut:g}"), unreached)
        yield next((row for row in cuts if row.labels[1] and float(row.labels[1]) >= cut), nobody)


def _areas(asked: _Asked) -> Iterator[Row]:
    how = asked.resampling
    names = ["auc", *(["auc_bootstrap"] if how.draws else []), "events", "non_events"]
    for name in asked.scores:
        rows = asked.rows(name)
        asked.noticed += left_out(rows | asked.outcome.isna(), name)
        happened, score = asked.outcome[rows].to_numpy(), asked.scores[name][rows]
        try:
            clusters = asked.part(rows)
            measured = area_of(happened, as_numbers(score), clusters)
            figures: list[Outcome] = [area_figure(measured, asked.level)]
            if how.draws:
                method = how.method if clusters is None else "bootstrap_clusters"
                drawn = bootstrap_of(happened, as_numbers(score), clusters, how)
                low, high = drawn.interval(asked.level) or (None, None)
                note = "drawn_alike" if low is None else "redrawn" if drawn.redrawn else ""
                figures.append(Figure("auc_bootstrap", drawn.value, low, high, asked.level, len(score), method, note))
            figures += [
                Figure("events", measured.events, n=len(score)),
                Figure("non_events", measured.non_events, n=len(score)),
            ]
        except InputError as error:
            figures = list(insufficient(names, error, len(score)))
        yield Row((name,), tuple(figures))


def _comparisons(asked: _Asked, first: str) -> Iterator[Row]:
    for name in asked.scores:
        if name == first:
            continue
        rows = asked.rows(first, name)
        n = int(rows.sum())
        try:
            clusters, happened = asked.part(rows), asked.outcome[rows].to_numpy()
            pair = [as_numbers(asked.scores[each][rows]) for each in (name, first)]
            comparison = compare_of(happened, pair[0], pair[1], clusters)
        except InputError as error:
            yield Row((name, first), insufficient(("auc_difference", "z", "p"), error, n))
            continue
        difference = difference_figure(comparison, asked.level)
        if comparison.z is None or comparison.p is None:
            same = Fault("no-variance-of-difference", "", {"first": name, "second": first})
            tests: tuple[Outcome, ...] = (InsufficientEvidence("z", same, n), InsufficientEvidence("p", same, n))
        else:
            tests = (Figure("z", comparison.z, n=n), Figure("p", comparison.p, n=n))
        yield Row((name, first), (difference, *tests))


def _cuts(asked: _Asked, name: str) -> Iterator[Row]:
    rows = asked.rows(name)
    try:
        counts = count_scores(asked.outcome[rows].to_numpy(), as_numbers(asked.scores[name][rows]))
    except InputError as error:
        yield Row((name, ""), insufficient(SHARES, error, int(rows.sum())))
        return
    at_cuts, clusters = shares_at_cuts(counts, asked.level), asked.part(rows)
    happened, scores = asked.outcome[rows].to_numpy() == 1, asked.scores[name][rows].to_numpy()
    for place, cut in enumerate(at_cuts.cuts):
        figures: list[Outcome] = []
        for key in SHARES:
            if clusters is not None:
                figures.append(clustered_share_at(key, happened, scores >= cut, clusters, asked.level))
                continue
            each = at_cuts.shares[key]
            figures.append(share_figure(key, int(each.cases[place]), int(each.n[place]), asked.level))
        flagged = int(at_cuts.shares["positive_predictive_value"].n[place])
        yield Row((name, f"{cut:g}"), (*figures, Figure("at_or_above", flagged, n=int(rows.sum()))))


def level_rows(
    dataset: Dataset, outcome: "pd.Series[float]", level: float = 0.95, clusters: Clusters | None = None
) -> Iterator[Row]:
    """How many had the outcome at each level of the summary rating: counts, never a probability for anyone.

    Parameters
    ----------
    outcome : Series
        1, 0 or NaN; a value a row of the data.
    level : float
        Confidence level of the share at each level.
    clusters : Clusters, optional
        Of the rows, where they are not independent.
    """
    summary = dataset.summary_rating
    if summary is None:
        return
    rows = known_rows(outcome, summary)
    for code, word in enumerate(dataset.instrument.scales.risk):
        at_level = rows & (summary == code)
        here = outcome[at_level]
        n, events = len(here), int(here.sum())
        share = (
            share_figure("share", events, n, level)
            if clusters is None
            else clustered_share_figure("share", here.to_numpy() == 1, clusters.part(at_level), level)
        )
        yield Row((word,), (Figure("events", events, n=n), Figure("rows", n, n=n), share))


def _increments(asked: _Asked, known: dict[str, "pd.Series[float]"]) -> Iterator[Row]:
    how = asked.resampling
    pairs = ((PROTECTIVE_ABSENT, RISK_TOTAL), (SUMMARY, RISK_TOTAL), (RISK_TOTAL, SUMMARY))
    figures = ("chi_square", "degrees", "p", "auc_base", "auc_full", "auc_gain")
    for added, base in pairs:
        if not {added, base} <= set(known) or not how.draws:
            continue
        rows = known_rows(asked.outcome, known[base], known[added])
        n = int(rows.sum())
        try:
            gained = increment(
                asked.outcome[rows].to_numpy(),
                as_columns({base: known[base]}, rows),
                as_columns({added: known[added]}, rows),
                events_per_parameter=limits().events_per_parameter.value,
                resampling=how,
                clusters=asked.part(rows),
            )
        except InputError as error:
            yield Row((added, base), insufficient(figures, error, n))
            continue
        gain = gained.gain
        low, high = gain.interval(asked.level) or (None, None)
        note = "drawn_alike" if low is None else ""
        yield Row(
            (added, base),
            (
                Figure("chi_square", gained.chi_square, n=n, method=gained.method),
                Figure("degrees", gained.degrees, n=n),
                Figure("p", gained.p, n=n),
                area_figure(gained.base_area, asked.level, "auc_base"),
                area_figure(gained.full_area, asked.level, "auc_full"),
                Figure("auc_gain", gain.value, low, high, asked.level, n, gained.gain.method, note),
            ),
        )


def _times(dataset: Dataset, asked: _Asked, name: str) -> Iterator[Row]:
    if name not in dataset.times:
        return
    time = dataset.times[name]
    for score, values in asked.scores.items():
        rows = known_rows(asked.outcome, time, values)
        n = int(rows.sum())
        try:
            concordance = harrell_c(time[rows], asked.outcome[rows], values[rows], asked.part(rows))
        except InputError as error:
            yield Row((score,), insufficient(("harrell_c", "pairs"), error, n))
            continue
        low, high = concordance.interval(asked.level) or (None, None)
        note = "no_width" if low is None else ""
        c = Figure("harrell_c", concordance.value, low, high, asked.level, n, concordance.method, note)
        yield Row((score,), (c, Figure("pairs", concordance.pairs, n=n)))
