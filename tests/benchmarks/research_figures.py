"""Figures of research beside scikit-learn, and a whole evidence card. Run as a module; see `measuring`."""

import os
import subprocess
import sys
from datetime import date
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from secrets import token_hex
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from instruments.research.estimation.resampling import Resampling, bootstrap_area
from instruments.research.estimation.roc import area, count_scores
from screening.invented.cohort import invent_cohort
from screening.invented.research_cohort import MAPPING, research_table
from screening.library import Library
from tests.benchmarks.measuring import WALL, Measurement, report, require_equal, seconds

ROWS = 100_000
DRAWS = 2_000
#: scikit-learn is asked for so few draws, and its time is multiplied: the loop takes minutes.
LOOPED = 20
PERSONS = 855
#: Of processor time that a card may take.
MOST_SECONDS = 4.0
INTERVAL_GOAL, BOOTSTRAP_GOAL = 50.0, 500.0
ROUNDS = 5
SECTION = "100,000 people, a score of 0-48"


def looped(happened: NDArray[np.bool_], score: NDArray[np.int64], draws: int) -> list[float]:
    """The loop that everybody writes."""
    random = np.random.default_rng(1)
    areas = []
    while len(areas) < draws:
        rows = random.integers(0, len(score), len(score))
        areas.append(float(roc_auc_score(happened[rows], score[rows])))
    return areas


def beside_scikit_learn() -> list[Measurement]:
    random = np.random.default_rng(0)
    score = random.integers(0, 49, ROWS)
    happened = random.random(ROWS) < 0.2 + 0.008 * score
    measured = area(count_scores(happened, score))
    require_equal("scikit-learn", abs(measured.value - roc_auc_score(happened, score)) < 1e-12)
    drawn = bootstrap_area(happened, score, Resampling(DRAWS, stratified=False))
    require_equal("the bootstrap", abs(drawn.standard_error - (measured.variance or 0) ** 0.5) < 2e-4)
    loop = seconds(partial(looped, happened, score, LOOPED), WALL) * DRAWS / LOOPED
    name = f"scikit-learn in a loop, {DRAWS:,} draws (from {LOOPED})"
    interval = min(seconds(lambda: area(count_scores(happened, score)), WALL) for _ in range(ROUNDS))
    counted = min(
        seconds(lambda: bootstrap_area(happened, score, Resampling(DRAWS, stratified=False)), WALL)
        for _ in range(ROUNDS)
    )
    rows = (("AUC and DeLong's interval", interval, INTERVAL_GOAL), ("AUC and bootstrap", counted, BOOTSTRAP_GOAL))
    return [
        Measurement(SECTION, task, "ms", took * 1e3, name, loop * 1e3, loop / took, goal) for task, took, goal in rows
    ]


def whole_card() -> Measurement:
    """The command from cold, as whoever waits for it: imports, reading, figures, estimator, card and both pages."""
    day, library = date(2026, 11, 21), Library()
    instrument = library.instruments.find("youth_spj", on=day).content
    cohort = invent_cohort(PERSONS, seed=5, instrument=instrument, dictionary=library.facts(day), on=day)
    with TemporaryDirectory() as folder:
        data = Path(folder) / "ratings.csv"
        research_table(cohort, seed=5, instrument=instrument, on=day).to_csv(data, index=False)
        command = [sys.executable, "-c", "from api.cli import main; main()", "research", "card", str(data)]
        command += ["--mapping", str(MAPPING), "--outcome", "reoffended", "--group", "sex", "-o", folder]
        command += ["--responsible", "Anna Exempel", "--reference-date", day.isoformat()]
        took = min(_processor_of(command) for _ in range(ROUNDS))
    task = f"{PERSONS} people, {DRAWS:,} draws, from cold, with both pages"
    return Measurement("an evidence card", task, "s", took, "the most", MOST_SECONDS, MOST_SECONDS / took, 1.0)


def _processor_of(command: list[str]) -> float:
    """Seconds that another process spends, from its start to its end."""
    before = getrusage(RUSAGE_CHILDREN)
    keys = {"UNDERLAG_SIGNING_KEY": token_hex(32)}
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **keys})  # noqa: S603
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    report([*beside_scikit_learn(), whole_card()])
