"""Reliability of an instrument: do raters agree, and do the items hang together."""

import warnings
from collections.abc import Iterator

import pandas as pd

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import SUMMARY_RATING, Dataset
from instruments.research.datasets.scoring import totals
from instruments.research.datasets.splitting import are_first, are_repeated
from instruments.research.dependence.clusters import RATER, Clusters, clusters_of
from instruments.research.faults import DuplicatePersonWarning, NotRatedTwiceWarning, SingleRaterError
from instruments.research.figures.builders import section
from instruments.research.figures.describing import item_warnings
from instruments.research.figures.figure import Report, Row, Section
from instruments.research.reliability.agreement import agreement
from instruments.research.reliability.consistency import Covariances, cronbach_alpha, item_rows, omega_total
from instruments.research.reliability.intraclass import intraclass_correlations


def reliability(dataset: Dataset, cluster: str | None = None) -> Report:
    """Reliability between raters, where people were rated by two or more, and internal consistency.

    Parameters
    ----------
    dataset : Dataset
        With ``raters`` for the agreement between them. Internal consistency takes the first rating of each person.
    cluster : str, optional
        ``person``, where persons were rated on several occasions, or a group such as ``place``, whose persons may be
        alike. Only agreement is then told, with intervals between clusters: the others take persons as independent.

    Returns
    -------
    Report
        Agreement for every item and for the summary rating, intraclass correlations of the research totals and of the
        published scores, and internal consistency of all risk items, of the protective items and of each domain.

    Warns
    -----
    NotRatedTwiceWarning
        If nobody was rated by two; only internal consistency is told then.
    AllMissingItemWarning, OneLevelWarning
        For each item that the internal consistency leaves out.

    Raises
    ------
    UnknownColumnError
    InputError
        If the raters are asked for as clusters: they are what is held against each other.
    """
    ratings = dataset.ratings.assign(**_judged(dataset)).set_index(dataset.keys.index)
    summed = totals(dataset.ratings, dataset.instrument) if dataset.items else pd.DataFrame(index=ratings.index)
    sections: list[Section] = []
    if is_rated_twice(dataset):
        sections.append(section("agreement", ("item",), _agreement(dataset, ratings, cluster), "agreement"))
        by_total = _intraclass(dataset, pd.concat([summed, dataset.scores], axis=1))
        sections.append(section("intraclass", ("total",), by_total, "research_total", "random_raters"))
    else:
        warnings.warn(NotRatedTwiceWarning(), stacklevel=2)
    if cluster is not None:
        about = {**dataset.about(), "cluster": cluster, "clusters": clusters_of(dataset, cluster).count}
        return Report("reliability", about, tuple(each for each in sections if each.name == "agreement" and each.rows))
    first = dataset.ratings[are_first(dataset)]
    sets = [(name, _columns(dataset, name)) for name in _sets(dataset)]
    for warning in item_warnings(first):
        warnings.warn(warning, stacklevel=2)
    scales = {name: Covariances.of(first[columns]) for name, columns in sets}
    consistency = (Row((name,), (cronbach_alpha(scale), omega_total(scale))) for name, scale in scales.items())
    sections.append(section("consistency", ("set",), consistency, "pairwise"))
    rows = (row for name in ("risk", "protective") if name in scales for row in item_rows(scales[name]))
    sections.append(section("item_rest", ("item",), rows))
    kept = tuple(each for each in sections if each.rows)
    return Report("reliability", dataset.about(), kept)


def is_rated_twice(dataset: Dataset) -> bool:
    """Whether anybody was rated by two."""
    if dataset.raters is None:
        return False
    return bool((dataset.raters.groupby(dataset.rated).nunique() > 1).any())


def by_rater(values: "pd.Series[float]", dataset: Dataset) -> pd.DataFrame:
    """Lay out what raters gave: a row a person or occasion, a column a rater, NaN where a rater did not rate.

    Where a rater rated a person more than once, the first counts.

    Parameters
    ----------
    values : Series
        What each row of the data gave, such as the codes of an item; indexed as the data are.
    dataset : Dataset

    Returns
    -------
    DataFrame, shape (persons or occasions, raters)

    Warns
    -----
    DuplicatePersonWarning
        If a rater rated anybody more than once.

    Raises
    ------
    SingleRaterError
        If the data do not say who rated.
    """
    if dataset.raters is None:
        raise SingleRaterError()
    long = pd.DataFrame({"person": dataset.rated, "rater": dataset.raters, "value": values})
    again = are_repeated(long[["person", "rater"]], dataset)
    if again.any():
        persons = int(long["person"][again].nunique())
        warnings.warn(DuplicatePersonWarning("", rows=int(again.sum()), persons=persons), stacklevel=3)
    return long[~again].pivot(index="person", columns="rater", values="value")


def _judged(dataset: Dataset) -> dict[str, "pd.Series[float]"]:
    summary = dataset.summary_rating
    return {} if summary is None else {SUMMARY_RATING: summary}


def _agreement(dataset: Dataset, ratings: pd.DataFrame, cluster: str | None) -> Iterator[Row]:
    if cluster == RATER:
        raise InputError([Fault("raters-as-clusters", "")])
    codes: pd.Series[int] | None = None
    if cluster is not None:
        codes = pd.Series(clusters_of(dataset, cluster).codes).groupby(dataset.rated.to_numpy()).first()
    instrument = dataset.instrument
    scales = {item.id: instrument.levels(item) for item in dataset.items} | {SUMMARY_RATING: instrument.scales.risk}
    told = [(str(name), ratings[name], scales[str(name)]) for name in ratings]
    told += [(name, dataset.scores[name], scale.levels) for name, scale in dataset.score_scales.items() if scale.levels]
    for name, values, scale in told:
        table = by_rater(values, dataset)
        if (table.notna().sum(axis=1) >= 2).any():
            clusters = None if codes is None else Clusters.of(str(cluster), codes[table.index])
            yield Row((name,), tuple(agreement(table, len(scale), clusters)))


def _intraclass(dataset: Dataset, values: pd.DataFrame) -> Iterator[Row]:
    for name in map(str, values):
        table = by_rater(values[name], dataset)
        if (table.notna().sum(axis=1) >= 2).any():
            yield Row((name,), intraclass_correlations(table))


def _sets(dataset: Dataset) -> list[str]:
    """All risk items, all protective items, and each domain that is neither, as far as the instrument has them."""
    kinds = {item.kind for item in dataset.instrument.items}
    domains = [domain.id for domain in dataset.instrument.domains]
    names = [name for name in dict.fromkeys(("risk", "protective", *domains)) if name in kinds or name in domains]
    columns = {name: tuple(_columns(dataset, name)) for name in names}
    return [name for place, name in enumerate(names) if columns[name] not in list(columns.values())[:place]]


def _columns(dataset: Dataset, name: str) -> list[str]:
    kinds = {"risk": dataset.risk_items, "protective": dataset.protective_items}
    return kinds.get(name) or [item.id for item in dataset.items if item.domain == name]
