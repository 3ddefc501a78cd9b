"""Resampling on several processes and on several machines gives the very figures of one."""

import inspect
import os
import pkgutil
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from dask.distributed import Client, LocalCluster
from joblib import Parallel, delayed, parallel_config

import instruments.research
from instruments.research.calibration.decision_curves import decision_curve
from instruments.research.calibration.holdouts import cross_validated
from instruments.research.calibration.measures import reliability_curve
from instruments.research.calibration.report import calibrate
from instruments.research.dependence.clustered_areas import bootstrap_clustered_area
from instruments.research.dependence.clusters import Clusters
from instruments.research.estimation.resampling import Resampling, bootstrap_area
from instruments.research.fairness.report import fairness
from instruments.research.validity.increments import increment
from instruments.research.validity.report import validity
from tests.instruments.research.invented import invent

RANDOM = np.random.default_rng(8)
HAPPENED, SCORE, CHANCE = RANDOM.random(400) < 0.4, RANDOM.integers(0, 20, 400), RANDOM.beta(2, 3, 400)
PLACES = Clusters.of("place", np.repeat(np.arange(20), 20))
DATA = invent(200)
#: Everything that draws, by the public functions that draw; each is given a number of workers.
DRAWING: dict[str, Callable[[int], Any]] = {
    "bootstrap_area": lambda jobs: bootstrap_area(HAPPENED, SCORE, resampling=Resampling(500, n_jobs=jobs)).draws,
    "bootstrap_clustered_area": lambda jobs: (
        bootstrap_clustered_area(HAPPENED, SCORE, PLACES, resampling=Resampling(500, n_jobs=jobs)).draws
    ),
    "reliability_curve": lambda jobs: reliability_curve(HAPPENED, CHANCE, resampling=Resampling(300, n_jobs=jobs)).low,
    "decision_curve": lambda jobs: (
        decision_curve(HAPPENED, CHANCE, [0.2, 0.4], resampling=Resampling(300, n_jobs=jobs)).low
    ),
    "increment": lambda jobs: (
        increment(
            HAPPENED, {"a": SCORE}, {"b": CHANCE}, events_per_parameter=1, resampling=Resampling(300, n_jobs=jobs)
        ).gain.draws
    ),
    "cross_validated": lambda jobs: (
        cross_validated(HAPPENED, SCORE, folds=3, events_per_parameter=1, n_jobs=jobs).probabilities
    ),
    "validity": lambda jobs: validity(DATA, "again", resampling=Resampling(300, n_jobs=jobs)).as_data(),
    "calibrate": lambda jobs: calibrate(DATA, "again", folds=3, resampling=Resampling(300, n_jobs=jobs)).as_data(),
    "fairness": lambda jobs: fairness(DATA, "again", n_jobs=jobs).as_data(),
}


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


@pytest.mark.thorough
def test_a_bootstrap_on_two_workers_of_dask_is_that_of_one_process(workers: Client) -> None:
    random = np.random.default_rng(8)
    happened, score = random.random(500) < 0.4, random.integers(0, 20, 500)
    chance = random.beta(2, 3, 500)
    alone = bootstrap_area(happened, score, resampling=Resampling(1_000, seed=5))
    curve = reliability_curve(happened, chance, resampling=Resampling(500, seed=5))
    with parallel_config(backend="dask", wait_for_workers_timeout=60):
        who = set(Parallel(n_jobs=-1)(delayed(worker_of)(number) for number in range(8)))
        together = bootstrap_area(happened, score, resampling=Resampling(1_000, seed=5, n_jobs=-1))
        curve_together = reliability_curve(happened, chance, resampling=Resampling(500, seed=5, n_jobs=-1))
    assert len(who) == 2
    assert os.getpid() not in who
    assert together.draws.tolist() == alone.draws.tolist()
    assert curve_together.low.tolist() == curve.low.tolist()


@pytest.mark.thorough
@pytest.mark.parametrize("name", list(DRAWING))
def test_whatever_draws_draws_the_same_with_any_number_of_workers_and_any_backend(name: str) -> None:
    alone, draw = DRAWING[name](1), DRAWING[name]
    with parallel_config(backend="threading"):
        assert np.array_equal(alone, draw(3)) if isinstance(alone, np.ndarray) else alone == draw(3)
    with parallel_config(backend="loky"):
        assert np.array_equal(alone, draw(2)) if isinstance(alone, np.ndarray) else alone == draw(2)


@pytest.mark.thorough
def test_every_function_with_draws_takes_workers_and_a_seed_and_is_tried_above() -> None:
    """A function that gets a `Resampling` gets them with it."""
    without, found = [], set()
    for module in pkgutil.walk_packages(instruments.research.__path__, "instruments.research."):
        for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
            names = inspect.signature(function).parameters
            if name.startswith("_") or function.__module__ != module.name or "draws" not in names:
                continue
            if {"n_jobs", "seed"} <= set(names):
                found.add(name)
            elif name not in ("require_draws", "in_blocks"):
                without.append(name)
    assert not without
    assert found - {"in_blocks"} <= set(DRAWING)
