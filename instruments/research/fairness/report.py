"""Whether an instrument works alike for everyone: every figure by group and by intersection, as a report.

Each is given with its n and interval, and beside everyone outside the group. Below a set number of persons, or of
persons on either side of the outcome, it is insufficient evidence and says so; no group is left out of the report, and
a blank is a group of its own. Nothing here says that a difference is unfair: that is a judgement about its cause.
"""

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2_contingency
from statsmodels.stats.multitest import multipletests

from instruments.faults import Fault, InputError
from instruments.research.ascertainment.report import ascertainment, unverified_seen
from instruments.research.calibration.holdouts import cross_validated
from instruments.research.calibration.measures import calibration
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.groupings import first_group, groups_of
from instruments.research.datasets.scores import (
    SUMMARY,
    as_numbers,
    find_outcome,
    find_score,
    left_out,
    main_score,
    require_cut,
)
from instruments.research.dependence.auditing import Audit, Mask
from instruments.research.dependence.clustered_areas import area_of, difference_between_groups
from instruments.research.dependence.clustered_shares import clustered_share_figure
from instruments.research.dependence.clusters import PERSON, clusters_of, rows_for, undivided
from instruments.research.estimation.intervals import of_mean_share
from instruments.research.estimation.outcomes import require_both_classes
from instruments.research.estimation.roc import Area
from instruments.research.fairness.error_rates import error_sections
from instruments.research.faults import NoCutWarning, ResearchWarning
from instruments.research.figures.builders import (
    area_figure,
    independent_difference_figure,
    insufficient,
    repeated_persons,
    section,
)
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report, Row
from instruments.research.limits import limits
from instruments.research.validity.overrides import Judgement, judgement_of


def fairness(
    dataset: Dataset,
    outcome: str | None = None,
    groups: Sequence[str] = (),
    *,
    score: str | None = None,
    cut: float | None = None,
    group_size: float | None = None,
    group_events: float | None = None,
    level: float = 0.95,
    seed: int = 0,
    n_jobs: int | None = None,
    cluster: str | None = None,
) -> Report:
    """Every figure by group and intersection.

    Parameters
    ----------
    dataset : Dataset
    outcome : str, optional
        By the mapping's name; needed where there are several.
    groups : sequence of str
        Columns; by default all.
    score : str, optional
        Of `scores_of`: what is held against the outcome; by default that of `scores.main_score`.
    cut : float, optional
        A score at or above it counts as pointing to the outcome. Without it, that is a summary rating of *high*.
    group_size, group_events : float, optional
        Below which there is insufficient evidence; by default those in ``limits.yaml``.
    level : float
        Confidence level.
    seed, n_jobs
        Of the folds in which the probabilities come to be.
    cluster : str, optional
        As in `validity`; a cluster may have persons of several groups.

    Returns
    -------
    Report

    Raises
    ------
    ConstantOutcomeError, TooFewEventsError, UnknownColumnError
    """
    dataset = rows_for(dataset, cluster)
    name, score = find_outcome(dataset, outcome), score or main_score(dataset)
    require_cut(dataset, score, cut)
    happened = dataset.outcomes[name]
    known = limits()
    audit = Audit(
        dataset,
        tuple(groups_of(dataset, groups)),
        happened,
        find_score(dataset, score),
        known.group_size.value if group_size is None else group_size,
        known.group_events.value if group_events is None else group_events,
        level,
        None if cluster is None else clusters_of(dataset, cluster),
    )
    if not audit.groups:
        raise InputError([Fault("no-groups", "")])
    require_both_classes(happened.dropna())
    noticed: list[ResearchWarning] = [*left_out(happened.notna(), name)]
    noticed += left_out(audit.score.notna() | happened.isna(), score)
    if cut is None and dataset.summary_rating is None:
        noticed.append(NoCutWarning())
    noticed += [*(repeated_persons(dataset) if cluster != PERSON else ()), *unverified_seen(dataset, name)]
    sections = (
        section("overall", (), _overall(audit)),
        section("base_rates", ("group", "members"), _base_rates(audit)),
        section("group_areas", ("group", "members"), _areas(audit), "beside_the_rest"),
        *error_sections(audit, cut),
        section("group_calibration", ("group", "members"), _calibrations(audit, seed, n_jobs), "out_of_fold"),
        section("group_blanks", ("group", "members"), _blanks(audit), "beside_the_rest"),
        section("item_blanks", ("group", "item"), _item_blanks(audit, groups), "holm"),
        section("group_overrides", ("group", "members"), _overrides(audit, score), "matched_bands"),
        ascertainment(dataset, name, audit.score, level),
    )
    for warning in noticed:
        warnings.warn(warning, stacklevel=2)
    about = {**dataset.about(), "outcome": name, "score": score, "cut": cut, "group_size": audit.group_size}
    about |= {"groups": list(dict.fromkeys(groups)) or [str(each) for each in dataset.groups], "seed": seed}
    about |= {"group_events": audit.group_events, "limits": known.as_data("group_size", "group_events")}
    if audit.clusters is not None:
        about |= {"cluster": cluster, "clusters": audit.clusters.count}
    shown = tuple(section for section in sections if section.rows)
    return Report("fairness", about, shown, tuple(warning.fault for warning in noticed))


