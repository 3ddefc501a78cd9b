"""Prospective monitoring: what comes in by summary rating, held against an earlier evidence card as it comes in."""

import warnings
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from instruments.cards import Card
from instruments.faults import Fault, InputError
from instruments.messages import Text
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.scores import find_outcome
from instruments.research.datasets.splitting import (
    KNOWN_ON,
    RATED_ON,
    beginning_of,
    ends_known,
    first_ratings,
    limit_of,
    time_of,
    written_moment,
)
from instruments.research.faults import ResearchWarning
from instruments.research.figures.builders import repeated_persons, section
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report, Row
from instruments.research.limits import limits
from instruments.research.monitoring.e_process import Stream, Watched, confidence_sequence, watch

#: Whatever is larger is told as this: numbers of this size say the same.
_LARGEST = 1e6


class TimesUnknownWarning(ResearchWarning):
    """Of some outcomes nobody tells when they became known: they are not monitored."""

    code = "times-unknown"


class OutcomesLeftOutWarning(ResearchWarning):
    """Some outcomes are not monitored: of the time of the card's own sample, or of a level that it tells nothing of."""

    code = "outcomes-not-monitored"


class _When(NamedTuple):
    """When the outcome of each row came in.

    Parameters
    ----------
    last : Series of float, shape (n,)
        The last day, or the number that a column holds.
    first : Series of float, shape (n,), or None
        The first day; None where the numbers are no days.
    column, name : str
        The column, and what the reader calls it: that of the table which the mapping names.
    """

    last: "pd.Series[float]"
    first: "pd.Series[float] | None"
    column: str
    name: str


@dataclass(frozen=True)
class _Arrived:
    """What came in: by row, a level of the card and the outcome; in the order of the times.

    Parameters
    ----------
    left_out, untimed : int
        Known outcomes that are not counted: of another time or level, and those of which nobody tells when.
    column : str
        The column of the table, or of the mapping's names, that the times are from.
    """

    times: tuple[float, ...]
    streams: tuple[Stream, ...]
    left_out: int
    untimed: int
    column: str

    @property
    def outcomes(self) -> NDArray[np.int64]:
        """How many came in of all levels, so far, at each time."""
        return np.asarray(np.sum([each.n for each in self.streams], axis=0), dtype=np.int64)


