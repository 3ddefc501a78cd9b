"""The invented cohort as research meets it: raters, days, outcomes, times and drift, read by its own mapping."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.reading import read_dataset
from instruments.research.datasets.scoring import InstrumentScorer
from instruments.research.reliability.report import by_rater, is_rated_twice
from screening.invented.cohort import InventedCohort, invent_cohort
from screening.invented.research_cohort import FOLLOWED_DAYS, MAPPING, RATERS, Leanings, research_table
from tests.screening.batches import LIBRARY, ON

YOUTH = LIBRARY.instruments.find("youth_spj", on=ON).content


@pytest.fixture(scope="module")
def cohort() -> InventedCohort:
    return invent_cohort(2000, seed=5, instrument=YOUTH, dictionary=LIBRARY.facts(ON), on=ON)


def table(cohort: InventedCohort, leanings: Leanings | None = None) -> pd.DataFrame:
    return research_table(cohort, seed=5, instrument=YOUTH, on=ON, leanings=leanings)


def dataset(cohort: InventedCohort, folder: Path, leanings: Leanings | None = None) -> Dataset:
    path = folder / "ratings.csv"
    table(cohort, leanings).to_csv(path, index=False)
    return read_dataset(path, MAPPING, YOUTH)


def test_the_table_is_read_by_its_mapping_with_all_that_research_needs(cohort: InventedCohort, tmp_path: Path) -> None:
    data = dataset(cohort, tmp_path)
    assert len(data) == len(cohort.intakes) + len(cohort.second_ratings)
    assert len(data.ratings.columns) == 30
    assert data.raters is not None
    assert set(data.raters) == set(RATERS)
    assert is_rated_twice(data)
    twice = by_rater(data.ratings["substance_use"], data).notna().sum(axis=1)
    assert twice.max() == 2, "nobody rates the same person twice"
    assert data.rated_on is not None
    assert data.rated_on.max() <= pd.Timestamp(ON) - pd.Timedelta(days=FOLLOWED_DAYS)
    assert set(data.groups) == {"sex", "material", "period"}


def test_an_outcome_and_its_time_stand_on_the_first_rating_only(cohort: InventedCohort, tmp_path: Path) -> None:
    data = dataset(cohort, tmp_path)
    outcome, time = data.outcomes["reoffended"], data.times["reoffended"]
    first = ~data.persons.duplicated()
    assert outcome[~first].isna().all()
    assert (outcome.isna() == time.isna()).all()
    assert (time[outcome == 0] == FOLLOWED_DAYS).all()
    happened = time[outcome == 1]
    assert happened.between(1, FOLLOWED_DAYS).all()
    several = cohort.outcomes["new_reports"].to_numpy(float, na_value=0)[first[first].index] > 2
    assert time[first][several].mean() < happened.mean(), "the more reports, the sooner the first"


def test_the_same_people_stay_the_same_whatever_leans(cohort: InventedCohort) -> None:
    plain, leaning = table(cohort), table(cohort, Leanings(drift=0.5))
    unmoved = [name for name in plain if not str(name).startswith("item.")]
    pd.testing.assert_frame_equal(plain[unmoved], leaning[unmoved])
    protective = [f"item.{item.id}" for item in YOUTH.protective_items]
    pd.testing.assert_frame_equal(plain[protective], leaning[protective])


def scores(data: Dataset) -> pd.Series:
    scored = InstrumentScorer(YOUTH).set_output(transform="pandas").fit_transform(data.ratings)
    means: pd.Series = scored["risk_lowest"] / scored["risk_rated"].replace(0, np.nan)
    return means


def test_drift_and_strictness_raise_ratings_where_they_say(cohort: InventedCohort, tmp_path: Path) -> None:
    plain, drifted = (scores(dataset(cohort, tmp_path, each)) for each in (None, Leanings(drift=0.3)))
    data = dataset(cohort, tmp_path, Leanings(strictness=0.4))
    moved = scores(data) - plain
    assert data.raters is not None
    strict = data.raters.isin(RATERS[-2:])
    assert moved[strict].mean() > 0.15
    assert (moved[~strict].dropna() == 0).all()
    first = data.groups["period"].notna()
    later = data.groups["period"] == "later"
    assert (drifted - plain)[first & later].mean() > 0.05
    assert ((drifted - plain)[first & ~later].dropna() == 0).all()
