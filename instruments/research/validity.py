"""How well scores and the summary rating tell an outcome apart, as a report."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from instruments.faults import Fault, InputError
from instruments.research.ascertainment.report import ascertainment, corrected_cuts, unverified_seen
from instruments.research.cuts import SHARES, shares_at_cuts
from instruments.research.dataset import Dataset
from instruments.research.faults import ResearchWarning
from instruments.research.figure_builders import (
    area_figure,
    difference_figure,
    insufficient,
    repeated_persons,
    section,
    share_figure,
)
from instruments.research.figures import Figure, InsufficientEvidence, Outcome, Report, Row
from instruments.research.increments import increment
from instruments.research.limits import limits
from instruments.research.resampling import Resampling, bootstrap_area
from instruments.research.roc import area, compare, count_scores
from instruments.research.scores import (
    PROTECTIVE_ABSENT,
    RISK_TOTAL,
    SUMMARY,
    as_columns,
    as_numbers,
    find_outcome,
    known_rows,
    left_out,
    scores_of,
)
from instruments.research.splitting import first_ratings
from instruments.research.survival import harrell_c


@dataclass
class _Asked:
    """What a report of validity is about, with what was noticed on the way."""

    outcome: "pd.Series[float]"
    scores: dict[str, "pd.Series[float]"]
    level: float
    resampling: Resampling
    noticed: list[ResearchWarning] = field(default_factory=list)

    def rows(self, *names: str) -> "pd.Series[bool]":
        """The rows on which the outcome and some scores are known."""
        return known_rows(self.outcome, *(self.scores[name] for name in names))


def validity(
    dataset: Dataset,
    outcome: str | None = None,
    *,
    scores: Sequence[str] = (),
    level: float = 0.95,
    resampling: Resampling | None = None,
) -> Report:
    """Every figure of validity for an outcome.

    Parameters
    ----------
    dataset : Dataset
    outcome : str, optional
        By the mapping's name; needed where there are several.
    scores : sequence of str
        Names of `scores_of`; by default all of them. The first is held beside the others, and is cut.
    level : float
        Confidence level of every interval.
    resampling : Resampling, optional

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
    dataset = first_ratings(dataset)
    name = find_outcome(dataset, outcome)
    known = scores_of(dataset)
    chosen = {each: known[each] for each in (scores or known) if each in known}
    if unknown := [each for each in scores if each not in known]:
        raise InputError([Fault("unknown-score", "", {"name": each, "known": sorted(known)}) for each in unknown])
    how = resampling or Resampling()
    asked = _Asked(dataset.outcomes[name], chosen, level, how)
    asked.noticed += [*repeated_persons(dataset), *left_out(asked.outcome.notna(), name)]
    asked.noticed += unverified_seen(dataset, name)
    count_scores(asked.outcome.dropna(), np.zeros(asked.outcome.notna().sum()))  # refuses a constant outcome
    first = next((each for each in chosen if asked.rows(each).any()), next(iter(chosen), ""))
    if not chosen:
        raise InputError([Fault("nothing-to-hold", "")])
    sections = (
        section("areas", ("score",), _areas(asked), "higher_means_more"),
        section("comparisons", ("score", "beside"), _comparisons(asked, first), "paired_delong"),
        section("cuts", ("score", "cut"), _cuts(asked, first), "at_or_above"),
        *corrected_cuts(dataset, name, known[first], first, level),
        section("levels", ("rating",), level_rows(dataset, asked.outcome, level), "observed_not_predicted"),
        section("increments", ("added", "to"), _increments(asked, known), "nested_models"),
        section("time", ("score",), _times(dataset, asked, name), "comparable_pairs"),
        ascertainment(dataset, name, known[first], level),
    )
    for warning in asked.noticed:
        warnings.warn(warning, stacklevel=2)
    about = {
        **dataset.about(),
        "outcome": name,
        "scores": list(chosen),
        "stratified": how.stratified,
        "draws": how.draws,
    }
    about |= {"seed": how.seed, "limits": limits().as_data("events_per_parameter")}
    faults = tuple(warning.fault for warning in asked.noticed)
    return Report("validity", about, tuple(section for section in sections if section.rows), faults)


def _areas(asked: _Asked) -> Iterator[Row]:
    how = asked.resampling
    names = ["auc", *(["auc_bootstrap"] if how.draws else []), "events", "non_events"]
    for name in asked.scores:
        rows = asked.rows(name)
        asked.noticed += left_out(rows | asked.outcome.isna(), name)
        happened, score = asked.outcome[rows].to_numpy(), asked.scores[name][rows]
        try:
            measured = area(count_scores(happened, as_numbers(score)))
            figures: list[Outcome] = [area_figure(measured, asked.level)]
            if how.draws:
                drawn = bootstrap_area(
                    happened,
                    as_numbers(score),
                    draws=how.draws,
                    stratified=how.stratified,
                    seed=how.seed,
                    n_jobs=how.n_jobs,
                )
                low, high = drawn.interval(asked.level) or (None, None)
                note = "drawn_alike" if low is None else "redrawn" if drawn.redrawn else ""
                figures.append(
                    Figure("auc_bootstrap", drawn.value, low, high, asked.level, len(score), how.method, note)
                )
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
            comparison = compare(
                asked.outcome[rows].to_numpy(),
                as_numbers(asked.scores[name][rows]),
                as_numbers(asked.scores[first][rows]),
            )
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
    at_cuts = shares_at_cuts(counts, asked.level)
    for place, cut in enumerate(at_cuts.cuts):
        figures: list[Outcome] = []
        for key in SHARES:
            each = at_cuts.shares[key]
            figures.append(share_figure(key, int(each.cases[place]), int(each.n[place]), asked.level))
        flagged = int(at_cuts.shares["positive_predictive_value"].n[place])
        yield Row((name, f"{cut:g}"), (*figures, Figure("at_or_above", flagged, n=int(rows.sum()))))


def level_rows(dataset: Dataset, outcome: "pd.Series[float]", level: float = 0.95) -> Iterator[Row]:
    """How many had the outcome at each level of the summary rating: counts, never a probability for anyone.

    Parameters
    ----------
    outcome : Series
        1, 0 or NaN; a value a row of the data.
    level : float
        Confidence level of the share at each level.
    """
    summary = dataset.summary_rating
    if summary is None:
        return
    rows = known_rows(outcome, summary)
    for code, word in enumerate(dataset.instrument.scales.risk):
        here = outcome[rows & (summary == code)]
        n, events = len(here), int(here.sum())
        yield Row(
            (word,), (Figure("events", events, n=n), Figure("rows", n, n=n), share_figure("share", events, n, level))
        )


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
                draws=how.draws,
                seed=how.seed,
                n_jobs=how.n_jobs,
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
                Figure("chi_square", gained.chi_square, n=n, method="likelihood_ratio"),
                Figure("degrees", gained.degrees, n=n),
                Figure("p", gained.p, n=n),
                area_figure(gained.base_area, asked.level, "auc_base"),
                area_figure(gained.full_area, asked.level, "auc_full"),
                Figure("auc_gain", gain.value, low, high, asked.level, n, "bootstrap_stratified", note),
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
            concordance = harrell_c(time[rows], asked.outcome[rows], values[rows])
        except InputError as error:
            yield Row((score,), insufficient(("harrell_c", "pairs"), error, n))
            continue
        low, high = concordance.interval(asked.level) or (None, None)
        note = "no_width" if low is None else ""
        c = Figure("harrell_c", concordance.value, low, high, asked.level, n, "jackknife_log_odds", note)
        yield Row((score,), (c, Figure("pairs", concordance.pairs, n=n)))
