"""The outcome by a fixed time: equal to R's survival and cmprsk, and each trap of follow-up told."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from api.cli import main
from instruments.faults import InputError
from instruments.research.dependence.clusters import Clusters
from instruments.research.dependence.followed import Followed, area_by_time, cumulative_incidence
from instruments.research.estimation.resampling import Resampling, bootstrap_area
from instruments.research.estimation.roc import area, count_scores
from instruments.research.figures.figure import Figure, InsufficientEvidence
from instruments.research.validity.report import validity
from tests.instruments.research.data import reference
from tests.instruments.research.invented import invent

ROWS = reference("followed_400.csv")
FEW = Resampling(draws=200)
PEOPLE = Followed.of(ROWS["time"], ROWS["status"])


# --- as R has it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("horizon", "share", "error", "low", "high"),
    [
        (364, 0.397084889108317, 0.0248081999529877, 0.35042101227785, 0.447558783957149),
        (728, 0.649320491840526, 0.0267493547051931, 0.596893518091514, 0.701377998934836),
    ],
)
def test_without_another_event_it_is_kaplan_and_meiers_of_survival_in_r(
    horizon: float, share: float, error: float, low: float, high: float
) -> None:
    incidence = cumulative_incidence(Followed.of(ROWS["time"], ROWS["status"] > 0), horizon)
    assert (incidence.value, incidence.error) == pytest.approx((share, error), abs=1e-12)
    assert incidence.interval() == pytest.approx((low, high), abs=1e-10)


@pytest.mark.parametrize(
    ("horizon", "share", "variance", "of_cmprsk"),
    [
        (364, 0.277868655221175, 0.000514930321664278, 0.000516102190386426),
        (728, 0.471338086389471, 0.000753012084230104, 0.000756148318099992),
    ],
)
def test_with_another_event_it_is_that_of_cmprsk_in_r(
    horizon: float, share: float, variance: float, of_cmprsk: float
) -> None:
    incidence = cumulative_incidence(PEOPLE, horizon)
    assert incidence.value == pytest.approx(share, abs=1e-12)
    assert incidence.error**2 == pytest.approx(variance, abs=1e-14)
    assert incidence.error**2 == pytest.approx(of_cmprsk, rel=0.01)  # cmprsk has Aalen's estimator of the same


@pytest.mark.parametrize(("horizon", "value"), [(364, 0.658151395884006), (728, 0.66140819270667)])
def test_the_area_by_a_time_is_that_of_weighted_pairs_in_r(horizon: float, value: float) -> None:
    """The weights are `survfit`'s just before each time; one person is seen no longer at either of these."""
    assert area_by_time(PEOPLE, ROWS["score"], horizon, how=FEW).value == pytest.approx(value, abs=1e-12)


# --- what must hold --------------------------------------------------------------------------------------------------


def test_whoever_is_followed_to_the_end_counts_as_in_any_share_and_area() -> None:
    random = np.random.default_rng(1)
    happened, score = random.random(200) < 0.4, random.integers(0, 12, 200)
    people = Followed.of(np.where(happened, random.uniform(1, 9, 200), 20.0), happened)
    incidence = cumulative_incidence(people, 10)
    assert incidence.value == pytest.approx(happened.mean())
    assert incidence.error == pytest.approx((happened.mean() * (1 - happened.mean()) / 200) ** 0.5)
    by_then, whole = area_by_time(people, score, 10), area(count_scores(happened, score))
    assert by_then.value == pytest.approx(whole.value)
    drawn = bootstrap_area(happened, score, Resampling(stratified=False))
    assert by_then.error == pytest.approx(drawn.standard_error, rel=0.06)


def test_whoever_is_followed_exactly_so_long_was_seen_to_have_no_outcome() -> None:
    random = np.random.default_rng(3)
    happened, score = random.random(150) < 0.4, random.integers(0, 6, 150)
    people = Followed.of(np.where(happened, np.ceil(12 * random.random(150)), 12.0), happened)
    at_the_end, whole = area_by_time(people, score, 12, how=FEW), area(count_scores(happened, score))
    assert at_the_end.value == pytest.approx(whole.value)
    assert (at_the_end.cases, at_the_end.others) == (happened.sum(), (~happened).sum())
    assert cumulative_incidence(people, 12).value == pytest.approx(happened.mean())


def test_another_event_first_is_not_taken_for_being_seen_no_longer() -> None:
    censored = Followed.of(ROWS["time"], ROWS["status"] == 1)
    assert cumulative_incidence(PEOPLE, 728).value < cumulative_incidence(censored, 728).value - 0.03


