"""Resampling on several processes and on several machines gives the very figures of one."""

import os
import time
from collections.abc import Iterator

import numpy as np
import pytest
from dask.distributed import Client, LocalCluster
from joblib import Parallel, delayed, parallel_config

from instruments.research.calibration import reliability_curve
from instruments.research.resampling import bootstrap_area


def worker_of(_: int) -> int:
    """Who did it; long enough for the others to take a part, too."""
    time.sleep(0.2)
    return os.getpid()


@pytest.fixture(scope="module")
def workers() -> Iterator[Client]:
    """Two workers, each a process of its own."""
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_a_bootstrap_on_two_workers_of_dask_is_that_of_one_process(workers: Client) -> None:
    random = np.random.default_rng(8)
    happened, score = random.random(500) < 0.4, random.integers(0, 20, 500)
    chance = random.beta(2, 3, 500)
    alone = bootstrap_area(happened, score, draws=1_000, seed=5)
    curve = reliability_curve(happened, chance, draws=500, seed=5)
    with parallel_config(backend="dask", wait_for_workers_timeout=60):
        who = set(Parallel(n_jobs=-1)(delayed(worker_of)(number) for number in range(8)))
        together = bootstrap_area(happened, score, draws=1_000, seed=5, n_jobs=-1)
        curve_together = reliability_curve(happened, chance, draws=500, seed=5, n_jobs=-1)
    assert len(who) == 2
    assert os.getpid() not in who
    assert together.draws.tolist() == alone.draws.tolist()
    assert curve_together.low.tolist() == curve.low.tolist()