def _overall(audit: Audit) -> Iterator[Row]:
    """Everybody together, to hold the groups against."""
    known = audit.outcome.notna() & audit.score.notna()
    rate = audit.rate("base_rate", (audit.outcome == 1).to_numpy(), audit.outcome.notna().to_numpy())
    try:
        both = area_of(audit.outcome[known].to_numpy(), as_numbers(audit.score[known]), audit.part(known.to_numpy()))
        figures: tuple[Outcome, ...] = (area_figure(both, audit.level),)
    except InputError as error:  # whoever has the score has the same outcome
        figures = insufficient(("auc",), error, int(known.sum()))
    yield Row((), (rate, *figures))


def _base_rates(audit: Audit) -> Iterator[Row]:
    for group in audit.groups:
        known = group.rows & audit.outcome.notna().to_numpy()
        rate = audit.rate("base_rate", (audit.outcome == 1).to_numpy(), known)
        yield Row(group.labels, (Figure("rows", int(group.rows.sum()), n=len(audit.dataset)), rate))


def _areas(audit: Audit) -> Iterator[Row]:
    known = (audit.outcome.notna() & audit.score.notna()).to_numpy()
    for group in audit.groups:
        parts = [group.rows & known, ~group.rows & known]
        outcomes = [audit.outcome[rows].to_numpy() for rows in parts]
        n = len(outcomes[0])
        if few := audit.too_few(outcomes[0]):
            yield Row(group.labels, tuple(InsufficientEvidence(name, few, n) for name in ("auc", "auc_difference")))
            continue
        here = _area(audit, parts[0])
        if isinstance(here, InputError):  # all of one cluster
            yield Row(group.labels, insufficient(("auc", "auc_difference"), here, n))
            continue
        figures: list[Outcome] = [area_figure(here, audit.level)]
        if few := audit.too_few(outcomes[1]):
            figures.append(InsufficientEvidence("auc_difference", few, n))
        else:
            figures.append(_beside(audit, here, parts))
        yield Row(group.labels, tuple(figures))


def _area(audit: Audit, rows: Mask) -> Area | InputError:
    try:
        return area_of(audit.outcome[rows].to_numpy(), as_numbers(audit.score[rows]), audit.part(rows))
    except InputError as error:
        return error


def _beside(audit: Audit, here: Area, parts: Sequence[Mask]) -> Outcome:
    """The area of a group less that of everybody else."""
    rest = _area(audit, parts[1])
    if isinstance(rest, InputError):
        return InsufficientEvidence("auc_difference", rest.faults[0], here.n)
    if audit.clusters is None:
        return independent_difference_figure(here, rest, audit.level)
    outcome, score = audit.outcome.to_numpy(), audit.score.to_numpy()
    return difference_between_groups(outcome, score, parts[0], parts[1], audit.clusters, audit.level)


def _calibrations(audit: Audit, seed: int, n_jobs: int | None) -> Iterator[Row]:
    names = ("in_the_large", "slope", "observed_to_expected")
    known = (audit.outcome.notna() & audit.score.notna()).to_numpy()
    happened = audit.outcome[known].to_numpy()
    least = limits().events_per_parameter.value
    chances = np.full(len(known), np.nan)
    try:
        chances[known] = cross_validated(
            happened,
            audit.score[known],
            methods=("logistic",),
            events_per_parameter=least,
            persons=undivided(audit.dataset.persons[known], audit.part(known)),
            seed=seed,
            n_jobs=n_jobs,
        ).probabilities
    except InputError as error:  # nothing else of the report needs a fitted curve
        for group in audit.groups:
            n = int((group.rows & known).sum())
            yield Row(group.labels, insufficient(names, error, n))
        return
    for group in audit.groups:
        rows = group.rows & known
        here = audit.outcome[rows].to_numpy()
        if few := audit.too_few(here):
            yield Row(group.labels, tuple(InsufficientEvidence(name, few, len(here)) for name in names))
            continue
        try:
            judged = calibration(here, chances[rows], audit.level, audit.part(rows))
        except InputError as error:
            yield Row(group.labels, insufficient(names, error, len(here)))
            continue
        estimates = (judged.in_the_large, judged.slope, judged.observed_to_expected)
        note = (
            "few_for_calibration"
            if min(judged.events, judged.n - judged.events) < limits().calibration_events.value
            else ""
        )
        yield Row(
            group.labels,
            tuple(
                Figure(name, each.value, each.low, each.high, audit.level, judged.n, judged.intervals[name], note)
                for name, each in zip(names, estimates, strict=True)
                if each is not None  # a logistic curve never reaches 0 or 1
            ),
        )


