"""A million rows, from columns in memory to statuses and outcome. Run as a module; see `measuring`.

The number of threads that polars has is settled when it is imported: ``POLARS_MAX_THREADS``.
"""

import os
import tracemalloc
from collections.abc import Callable
from typing import Any, Protocol

from screening.evaluation import decide_columns
from screening.intake import Codes
from tests.benchmarks.measuring import PROCESSOR, WALL, Measurement, alternate, report, require_equal
from tests.benchmarks.peers.arrow import Arrow
from tests.benchmarks.peers.duck import Duck
from tests.benchmarks.peers.openfisca import OpenFisca
from tests.benchmarks.peers.pandas_frame import Pandas
from tests.benchmarks.peers.polars_frame import Polars
from tests.benchmarks.shipped import Shipped

ROWS = 1_000_000
POLARS_GOAL = 8.0
MEMORY_GOAL = 1.1
ONE_THREAD = "1,000,000 rows in memory, one thread"
ALL_THREADS = "1,000,000 rows in memory, the other engine with all threads"
MEMORY = "1,000,000 rows in memory, peak memory beyond the input"


class Peer(Protocol):
    name: str

    def decide(self) -> Any: ...
    def statuses(self, answer: Any) -> Codes: ...


class OpenFiscaColumns:
    """OpenFisca decides one row and many alike."""

    name = OpenFisca.name

    def __init__(self, shipped: Shipped) -> None:
        self._engine, self._inputs = OpenFisca(shipped.rules), shipped.inputs

    def decide(self) -> Any:
        return self._engine.decide_columns(self._inputs)

    def statuses(self, answer: Any) -> Codes:
        return self._engine.statuses_of_columns(answer)


def beside_peers(shipped: Shipped, threads: int | None) -> list[Measurement]:
    rules, inputs = shipped.rules, shipped.inputs
    peers: list[tuple[Callable[[], Peer], int]] = [
        (lambda: Polars(rules, inputs), 21),
        (lambda: Duck(rules, inputs, threads), 7),
    ]
    if threads == 1:
        peers += [
            (lambda: Pandas(rules, inputs), 9),
            (lambda: Arrow(rules, inputs), 9),
            (lambda: OpenFiscaColumns(shipped), 3),
        ]
    measurements = []
    for make, rounds in peers:
        peer = make()
        require_equal(peer.name, bool((peer.statuses(peer.decide()) == shipped.truths).all()))
        took, peer_took, ratio = alternate(
            lambda: decide_columns(rules, shipped.columns, rules.decision),
            peer.decide,
            rounds,
            PROCESSOR if threads == 1 else WALL,
        )
        goal = POLARS_GOAL if threads == 1 and peer.name == Polars.name else None
        section = ONE_THREAD if threads == 1 else ALL_THREADS
        measurements.append(Measurement(section, "", "ms", took * 1e3, peer.name, peer_took * 1e3, ratio, goal))
    return measurements


def memory(shipped: Shipped) -> Measurement:
    """Everything that is allocated on the way, the answer with it; numpy tells tracemalloc of it."""
    rules = shipped.rules
    tracemalloc.start()
    answer = decide_columns(rules, shipped.columns, rules.decision)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    task = f"Underlag, in sizes of the answer (at most {MEMORY_GOAL})"
    return Measurement(MEMORY, task, "x", peak / answer.nbytes)


if __name__ == "__main__":
    polars_threads = os.environ.get("POLARS_MAX_THREADS")
    measured = Shipped.with_cohort(ROWS)
    measurements = beside_peers(measured, 1 if polars_threads == "1" else None)
    report(measurements if polars_threads != "1" else [*measurements, memory(measured)])
