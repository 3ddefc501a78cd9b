"""What comes in while nothing changes, for the table of coverage."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from instruments.research.estimation.roc import Floats
from instruments.research.limits import limits
from instruments.research.monitoring.e_process import Stream, watch
from instruments.research.monitoring.report import later_share
from tests.instruments.research.simulated import Case, Held, held


def watched(random: np.random.Generator, n: int, outcomes: int = 500) -> Held:
    """Three levels whose frequencies are as they were on the card, which are not known; rejected at any time."""
    known = limits()
    streams = [came_in(random, truth, outcomes, random.binomial(n, truth), n) for truth in (0.1, 0.3, 0.5)]
    changed = watch(streams, known.monitoring_error.value, known.monitoring_earlier_error.value).changed_at
    return {("e_value", "average_e_value"): changed is not None}


def came_in(random: np.random.Generator, truth: float, outcomes: int, events: int = 0, n: int = 0) -> Stream:
    happened = np.cumsum(random.random(outcomes) < truth)
    return Stream("low", events, n, happened.astype(np.int64), np.arange(1, outcomes + 1))


def watched_share(random: np.random.Generator, n: int, truth: float) -> Held:
    """A frequency that stays as it is: the sequence must hold it at every time together."""
    told = held(later_share(came_in(random, truth, n), limits().monitoring_error.value), truth)
    return told or {("later_share", "confidence_sequence"): False}  # where no share is left, the truth is left out, too


def cases_as_they_come_in() -> Iterator[Case]:
    """Looked at after each outcome, over the whole path."""
    for n in (50, 200):
        yield Case("monitored_unchanged", n, partial(watched, n=n), rejects=True)
    for n in (100, 500):
        yield Case("share_watched", n, partial(watched_share, n=n, truth=0.3))


def entered_late(random: np.random.Generator, n: int, outcomes: int = 500) -> Held:
    """As `watched`, but each outcome becomes known after a while of its own; counted in the order of that."""
    truths, known = np.array([0.1, 0.3, 0.5]), limits()
    level, happened = (
        part.ravel() for part in np.broadcast_arrays(np.arange(3)[:, None], _drawn(random, truths, outcomes))
    )
    rated = random.permutation(level.size)
    order = np.argsort(rated + random.exponential(level.size, level.size))
    streams = []
    for place, truth in enumerate(truths):
        here = level[order] == place
        events = np.cumsum(here & happened[order]).astype(np.int64)
        streams.append(Stream(str(place), random.binomial(n, truth), n, events, np.cumsum(here).astype(np.int64)))
    changed = watch(streams, known.monitoring_error.value, known.monitoring_earlier_error.value).changed_at
    return {("e_value", "average_e_value"): changed is not None}


def told_by_period(random: np.random.Generator, n: int, outcomes: int = 500, periods: int = 20) -> Held:
    """As `entered_late`, but told by periods and asked anew at the end of each, a tenth left out each time.

    It is said to have changed where any of the looks says so, each at its own path so far.
    """
    truths, known = np.array([0.1, 0.3, 0.5]), limits()
    happened, card = _drawn(random, truths, outcomes), random.binomial(n, truths)
    period = random.integers(0, periods, happened.shape)
    changed = False
    for looks in range(1, periods + 1):
        counted = (period < looks) & (random.random(happened.shape) >= 0.1)
        streams = []
        for place in range(len(truths)):
            many, some = (
                np.bincount(period[place][rows], minlength=periods)[:looks].cumsum().astype(np.int64)
                for rows in (counted[place], counted[place] & happened[place])
            )
            streams.append(Stream(str(place), int(card[place]), n, some, many))
        watched = watch(streams, known.monitoring_error.value, known.monitoring_earlier_error.value)
        changed = changed or watched.changed_at is not None
    return {("e_value", "average_e_value"): changed}


def cases_told_by_period() -> Iterator[Case]:
    """Looked at whenever a period is over."""
    for n in (50, 200):
        yield Case("monitored_by_period", n, partial(told_by_period, n=n), rejects=True)


def _drawn(random: np.random.Generator, truths: Floats, outcomes: int) -> NDArray[np.bool_]:
    return random.random((len(truths), outcomes)) < truths[:, None]


def cases_entered_late() -> Iterator[Case]:
    """Looked at whenever another outcome becomes known."""
    for n in (50, 200):
        yield Case("monitored_late", n, partial(entered_late, n=n), rejects=True)
