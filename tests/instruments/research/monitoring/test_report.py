"""What comes in is told beside an earlier card, level by level and together, and of what cannot be told the reason."""

import json
import warnings
from dataclasses import fields, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner, Result

from api.cli import main
from instruments.cards import Card
from instruments.faults import InputError
from instruments.research.card.making import make_card, to_yaml
from instruments.research.card.statement import CardStatement
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.splitting import limit_of, select, time_of
from instruments.research.estimation.resampling import Resampling
from instruments.research.figures.figure import Figure, InsufficientEvidence, Report
from instruments.research.generalizability.report import generalizability
from instruments.research.item_response.report import irt
from instruments.research.monitoring.report import OutcomesLeftOutWarning, TimesUnknownWarning, monitor
from instruments.research.reliability.report import reliability
from instruments.research.structure.report import structure
from tests.instruments.research.card.made import KEY, card_of, evidence_of
from tests.instruments.research.data import ON
from tests.instruments.research.invented import invent


@cache
def earlier_card() -> Card:
    return card_of(evidence_of(400))


def later(n: int = 300, share: float | None = None, **columns: Any) -> Dataset:
    """People who were rated day by day after the card; with a share, outcomes that no longer follow the rating."""
    data = invent(n)
    random = np.random.default_rng(7)
    days = pd.Series(pd.to_datetime("2026-12-01") + pd.to_timedelta(np.arange(n), "D"))
    happened = data.outcomes["again"] if share is None else pd.Series((random.random(n) < share).astype(float))
    return replace(data, outcomes=pd.DataFrame({"again": happened}), rated_on=days, **columns)


def figures_of(report: Report, section: str) -> dict[str, dict[str, Any]]:
    [found] = [each for each in report.sections if each.name == section]
    return {row.labels[0]: {each.name: each for each in row.figures} for row in found.rows}


def test_what_is_as_it_was_is_not_said_to_have_changed() -> None:
    report = monitor(later(), earlier_card())
    assert report.about["changed_on"] is None
    assert report.about["monitored_through"] == "2027-09-26"
    [verdict] = figures_of(report, "monitoring")
    assert verdict == "monitoring_unchanged"
    levels = figures_of(report, "monitoring_levels")
    assert list(levels) == [each.level for each in earlier_card().levels]
    for each, on_card in zip(levels.values(), earlier_card().levels, strict=True):
        assert each["earlier_share"].value == on_card.events / on_card.n
        assert each["earlier_share"].low < each["later_share"].high
        assert each["later_share"].low <= each["later_share"].value <= each["later_share"].high


def test_what_has_changed_is_said_to_have_with_its_day_and_the_evidence_on_the_way() -> None:
    report = monitor(later(share=0.9), earlier_card())
    [(verdict, figures)] = figures_of(report, "monitoring").items()
    assert verdict == "monitoring_changed"
    assert figures["e_value_highest"].value >= figures["e_value_needed"].value == pytest.approx(40)
    path = report.details["monitoring"]
    assert isinstance(path, list)
    first = next(each for each in path if each["e_value"] >= figures["e_value_needed"].value)
    assert first["through"] == report.about["changed_on"]
    assert path[-1]["outcomes"] == 300
    json.loads(json.dumps(path, allow_nan=False))


def in_another_order(data: Dataset) -> Dataset:
    """The same rows, taken from the file in another order."""
    order = np.random.default_rng(3).permutation(len(data))

    def moved(part: Any) -> Any:
        return part.iloc[order].reset_index(drop=True) if isinstance(part, pd.Series | pd.DataFrame) else part

    return replace(data, **{each.name: moved(getattr(data, each.name)) for each in fields(data)})


def rated_by_two(data: Dataset) -> Dataset:
    """The same rows, of half as many persons who were each rated by one rater and later by another."""
    places = np.arange(len(data))
    persons = pd.Series([f"person-{place // 2}" for place in places])
    return replace(data, persons=persons, raters=pd.Series(np.where(places % 2, "b", "a")))


@pytest.mark.parametrize("arrived", ["rated_on", "came"])
@pytest.mark.parametrize("tells_rated_on", [True, False])
def test_the_order_of_the_rows_changes_nothing(arrived: str, tells_rated_on: bool) -> None:
    """The first rating of a person is the first in time, and if nobody tells when they rated, the first to come in."""
    data = rated_by_two(later(share=0.7))
    assert data.rated_on is not None
    data = replace(data, groups=pd.DataFrame({"came": data.rated_on.dt.strftime("%Y-%m-%d")}))
    if not tells_rated_on:
        data, arrived = replace(data, rated_on=None), "came"
    told = monitor(data, earlier_card(), arrived=arrived)
    assert monitor(in_another_order(data), earlier_card(), arrived=arrived).sections == told.sections
    assert told.about["monitored_through"] == "2027-09-25", "the last person's first rating"


