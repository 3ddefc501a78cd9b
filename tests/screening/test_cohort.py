import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from instruments.model import Instrument
from instruments.ratings import BLANK, read_ratings
from instruments.table_files import open_table
from screening.batch.pipeline import screen_table
from screening.batch.preparation import Request, prepare
from screening.coding import Intake, code_intake
from screening.evaluation import decide_columns
from screening.fact_reading import read_facts
from screening.facts import FactDictionary
from screening.invented.cohort import DATED, NOT_FOUND_WORD, InventedCohort, invent_cohort, invent_columns
from screening.recommendation import name_outcome
from screening.truth import WORDS
from tests.cases.reading import library

ON = date(2026, 11, 21)
INSTRUMENTS = ("youth_spj", "young_adult_spj")
LIBRARY = library()


def instrument_of(name: str) -> Instrument:
    return LIBRARY.instruments.find(name, on=ON).content


def dictionary() -> FactDictionary:
    return LIBRARY.facts(ON)


def invent(n: int, seed: int = 7, instrument: str = "youth_spj") -> InventedCohort:
    return invent_cohort(n, seed=seed, instrument=instrument_of(instrument), dictionary=dictionary(), on=ON)


@pytest.fixture(scope="module", params=INSTRUMENTS)
def made(request: pytest.FixtureRequest) -> tuple[Instrument, InventedCohort]:
    return instrument_of(request.param), invent(8_000, instrument=request.param)


def frames(cohort: InventedCohort) -> list[pd.DataFrame]:
    return [cohort.intakes, cohort.outcomes, cohort.groups, cohort.second_ratings]


def digest(cohort: InventedCohort) -> str:
    text = "".join(frame.to_csv(index=False, lineterminator="\n") for frame in frames(cohort))
    return hashlib.sha256(text.encode()).hexdigest()