def monitor(
    dataset: Dataset,
    card: Card,
    outcome: str | None = None,
    *,
    arrived: str | None = None,
    after: float | str | None = None,
    through: float | str | None = None,
) -> Report:
    """Hold outcomes by summary rating against those of an earlier card, as they come in.

    Parameters
    ----------
    dataset : Dataset
        Rated with what the card is about. Of a person who was rated by several, the first rating counts: by the day of
        the rating or, where nobody tells it, the one that came in first.
    card : Card
        Whose signature has been verified.
    outcome : str, optional
        By the mapping's name; it must be called as on the card, whose outcome it is by default.
    arrived : str, optional
        The column that says when the outcome of a row came in: ``known_on`` (or the column of the table that the
        mapping names there), ``rated_on``, a group or a fact. By default the day or period in which the outcome became
        known, where the mapping names it, else the day of the rating: the error that is promised then takes that
        everybody is followed equally long and outcomes are entered in turn. What came in within one period counts at
        its end, all at once. Outcomes without a time are not counted, which takes that whether the time is known has
        nothing to do with the outcome.
    after, through : float or str, optional
        What came in up to the one, and what came in after the other, is not counted; text is read as by
        `splitting.limit_of`. By default what came in through the day of the card is not, nor in the month or quarter
        that it lies in; where the column has neither days nor such periods, ``after`` must be given.

    Returns
    -------
    Report
        By level: the frequency on the card with an exact interval, the frequency since with a confidence sequence,
        which holds at every time together, and the evidence against their being the same; and for all levels together,
        with the first time at which it was enough. ``details`` has the evidence at each time.

    Raises
    ------
    InputError
        If the card has no frequencies or is about another instrument or outcome, the data are the card's own sample,
        nothing came in, nobody tells of any outcome when, or ``after`` is wanted or no time.
    """
    named = card.outcome.name if card.outcome.name in dataset.outcomes else None
    name = find_outcome(dataset, outcome or named)
    _require_same(dataset, card, name)
    dataset = first_ratings(dataset, _when(dataset, name, arrived).last if dataset.rated_on is None else None)
    came = _arrived(dataset, card, name, arrived, after, through)
    known = limits()
    error, earlier_error = known.monitoring_error.value, known.monitoring_earlier_error.value
    watched = watch(came.streams, error, earlier_error)
    noticed: list[ResearchWarning] = list(repeated_persons(dataset))
    if came.untimed:
        noticed.append(TimesUnknownWarning("", count=came.untimed, name=came.column))
    if came.left_out:
        noticed.append(OutcomesLeftOutWarning("", count=came.left_out, card=card.reference))
    for warning in noticed:
        warnings.warn(warning, stacklevel=2)
    changed_on = _changed_on(came, watched)
    about = {
        **dataset.about(),
        "outcome": name,
        "card": card.reference,
        "ordered_by": came.column,
        "monitored_through": written_moment(came.times[-1]),
        "changed_on": changed_on,
        "limits": known.as_data("monitoring_error", "monitoring_earlier_error"),
    }
    rows = (_level(stream, watched, place, error) for place, stream in enumerate(came.streams))
    sections = (
        section("monitoring_levels", ("level",), rows, "monitoring_levels"),
        replace(
            section("monitoring", ("verdict",), [_together(came, watched)], "monitoring"),
            stated={
                name: Text(sv=text, en=text)
                for name, text in (("ordered_by", came.column), ("changed_on", changed_on))
                if text is not None
            },
        ),
    )
    path = [
        {"through": written_moment(time), "outcomes": int(n), "e_value": _e_value(log)}
        for time, n, log in zip(came.times, came.outcomes, watched.log_e, strict=True)
    ]
    return Report("monitor", about, sections, tuple(warning.fault for warning in noticed), {"monitoring": path})


def _require_same(dataset: Dataset, card: Card, outcome: str) -> None:
    if not card.levels:
        raise InputError([Fault("card-without-levels", "", {"name": card.reference})])
    rated_with = None if dataset.rated_with is None else dataset.rated_with.instrument
    if dataset.instrument_name != card.instrument or rated_with != card.rated_with.instrument:
        names = {"name": card.reference, "instrument": card.rated_with.instrument, "other": rated_with}
        raise InputError([Fault("monitored-other-instrument", "", names)])
    if outcome != card.outcome.name:
        names = {"name": card.reference, "outcome": card.outcome.name, "other": outcome}
        raise InputError([Fault("monitored-other-outcome", "", names)])
    if dataset.source is not None and dataset.source.data_sha256 == card.sample.data_sha256:
        raise InputError([Fault("monitored-own-sample", "", {"name": card.reference})])
    if dataset.summary_rating is None:
        raise InputError([Fault("no-summary-rating", "")])


def _when(dataset: Dataset, outcome: str, arrived: str | None) -> _When:
    known_on = None if dataset.known_on is None else dataset.known_on.get(outcome)
    if known_on is None:
        column = arrived or RATED_ON
        return _When(time_of(dataset, column), beginning_of(dataset, column), column, column)
    told = dataset.outcome_columns.get(outcome)
    name = KNOWN_ON if told is None or told.known_on is None else told.known_on
    is_another = arrived in dataset.groups or arrived in dataset.facts
    if arrived in (None, KNOWN_ON) or (arrived == name and not is_another):
        first, last = ends_known(known_on)
        return _When(last, first, KNOWN_ON, name)
    return _When(time_of(dataset, arrived, [KNOWN_ON]), beginning_of(dataset, arrived), arrived, arrived)