@pytest.mark.parametrize(
    "report", [reliability, lambda data: irt(data), lambda data: structure(data, resampling=Resampling(0))]
)
def test_other_reports_of_first_ratings_take_the_first_in_time_as_well(report: Any) -> None:
    data = rated_by_two(later())
    told, again = (report(each).to_frame()["value"].to_numpy(np.float64) for each in (data, in_another_order(data)))
    np.testing.assert_allclose(told, again, atol=1e-5)


def test_where_a_rater_rated_somebody_twice_the_first_in_time_is_held_against_another_rater() -> None:
    data = later()
    persons = pd.Series([f"person-{place // 3}" for place in range(300)])
    data = replace(data, persons=persons, raters=pd.Series(["a", "a", "b"] * 100))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for report in (reliability, generalizability):
            told, again = (
                report(each).to_frame()["value"].to_numpy(np.float64) for each in (data, in_another_order(data))
            )
            np.testing.assert_allclose(told, again, atol=1e-5)


def test_what_is_told_in_days_is_held_against_the_day_of_the_card_in_whatever_column() -> None:
    days = pd.Series(pd.to_datetime("2026-11-12") + pd.to_timedelta(np.arange(300), "D")).dt.strftime("%Y-%m-%d")
    with pytest.warns(OutcomesLeftOutWarning, match="count=10,"):  # 12 to 21 November
        monitor(later(groups=pd.DataFrame({"came": days})), earlier_card(), arrived="came")
    for period, left_out in (("2026-11", 40), ("2026-Q4", 40)):
        came = pd.DataFrame({"came": [period] * 40 + ["2027-02"] * 260})
        with pytest.warns(OutcomesLeftOutWarning, match=f"count={left_out},"):  # who of them is new, nobody can tell
            monitor(later(groups=came), earlier_card(), arrived="came")


def test_numbers_that_are_no_days_are_not_held_against_the_day_of_the_card() -> None:
    data = later(groups=pd.DataFrame({"year": ["2026"] * 40 + ["2027"] * 260}))
    with pytest.raises(InputError) as caught:
        monitor(data, earlier_card(), arrived="year")
    assert [fault.code for fault in caught.value.faults] == ["monitored-without-days"]
    with pytest.warns(OutcomesLeftOutWarning, match="count=40,"):
        monitor(data, earlier_card(), arrived="year", after=limit_of("year", "2026"))


def test_the_day_on_which_an_outcome_became_known_comes_before_that_of_the_rating() -> None:
    data = later()
    assert data.rated_on is not None
    known_on = pd.DataFrame({"again": (data.rated_on + pd.Timedelta(days=365)).dt.strftime("%Y-%m-%d")})
    report = monitor(replace(data, known_on=known_on), earlier_card())
    assert report.about["monitored_through"] == "2028-09-25"
    by_rating = monitor(replace(data, known_on=known_on), earlier_card(), arrived="rated_on")
    assert by_rating.about["monitored_through"] == "2027-09-26"


@pytest.mark.parametrize(
    ("written", "through"),
    [("2027-06-01", "2027-06-01"), ("2027-06", "2027-06-30"), ("2027-Q2", "2027-06-30"), ("2027", "2027-12-31")],
)
def test_what_became_known_within_a_period_counts_at_its_end_all_at_once(written: str, through: str) -> None:
    known_on = pd.DataFrame({"again": ["2026-12"] * 100 + [written] * 200})
    data = later(known_on=known_on)
    report = monitor(data, earlier_card())
    path = report.details["monitoring"]
    assert isinstance(path, list)
    assert [(each["through"], each["outcomes"]) for each in path] == [("2026-12-31", 100), (through, 300)]
    assert monitor(in_another_order(data), earlier_card()).sections == report.sections
    assert report.about["ordered_by"] == "known_on"
    assert monitor(later(), earlier_card()).about["ordered_by"] == "rated_on"


def test_outcomes_of_which_nobody_tells_when_they_became_known_are_left_out_and_told() -> None:
    known_on = pd.DataFrame({"again": [np.nan] * 12 + ["2027-Q2"] * 288})
    with pytest.warns(TimesUnknownWarning, match="count=12, name=known_on"):
        report = monitor(later(known_on=known_on), earlier_card())
    path = report.details["monitoring"]
    assert isinstance(path, list)
    assert path[-1]["outcomes"] == 288