def codes_of(frame: pd.DataFrame, levels: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """Item ratings as numbers, blank where there is no level."""
    return pd.DataFrame(
        {
            name: pd.Categorical(frame[name].where(frame[name] != NOT_FOUND_WORD).astype(object), words).codes
            for name, words in levels.items()
        }
    ).replace(-1, np.nan)


def levels_of(instrument: Instrument, *kinds: str) -> dict[str, tuple[str, ...]]:
    return {f"item.{item.id}": instrument.levels(item) for item in instrument.items if item.kind in kinds}


def raw_value(cell: object, name: str) -> object:
    """What a cell says, in the JSON form that the readers take."""
    if pd.isna(cell):
        return None
    if cell == NOT_FOUND_WORD:
        return {"missing": "not_found", "reason": "påhittat"}
    is_number = name in ("age", "offence_count", "serious_offence_count") or str(cell).isdigit()
    return int(cell) if is_number else cell


def read_row(row: pd.Series, instrument: Instrument) -> Intake:
    facts: dict[str, object] = {}
    items: dict[str, object] = {}
    for name, cell in row.items():
        if name.startswith("item."):
            items[name.removeprefix("item.")] = raw_value(cell, name)
        elif name not in ("key", DATED):
            facts[name] = raw_value(cell, name)
    if not pd.isna(row[DATED]):
        facts["motivation_to_leave"] = {"value": facts["motivation_to_leave"], "observed_on": row[DATED]}
    return Intake(ON, read_facts(facts, dictionary(), on=ON), read_ratings({"items": items}, instrument))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not() -> None:
    assert digest(invent(500)) == digest(invent(500))
    assert digest(invent(500)) != digest(invent(500, seed=8))


def test_nobody_can_be_taken_for_a_real_person() -> None:
    assert list(invent(2).intakes["key"]) == ["PAHITT-000001", "PAHITT-000002"]


def test_a_cohort_of_nobody_has_the_same_columns() -> None:
    for empty, full in zip(frames(invent(0)), frames(invent(50)), strict=True):
        assert len(empty) == 0
        assert list(empty.columns) == list(full.columns)


def test_every_value_is_one_that_the_readers_take(made: tuple[Instrument, InventedCohort]) -> None:
    instrument, cohort = made
    for _, row in cohort.intakes.head(400).iterrows():
        read_row(row, instrument)
    for _, row in cohort.second_ratings.head(50).iterrows():
        raw = {name.removeprefix("item."): raw_value(row[name], name) for name in row.index if "item." in name}
        read_ratings({"items": raw}, instrument)


@pytest.mark.parametrize(
    ("guidance", "instrument"), [("stockholm_2012", "youth_spj"), ("stockholm_2019", "young_adult_spj")]
)
def test_columns_are_the_same_intakes_as_the_frame(guidance: str, instrument: str) -> None:
    rules = LIBRARY.bind(guidance, on=ON, instrument=instrument).rules
    columns = invent_columns(300, seed=7, rules=rules, on=ON)
    for place, (_, row) in enumerate(invent(300, instrument=instrument).intakes.iterrows()):
        coded, expected = columns.intake(place), code_intake(rules, read_row(row, rules.instrument)).intake
        assert coded.items == expected.items
        assert {name: code for name, code in coded.facts.items() if code != BLANK} == expected.facts
        assert (coded.on, coded.offence_window) == (expected.on, expected.offence_window)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_file_of_it_is_screened_as_its_codes_are(ending: str, tmp_path: Path) -> None:
    source, target = tmp_path / f"intakes.{ending}", tmp_path / "results.csv"
    intakes = invent(300).intakes
    intakes.to_csv(source, index=False) if ending == "csv" else intakes.to_parquet(source, index=False)
    table = open_table(source)
    screen_table(prepare(LIBRARY, table, Request(("stockholm_2012",), ON)), table, target)
    rules = LIBRARY.bind("stockholm_2012", on=ON).rules
    truths = decide_columns(rules, invent_columns(300, seed=7, rules=rules, on=ON))
    results = pd.read_csv(target)
    assert results["outcome"].tolist() == [name_outcome(truth) for truth in truths[rules.outcome]]
    for node in rules.criteria:
        assert results[f"criterion.{node.name}"].tolist() == [WORDS[truth] for truth in truths[node.position]]


def test_the_columns_are_facts_and_items_and_nothing_else(made: tuple[Instrument, InventedCohort]) -> None:
    instrument, cohort = made
    items = [f"item.{item.id}" for item in instrument.items]
    facts = [name for name in cohort.intakes.columns if name not in ("key", DATED, *items)]
    assert set(facts) <= set(dictionary().by_id)
    assert not set(facts) & set(dictionary().refusals)
    assert list(cohort.second_ratings.columns) == ["key", *items, "reoffending_risk"]


def test_what_comes_after_and_who_it_was_stand_apart(made: tuple[Instrument, InventedCohort]) -> None:
    _, cohort = made
    apart = set(cohort.outcomes.columns) | set(cohort.groups.columns)
    assert apart & set(cohort.intakes.columns) == {"key"}
    assert cohort.outcomes["key"].equals(cohort.intakes["key"])
    assert cohort.groups["key"].equals(cohort.intakes["key"])


def test_facts_fit_one_another(made: tuple[Instrument, InventedCohort]) -> None:
    _, cohort = made
    facts = cohort.intakes
    age = facts["age"].fillna(120)
    assert (facts["serious_offence_count"] <= facts["offence_count"]).all()  # pandas leaves blanks out of `all`
    for name in ("offending_debut_age", "first_prosecution_age"):
        years = pd.to_numeric(facts[name].astype(object), errors="coerce")
        assert not (years > age).any()
    assert pd.to_numeric(facts["first_prosecution_age"].astype(object), errors="coerce").min() >= 15
    never = (facts["first_prosecution_age"] == "not_applicable", facts["strategic_first_offence"] == "not_applicable")
    known = facts["first_prosecution_age"].notna() & facts["strategic_first_offence"].notna()
    answered = (facts["first_prosecution_age"] != "saknas") & (facts["strategic_first_offence"] != "saknas")
    assert (never[0] == never[1])[known & answered].all()


def test_ages_lie_around_the_design_ages(made: tuple[Instrument, InventedCohort]) -> None:
    instrument, cohort = made
    age = cohort.intakes["age"].dropna()
    assert age.between(instrument.design_age.min, instrument.design_age.max).mean() > 0.9
    assert not age.between(instrument.design_age.min, instrument.design_age.max).all()


def test_dates_are_dates_of_the_past_and_some_are_old(made: tuple[Instrument, InventedCohort]) -> None:
    _, cohort = made
    known = cohort.intakes["motivation_to_leave"].isin(["none", "ambivalent", "stated"])
    dates = pd.to_datetime(cohort.intakes[DATED].astype(object))
    assert dates[~known].isna().all()
    assert 0.7 < dates[known].notna().mean() < 0.9
    days = (pd.Timestamp(ON) - dates.dropna()).dt.days
    assert days.min() == 0
    assert 0.15 < (days > 30).mean() < 0.45


def test_levels_are_as_common_as_stated(made: tuple[Instrument, InventedCohort]) -> None:
    instrument, cohort = made
    risk = codes_of(cohort.intakes, levels_of(instrument, "risk"))
    protective = codes_of(cohort.intakes, levels_of(instrument, "protective"))
    assert 0.1 < (risk == 2).sum().sum() / risk.count().sum() < 0.3
    assert 0.3 < (risk == 0).sum().sum() / risk.count().sum() < 0.6
    assert 0.3 < protective.mean().mean() < 0.7
    assert risk.mean().max() - risk.mean().min() > 0.3  # items differ


def test_about_half_of_the_items_are_blank_where_there_is_only_the_file(
    made: tuple[Instrument, InventedCohort],
) -> None:
    instrument, cohort = made
    is_blank = codes_of(cohort.intakes, levels_of(instrument, "risk", "protective")).isna()
    file_only = cohort.groups["material"] == "file_only"
    assert 0.2 < file_only.mean() < 0.3
    assert 0.4 < is_blank[file_only].mean().mean() < 0.6
    assert 0.03 < is_blank[~file_only].mean().mean() < 0.12
    own_account = [f"item.{item.id}" for item in instrument.items if item.dynamic and item.own_behaviour]
    on_file = [f"item.{item.id}" for item in instrument.items if not item.dynamic]
    assert is_blank.loc[file_only, own_account].mean().min() > is_blank.loc[file_only, on_file].mean().max()


def test_both_kinds_of_blank_occur(made: tuple[Instrument, InventedCohort]) -> None:
    instrument, cohort = made
    items = cohort.intakes[list(levels_of(instrument, "risk", "protective"))]
    not_found = (items == NOT_FOUND_WORD).sum().sum()
    assert 0.15 < not_found / (not_found + items.isna().sum().sum()) < 0.5


def test_items_hang_together_and_protection_goes_the_other_way(made: tuple[Instrument, InventedCohort]) -> None:
    instrument, cohort = made
    risk = codes_of(cohort.intakes, levels_of(instrument, "risk"))
    for name in risk:
        assert 0.3 < risk[name].corr(risk.drop(columns=name).mean(axis=1)) < 0.7
    for _, item in codes_of(cohort.intakes, levels_of(instrument, "protective")).items():
        assert -0.6 < item.corr(risk.mean(axis=1)) < -0.2


def test_the_summary_rating_follows_the_items_and_is_not_their_sum(made: tuple[Instrument, InventedCohort]) -> None:
    instrument, cohort = made
    mean = codes_of(cohort.intakes, levels_of(instrument, "risk")).mean(axis=1)
    rating = codes_of(cohort.intakes, {"reoffending_risk": ("low", "moderate", "high")})["reoffending_risk"]
    assert 0.4 < rating.corr(mean) < 0.8
    assert rating[mean > mean.quantile(0.9)].nunique() == 3


def test_offence_counts_vary_more_than_chance(made: tuple[Instrument, InventedCohort]) -> None:
    _, cohort = made
    count = cohort.intakes["offence_count"].dropna().astype(float)
    assert 2.5 < count.mean() < 6
    assert count.var() > 2.5 * count.mean()


def test_what_happened_after_depends_on_the_person_and_is_not_certain(
    made: tuple[Instrument, InventedCohort],
) -> None:
    instrument, cohort = made
    outcome = cohort.outcomes["reoffended_within_24_months"]
    assert outcome.equals((cohort.outcomes["new_reports"] > 0).astype("Int16"))
    assert 0.3 < outcome.dropna().mean() < 0.5
    assert 0.02 < outcome.isna().mean() < 0.08
    mean = codes_of(cohort.intakes, levels_of(instrument, "risk")).mean(axis=1)
    followed = outcome.notna() & mean.notna()
    ranks, again = mean[followed].rank(), outcome[followed].astype(bool)
    area = (ranks[again].sum() - again.sum() * (again.sum() + 1) / 2) / (again.sum() * (~again).sum())
    assert 0.58 < area < 0.7


def test_two_raters_agree_often_and_not_always(made: tuple[Instrument, InventedCohort]) -> None:
    instrument, cohort = made
    levels = levels_of(instrument, "risk", "protective")
    first = cohort.intakes.set_index("key").loc[cohort.second_ratings["key"]]
    first, second = codes_of(first, levels), codes_of(cohort.second_ratings, levels)
    assert 0.15 < len(second) / len(cohort.intakes) < 0.25
    for name in levels:
        both = pd.DataFrame({"first": first[name].to_numpy(), "second": second[name].to_numpy()}).dropna()
        assert 0.5 < both["first"].corr(both["second"]) < 0.9


def test_the_sexes_differ_and_neither_is_rare(made: tuple[Instrument, InventedCohort]) -> None:
    instrument, cohort = made
    is_female = cohort.groups["sex"] == "female"
    assert 0.1 < is_female.mean() < 0.2
    own = [f"item.{item.id}" for item in instrument.own_behaviour_items]
    mean = codes_of(cohort.intakes, levels_of(instrument, "risk"))[own].mean(axis=1)
    assert mean[is_female].mean() < mean[~is_female].mean()