def test_rows_that_repeat_one_another_leave_the_error_as_it_is() -> None:
    twice = pd.concat([ROWS, ROWS])
    persons = Clusters.of("person", np.tile(np.arange(len(ROWS)), 2))
    people = Followed.of(twice["time"], twice["status"])
    assert cumulative_incidence(people, 364, persons).error == pytest.approx(
        cumulative_incidence(PEOPLE, 364).error, rel=0.06
    )
    alone = area_by_time(PEOPLE, ROWS["score"], 364).error
    assert area_by_time(people, twice["score"], 364, persons).error == pytest.approx(alone, rel=0.06)


@pytest.mark.thorough
def test_draws_are_the_same_for_any_number_of_workers() -> None:
    one, two = (area_by_time(PEOPLE, ROWS["score"], 364, how=Resampling(300, n_jobs=jobs)) for jobs in (1, 2))
    assert one == two


@pytest.mark.parametrize(
    ("times", "ends", "horizon", "code"),
    [
        ([1, 2, 3], [1, 0, 0], 5, "not-followed-so-long"),
        ([1, -2, 3], [1, 0, 0], 2, "negative-time"),
        ([1, np.nan, 3], [1, 0, 0], 2, "score-missing"),
        ([1, 2, 3], [1, 1, 1], 3, "one-side-by-then"),
        ([4, 5, 6], [1, 1, 0], 3, "one-side-by-then"),
    ],
)
def test_what_cannot_be_told_is_refused_by_name(times: list[float], ends: list[int], horizon: float, code: str) -> None:
    with pytest.raises(InputError) as caught:
        area_by_time(Followed.of(times, ends), [1, 2, 3], horizon, how=FEW)
    assert caught.value.faults[0].code == code


def test_a_report_tells_each_time_and_why_one_cannot_be_told() -> None:
    report = validity(invent(300), "again", resampling=FEW, horizons=(180, 5_000), scores=("risk_total",))
    known, unknown = (row.figures[0] for row in report.section("horizons").rows)
    assert isinstance(known, Figure)
    assert known.low is not None
    assert known.low < known.value
    assert known.method == "kaplan_meier"
    assert isinstance(unknown, InsufficientEvidence)
    assert unknown.reason.code == "not-followed-so-long"
    assert unknown.reason.parameters["horizon"] == "5000"
    first, second = (row.figures[0] for row in report.section("horizon_areas").rows)
    assert isinstance(first, Figure)
    assert isinstance(second, InsufficientEvidence)
    clustered = validity(invent(300), "again", resampling=FEW, horizons=(180,), cluster="year")
    assert clustered.section("horizons").rows[0].figures[0].method == "kaplan_meier_clusters"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("time", "horizon", "code", "said"),
    [("time: time", "364", 0, ""), ("", "364", 2, "names no time for again"), ("time: time", "0", 2, "above zero")],
)
def test_the_command_reads_another_event_by_its_code(
    tmp_path: Path, time: str, horizon: str, code: int, said: str
) -> None:
    frame = pd.DataFrame(ROWS)
    frame.insert(0, "case", range(len(frame)))
    frame.to_csv(tmp_path / "data.csv", index=False)
    outcome = "{column: status, codes: {0: 0, 1: 1, 2: 2}, " + time + "}"
    (tmp_path / "map.yaml").write_text(
        f"key: case\nlevels: [a, b]\noutcomes: {{again: {outcome}}}\nscores: {{total: score}}\n", encoding="utf-8"
    )
    command = ["research", "validity", str(tmp_path / "data.csv"), "--mapping", str(tmp_path / "map.yaml")]
    command += ["--draws", "200", "--horizon", horizon, "--language", "en"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == code, result.output
    assert said in result.output
    if not code:
        sections = json.loads(CliRunner().invoke(main, [*command, "--json"]).stdout)["sections"]
        told = next(each for each in sections if each["section"] == "horizons")["rows"][0]["figures"]
        assert told[0]["value"] == pytest.approx(0.277868655221175)
        assert told[0]["method"] == "aalen_johansen"
        assert [told[place]["value"] for place in (3, 4)] == [
            ((ROWS["time"] < 364) & (ROWS["status"] == 0)).sum(),
            ((ROWS["time"] > 364) | ((ROWS["time"] == 364) & (ROWS["status"] == 0))).sum(),
        ]
        events = next(each for each in sections if each["section"] == "areas")["rows"][0]["figures"][2]
        assert events["value"] == int((ROWS["status"] == 1).sum())