def test_the_outcome_is_that_of_the_card_where_the_data_have_several() -> None:
    data = later()
    both = replace(data, outcomes=data.outcomes.assign(another=1.0))
    assert monitor(both, earlier_card()).sections == monitor(data, earlier_card()).sections


def test_time_is_an_argument_and_what_came_in_through_the_day_of_the_card_is_not_counted() -> None:
    through = limit_of("rated_on", "2026-12-31")
    with pytest.warns(OutcomesLeftOutWarning, match="269"):
        report = monitor(later(), earlier_card(), through=through)
    assert report.about["monitored_through"] == "2026-12-31"
    made_later = earlier_card().model_copy(update={"created_on": date(2027, 9, 20)})
    with pytest.warns(OutcomesLeftOutWarning, match="294"):
        monitor(later(), made_later)


def test_a_level_of_which_nothing_came_in_says_so() -> None:
    data = later()
    kept = select(data, data.facts["reoffending_risk"] != "high")
    levels = figures_of(monitor(kept, earlier_card()), "monitoring_levels")
    assert isinstance(levels["high"]["later_share"], InsufficientEvidence)
    assert levels["high"]["e_value"].value == 1


def test_a_share_that_moves_by_itself_has_no_sequence_and_says_so() -> None:
    data = later()
    moved = replace(data, outcomes=pd.DataFrame({"again": (np.arange(300) >= 150).astype(float)}))
    told = [each["later_share"] for each in figures_of(monitor(moved, earlier_card()), "monitoring_levels").values()]
    assert any(isinstance(each, Figure) and each.note == "sequence_empty" and each.low is None for each in told)


@pytest.mark.parametrize("written", ["2026-12", "2026-Q4", "2026-12-31"])
def test_months_and_quarters_are_told_by_their_last_day(written: str) -> None:
    data = later(groups=pd.DataFrame({"arrived": [written] * 300}))
    report = monitor(data, earlier_card(), arrived="arrived", after=limit_of("arrived", "2026-09"))
    assert report.about["monitored_through"] == "2026-12-31"
    assert time_of(data, "arrived").nunique() == 1


def with_levels_gone() -> Card:
    return earlier_card().model_copy(update={"levels": ()})


def of_another_outcome() -> Card:
    outcome = earlier_card().outcome.model_copy(update={"name": "violence"})
    return earlier_card().model_copy(update={"outcome": outcome})


def on_another_instrument() -> Card:
    return earlier_card().model_copy(update={"instrument": "young_adult_spj@1.0"})


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (with_levels_gone, "card-without-levels"),
        (of_another_outcome, "monitored-other-outcome"),
        (on_another_instrument, "monitored-other-instrument"),
    ],
)
def test_a_card_that_it_cannot_be_held_against_is_refused(card: Any, code: str) -> None:
    with pytest.raises(InputError, match=code):
        monitor(later(), card())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (lambda: select(later(), np.zeros(300, dtype=bool)), "nothing-came-in|no-|nobody"),
        (lambda: later(facts=pd.DataFrame(index=range(300))), "no-summary-rating"),
        (lambda: replace(later(), rated_on=pd.Series([pd.NaT] * 300)), "no-time-known"),
        (lambda: replace(later(), rated_on=None), "unknown-research-column"),
        (lambda: replace(later(), outcomes=pd.DataFrame({"again": [np.nan] * 300})), "nothing-came-in"),
    ],
)
def test_data_of_which_nothing_can_be_said_are_refused(data: Any, code: str) -> None:
    with pytest.raises(InputError, match=code):
        monitor(data(), earlier_card())


def test_the_words_of_a_later_card_say_it_without_a_number_and_without_a_day() -> None:
    for share, said in ((None, "show no change from it"), (0.9, "no longer hold")):
        card = make_card(
            evidence_of(400),
            CardStatement(id="later", version="1.0", responsible="Anna Exempel, Exempelby"),
            created_on=ON,
            key=KEY,
            monitored=monitor(later(share=share), earlier_card()),
        )
        added = card.plain.en.removeprefix(card_of(evidence_of(400)).plain.en)
        assert said in added
        assert "exempelby@1.0" in added
        assert not [word for word in added.replace("exempelby@1.0", "").replace("5 %", "") if word.isdigit()]


@pytest.mark.parametrize("changes", [{"command": "validity"}, {"about": {"card": "Anna 2010", "changed_on": None}}])
def test_a_card_tells_no_report_of_anything_else_in_its_own_words(changes: dict[str, Any]) -> None:
    other = replace(monitor(later(), earlier_card()), **changes)
    with pytest.raises(InputError, match="not-monitored"):
        make_card(
            evidence_of(400),
            CardStatement(id="later", version="1.0", responsible="Anna Exempel, Exempelby"),
            created_on=ON,
            key=KEY,
            monitored=other,
        )