def _blanks(audit: Audit) -> Iterator[Row]:
    blank = audit.dataset.ratings.isna()
    if not blank.columns.size:
        unknown = audit.score.isna().to_numpy()
        for group in audit.groups:
            beside = audit.difference("score_blank_difference", unknown, group.rows, ~group.rows)
            yield Row(group.labels, (audit.rate("score_blank", unknown, group.rows), beside))
        return
    share_blank, any_blank = blank.mean(axis=1).to_numpy(), blank.any(axis=1).to_numpy()
    for group in audit.groups:
        here = share_blank[group.rows]
        n = len(here)
        figures: list[Outcome] = []
        if small := audit.too_small(n):
            figures.append(InsufficientEvidence("items_blank", small, n))
        else:
            figures.append(_mean_share(audit, here, group.rows, len(blank.columns)))
        figures.append(audit.rate("any_item_blank", any_blank, group.rows))
        figures.append(audit.difference("any_item_blank_difference", any_blank, group.rows, ~group.rows))
        yield Row(group.labels, tuple(figures))


def _mean_share(audit: Audit, shares: NDArray[np.float64], rows: Mask, items: int) -> Outcome:
    clusters = audit.part(rows)
    if clusters is not None:
        return clustered_share_figure("items_blank", shares, clusters, audit.level)
    low, high = of_mean_share(shares, audit.level, items)
    return Figure("items_blank", shares.mean(), low, high, audit.level, len(shares), "wilson_mean_share")


def _item_blanks(audit: Audit, groups: Sequence[str]) -> Iterator[Row]:
    """For each column of groups, the items that are blank for some: whether more often in one group than in another."""
    blank = audit.dataset.ratings.isna()
    items = [str(item) for item in blank if blank[item].any() and not blank[item].all()]
    for column in list(dict.fromkeys(groups)) or [str(each) for each in audit.dataset.groups]:
        values = first_group(audit.dataset, column)
        sizes = values.value_counts()
        large = values.isin(sizes[sizes >= audit.group_size].index)
        tested = [item for item in items if blank.loc[large, item].nunique() == 2 and values[large].nunique() > 1]
        if not tested:
            continue
        tables = [pd.crosstab(values[large], blank.loc[large, item]) for item in tested]
        adjusted = multipletests([chi2_contingency(table).pvalue for table in tables], method="holm")[1]
        for item, table, p in zip(tested, tables, adjusted, strict=True):
            shares = table[True] / table.sum(axis=1)
            n = int(table.to_numpy().sum())
            spread = Figure("blank_least", shares.min(), n=n), Figure("blank_most", shares.max(), n=n)
            test: Outcome = Figure("p_adjusted", float(p), n=n, method="chi_square_holm")
            if audit.clusters is not None:
                test = InsufficientEvidence("p_adjusted", Fault("no-test-of-clusters", ""), n)
            yield Row((column, item), (*spread, test))


def _overrides(audit: Audit, score: str) -> Iterator[Row]:
    if audit.dataset.summary_rating is None or score == SUMMARY:
        return
    try:
        judgement: Judgement = judgement_of(audit.dataset, score=score)
    except InputError as error:  # nobody has both
        names = ("override", "raised", "lowered", "override_difference")
        for group in audit.groups:
            yield Row(group.labels, insufficient(names, error, int(group.rows.sum())))
        return
    judged = np.asarray(judgement.rows)
    moved = np.zeros(len(judged))
    moved[judged] = judgement.moved
    kinds = {"override": moved != 0, "raised": moved > 0, "lowered": moved < 0}
    for group in audit.groups:
        here, rest = group.rows & judged, ~group.rows & judged
        figures = [audit.rate(name, cases, here) for name, cases in kinds.items()]
        figures.append(audit.difference("override_difference", kinds["override"], here, rest))
        yield Row(group.labels, tuple(figures))