def _arrived(
    dataset: Dataset,
    card: Card,
    outcome: str,
    arrived: str | None,
    after: float | str | None,
    through: float | str | None,
) -> _Arrived:
    (when, began, of_days, column), happened = _when(dataset, outcome, arrived), dataset.outcomes[outcome]
    first, last = (limit_of(of_days, each, column) if isinstance(each, str) else each for each in (after, through))
    rating = dataset.summary_rating
    assert rating is not None  # noqa: S101 -- asked for before
    known = happened.notna() & rating.notna()
    untimed = int((known & when.isna()).sum())
    if untimed and untimed == known.sum():
        raise InputError([Fault("no-time-known", f"column {column}", {"name": column})])
    known &= when.notna()
    scale = dataset.instrument.scales.risk
    counted = known & rating.isin([scale.index(each.level) for each in card.levels])
    if first is not None:
        counted &= when > first
    elif began is not None:
        counted &= began > card.created_on.toordinal()
    else:
        raise InputError(
            [Fault("monitored-without-days", f"column {column}", {"name": column, "card": card.reference})]
        )
    if last is not None:
        counted &= when <= last
    if not counted.any():
        raise InputError([Fault("nothing-came-in", "", {"name": card.reference})])
    times: NDArray[np.float64] = np.unique(when[counted].to_numpy(dtype=np.float64))
    streams = []
    for each in card.levels:
        rows = counted & (rating == scale.index(each.level))
        events, n = (_so_far(when[rows], of[rows], times) for of in (happened, pd.Series(1.0, index=happened.index)))
        streams.append(Stream(each.level, each.events, each.n, events, n))
    return _Arrived(tuple(times.tolist()), tuple(streams), int(known.sum() - counted.sum()), untimed, column)


def _so_far(when: "pd.Series[float]", counted: "pd.Series[float]", times: NDArray[np.float64]) -> NDArray[np.int64]:
    at_once = np.bincount(np.searchsorted(times, when.to_numpy()), weights=counted.to_numpy(), minlength=len(times))
    return np.cumsum(at_once).astype(np.int64)


def _level(stream: Stream, watched: Watched, place: int, error: float) -> Row:
    earlier = Figure(
        "earlier_share",
        stream.earlier_events / stream.earlier_n,
        *watched.bounds[place],
        level=1 - limits().monitoring_earlier_error.value,
        n=stream.earlier_n,
        method="clopper_pearson_together",
    )
    log_e, n = float(watched.log_e_by_level[place, -1]), int(stream.n[-1])
    return Row(
        (stream.level,),
        (earlier, later_share(stream, error), Figure("e_value", _e_value(log_e), n=n, method="beta_mixture")),
    )


def later_share(stream: Stream, error: float) -> Outcome:
    """The frequency of what came in, with a confidence sequence."""
    n = int(stream.n[-1])
    if n == 0:
        return InsufficientEvidence("later_share", Fault("nobody-in-share", ""), 0)
    share, ends = int(stream.events[-1]) / n, confidence_sequence(stream.events, stream.n, error)
    if ends is None:
        return Figure("later_share", share, n=n, method="confidence_sequence", note="sequence_empty")
    return Figure("later_share", share, *ends, level=1 - error, n=n, method="confidence_sequence")


def _together(came: _Arrived, watched: Watched) -> Row:
    n = int(came.outcomes[-1])
    verdict = "monitoring_unchanged" if watched.changed_at is None else "monitoring_changed"
    return Row(
        (verdict,),
        (
            Figure("e_value", _e_value(float(watched.log_e[-1])), n=n, method="average_e_value"),
            Figure("e_value_highest", _e_value(float(watched.log_e.max())), n=n, method="average_e_value"),
            Figure("e_value_needed", float(np.exp(watched.log_needed)), n=n),
        ),
    )


def _e_value(log: float) -> float:
    return float(min(np.exp(min(log, np.log(_LARGEST))), _LARGEST))


def _changed_on(came: _Arrived, watched: Watched) -> str | None:
    return None if watched.changed_at is None else written_moment(came.times[watched.changed_at])
