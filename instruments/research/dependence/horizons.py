"""The parts of a report that hold by fixed times: who had had the outcome by then, and how well scores told who."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.scores import known_rows
from instruments.research.dependence.clusters import Clusters
from instruments.research.dependence.followed import (
    CENSORED,
    HAPPENED,
    OTHER,
    Followed,
    area_by_time,
    cumulative_incidence,
)
from instruments.research.estimation.resampling import Resampling
from instruments.research.figures.builders import insufficient, section
from instruments.research.figures.figure import Figure, Outcome, Row, Section


def horizon_sections(
    dataset: Dataset,
    outcome: str,
    scores: Mapping[str, "pd.Series[float]"],
    horizons: Sequence[float],
    *,
    clusters: Clusters | None = None,
    how: Resampling,
    level: float = 0.95,
) -> tuple[Section, ...]:
    """What is told by each of some times; nothing without any.

    Raises
    ------
    InputError
        If the mapping names no time for the outcome, or a horizon is not above zero.
    """
    if not horizons:
        return ()
    if outcome not in dataset.times:
        raise InputError([Fault("no-time-of-outcome", "", {"name": outcome})])
    if unlikely := [each for each in horizons if not each > 0]:
        raise InputError(Fault("bad-horizon", "", {"value": f"{each:g}"}) for each in unlikely)
    times, happened = dataset.times[outcome], dataset.outcomes[outcome]
    ends = happened.where(dataset.another_first(outcome) != 1, OTHER)

    def followed(*more: "pd.Series[float]") -> tuple["pd.Series[bool]", Followed, Clusters | None]:
        rows = known_rows(times, ends, *more)
        part = None if clusters is None else clusters.part(rows)
        return rows, Followed.of(times[rows], ends[rows]), part

    def incidences() -> Iterator[Row]:
        _, people, part = followed()
        for horizon in horizons:
            yield Row((f"{horizon:g}",), _incidence(people, horizon, part, how, level))

    def areas() -> Iterator[Row]:
        for name, score in scores.items():
            rows, people, part = followed(score)
            for horizon in horizons:
                try:
                    found = area_by_time(people, score[rows], horizon, part, how)
                except InputError as error:
                    yield Row((name, f"{horizon:g}"), insufficient(("auc_by_then", "events"), error, people.n))
                    continue
                low, high = found.interval(level) or (None, None)
                note = "no_width" if low is None else "" if part is None else part.note
                told = Figure("auc_by_then", found.value, low, high, level, people.n, "censoring_weights", note)
                yield Row((name, f"{horizon:g}"), (told, Figure("events", found.cases, n=people.n)))

    return (
        section("horizons", ("horizon",), incidences(), "seen_no_longer"),
        section("horizon_areas", ("score", "horizon"), areas(), "censoring_weights"),
    )


def _incidence(
    people: Followed, horizon: float, clusters: Clusters | None, how: Resampling, level: float
) -> tuple[Outcome, ...]:
    counts = {
        "events": people.by(horizon, HAPPENED),
        "another_first": people.by(horizon, OTHER),
        "seen_no_longer": people.by(horizon, CENSORED),
        "still_seen": int(np.count_nonzero(people.lasting(horizon))),
    }
    try:
        found = cumulative_incidence(people, horizon, clusters, how)
    except InputError as error:
        return (*insufficient(("cumulative_incidence",), error, people.n), *_counted(counts, people.n))
    methods = ("kaplan_meier", "kaplan_meier_clusters")
    if (people.ends == OTHER).any():
        methods = ("aalen_johansen", "aalen_johansen_clusters")
    low, high = found.interval(level) or (None, None)
    note = "none_or_all_by_then" if low is None else "" if clusters is None else clusters.note
    told = Figure("cumulative_incidence", found.value, low, high, level, people.n, methods[clusters is not None], note)
    return (told, *_counted(counts, people.n))


def _counted(counts: Mapping[str, int], n: int) -> Iterator[Figure]:
    return (Figure(name, count, n=n) for name, count in counts.items())