# --- on the command line ---------------------------------------------------------------------------------------------

MAPPING = """\
instrument: youth_spj
key: key
rated_with: {instrument: youth_spj@1.0, words: {sv: egna, en: own}, by: {sv: ingen, en: nobody}}
facts: {reoffending_risk: judged}
outcomes: {again: reoffended}
rated_on: day
"""
KNOWN_LATER = MAPPING.replace("{again: reoffended}", "{again: {column: reoffended, known_on: entered}}")


def run(folder: Path, card: Path, *more: str, share: float = 0.9, mapping: str = MAPPING) -> Result:
    data = later(share=share)
    assert data.rated_on is not None
    table = pd.DataFrame(
        {
            "key": data.keys,
            "judged": data.facts["reoffending_risk"],
            "reoffended": data.outcomes["again"].astype(int),
            "day": data.rated_on.dt.strftime("%Y-%m-%d"),
            "entered": (data.rated_on + pd.Timedelta(days=120)).dt.strftime("%Y-%m-%d"),
            "year": data.rated_on.dt.year,
        }
    )
    table.to_csv(folder / "data.csv", index=False)
    (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    arguments = ["research", "monitor", str(folder / "data.csv"), "--mapping", str(folder / "mapping.yaml")]
    return CliRunner().invoke(main, [*arguments, "--card", str(card), "--language", "en", *more])


@pytest.fixture
def card_file(tmp_path: Path) -> Path:
    path = tmp_path / "card.yaml"
    path.write_text(to_yaml(earlier_card()), encoding="utf-8")
    return path


def test_the_command_tells_levels_verdict_and_what_it_means(card_file: Path, tmp_path: Path) -> None:
    result = run(tmp_path, card_file)
    assert result.exit_code == 0, result.output
    assert "changed since the card" in result.stdout
    assert "The change was shown: 2026-12-" in result.stdout
    assert "whole time" in " ".join(result.stdout.split())
    told = json.loads(run(tmp_path, card_file, "--json").stdout)
    assert told["about"]["card"] == "exempelby@1.0"
    assert told["about"]["changed_on"] is not None


def test_the_command_refuses_a_card_that_was_altered_and_a_time_that_is_none(card_file: Path, tmp_path: Path) -> None:
    result = run(tmp_path, card_file, "--through", "whenever")
    assert result.exit_code != 0
    assert "whenever" in result.stderr
    content = yaml.safe_load(card_file.read_text("utf-8"))
    content["levels"][0]["events"] += 1
    card_file.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    result = run(tmp_path, card_file)
    assert result.exit_code != 0
    assert "Traceback" not in result.output


def test_the_command_takes_the_day_that_the_mapping_names_and_asks_for_a_time_where_there_is_none(
    card_file: Path, tmp_path: Path
) -> None:
    told = json.loads(run(tmp_path, card_file, "--json").stdout)
    by_rating = told["about"]["monitored_through"]
    mapping = KNOWN_LATER + "groups: {year: year}\n"
    told = json.loads(run(tmp_path, card_file, "--json", mapping=mapping).stdout)
    assert told["about"]["monitored_through"] == "2028-01-24" > by_rating
    result = run(tmp_path, card_file, "--arrived", "year", mapping=mapping)
    assert result.exit_code == 2
    assert "--after" in result.stderr
    assert run(tmp_path, card_file, "--arrived", "year", "--after", "2026", mapping=mapping).exit_code == 0


def test_the_command_calls_the_time_of_an_outcome_as_the_table_does(card_file: Path, tmp_path: Path) -> None:
    told = json.loads(run(tmp_path, card_file, "--json", mapping=KNOWN_LATER).stdout)
    assert told["about"]["ordered_by"] == "entered"
    for called in ("known_on", "entered"):
        again = run(tmp_path, card_file, "--json", "--arrived", called, mapping=KNOWN_LATER)
        assert json.loads(again.stdout) == told
    for option, given, said in (
        ("--arrived", "enterd", "rated_on and known_on"),
        ("--after", "soon", "soon is no limit for entered"),
        ("--through", "2027-W05", "2027-W05 is no limit for entered"),
    ):
        result = run(tmp_path, card_file, option, given, mapping=KNOWN_LATER)
        assert result.exit_code == 2
        assert said in " ".join(result.stderr.split())


def test_nothing_warns_of_arithmetic() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        for share in (0.0, 1.0):
            monitor(later(share=share), earlier_card())
