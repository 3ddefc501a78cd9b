"""Measuring two things beside one another on a machine that does other things too."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter, process_time

Run = Callable[[], object]
Clock = Callable[[], float]
#: Time that passes: what counts where several threads work.
WALL: Clock = perf_counter
#: Time that the process spends, all threads together: for one thread the fairer one, since others wait less often for
#: a short run than for a long one.
PROCESSOR: Clock = process_time


@dataclass(frozen=True)
class Measurement:
    """Underlag beside another engine, or a part of Underlag alone.

    Parameters
    ----------
    section, task : str
        Where it stands in the table, and what was done.
    ours, peer : float
        Median time or size for one decision or one pass.
    ratio : float
        Median over the rounds of the other's divided by ours.
    goal : float or None
        What the ratio should reach.
    """

    section: str
    task: str
    unit: str
    ours: float
    name: str = ""
    peer: float | None = None
    ratio: float | None = None
    goal: float | None = None


def seconds(run: Run, clock: Clock) -> float:
    start = clock()
    run()
    return clock() - start


def alternate(ours: Run, peer: Run, rounds: int, clock: Clock) -> tuple[float, float, float]:
    """Median seconds of both and the median ratio, each round measuring one right after the other."""
    ours(), peer()  # what happens on first use is not measured
    pairs = [(seconds(ours, clock), seconds(peer, clock)) for _ in range(rounds)]
    return (
        median(ours_took for ours_took, _ in pairs),
        median(peer_took for _, peer_took in pairs),
        median(peer_took / ours_took for ours_took, peer_took in pairs),
    )


def report(measurements: list[Measurement]) -> None:
    """Hand the measurements to the process that asked for them."""
    json.dump([asdict(each) for each in measurements], sys.stdout)


def require_equal(name: str, equal: bool) -> None:
    """Stop where an engine answers otherwise than Underlag: then it was written wrongly, and its time means nothing."""
    if not equal:
        raise SystemExit(f"{name} does not answer as Underlag does")
