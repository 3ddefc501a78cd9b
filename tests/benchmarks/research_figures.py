"""Figures of research beside scikit-learn, and a whole evidence card. Run as a module; see `measuring`."""

from datetime import date
from functools import partial

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from instruments.research.card.evidence import gather_evidence
from instruments.research.card.making import make_card, to_yaml
from instruments.research.card.page import render_page
from instruments.research.card.statement import CardStatement
from instruments.research.resampling import Resampling, bootstrap_area
from instruments.research.roc import area, count_scores
from instruments.shipped import instrument_registry
from tests.benchmarks.measuring import PROCESSOR, WALL, Measurement, report, require_equal, seconds
from tests.instruments.research.invented import invent

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
    data = invent(PERSONS)
    instrument = instrument_registry().find("youth_spj", on=date(2026, 11, 21))
    how = Resampling(draws=DRAWS)

    def make() -> None:
        evidence = gather_evidence(data, "again", instrument=instrument, groups=["sex", "place"], resampling=how)
        statement = CardStatement(id="benchmark", version="1", responsible="Anna Exempel")
        card = make_card(evidence, statement, created_on=date(2026, 11, 21), key=b"k" * 32)
        to_yaml(card)
        for language in ("sv", "en"):
            render_page(card, evidence, language)

    took = min(seconds(make, PROCESSOR) for _ in range(2))  # the first draws the first picture, too
    task = f"{PERSONS} people, {DRAWS:,} draws, with both pages"
    return Measurement("an evidence card", task, "s", took, "the most", MOST_SECONDS, MOST_SECONDS / took, 1.0)


if __name__ == "__main__":
    report([*beside_scikit_learn(), whole_card()])
