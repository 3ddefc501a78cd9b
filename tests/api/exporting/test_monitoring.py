"""From the first rating to the monitoring of a card: through the service, its export and the command line."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from api.cli import main
from tests.api.accounts.people import House
from tests.api.exporting.town import Town
from tests.api.routes.records.desk import CASES, Desk

STEM = "youth_spj@1.0"
RATED = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
PURPOSE = {"ground": "own_follow_up", "decision": "SN 2026/117", "study": "still-holds"}


class Unit:
    """A unit whose young people are rated, worked with, followed up and exported; time only goes forward in it."""

    def __init__(self, house: House) -> None:
        self.house, self.desk, self.town = house, Desk(house), Town.founded(house.database)

    def rate(self, level: str, number: int, **more: Any) -> list[str]:
        """So many whose work began and ended; their cases."""
        return [self._worked_with(level, **more) for _ in range(number)]

    def _worked_with(self, level: str, **more: Any) -> str:
        case = self.town.open(f"{len(self.town.cases)}", now=RATED, **more)
        summary = {"reoffending_risk": level, "violence_risk": "low", "reasons": "Påhittat."}
        self.town.rate(case, level, now=RATED, summary=summary)
        began = {"started_on": "2026-12-08", "part_of_decision": "yes", "court_ordered": "no"}
        self.town.write(case, "participation_started", began, RATED + timedelta(days=1))
        ended = {"ended_on": "2026-12-21", "reason": "completed"}
        self.town.write(case, "participation_ended", ended, RATED + timedelta(days=14))
        return case

    def follow_up(self, day: date, cases: Iterable[str], reported: Mapping[str, bool]) -> None:
        """Anna looks up whether there were new reports, and records it."""
        self.house.clock.moment = datetime(day.year, day.month, day.day, 12, 0, tzinfo=UTC)
        anna = self.desk.person(f"anna-{day:%y%m%d}", "social_secretary")
        for case in cases:
            found = {"observed_on": day.isoformat(), "months_after_ending": 6}
            found["new_reports"] = "1-3" if reported[case] else "none"
            anna.made(f"{CASES}/{case}/participation/outcomes", found)

    def export(self, day: date, folder: Path) -> Path:
        """What a researcher fetches on a day."""
        self.house.clock.moment = datetime(day.year, day.month, day.day, 12, 0, tzinfo=UTC)
        answer = self.desk.person(f"fia-{day:%y%m%d}", "researcher").post("/api/v1/research/exports", PURPOSE)
        assert answer.status_code == 200, answer.text
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            archive.extractall(folder / f"{day}")
        return folder / f"{day}"


def every(number: int, cases: Iterable[str]) -> dict[str, bool]:
    """Of every so many there were new reports of one."""
    return {case: place % number == 0 for place, case in enumerate(cases)}


def research(command: str, export: Path, *more: str) -> Result:
    files = [str(export / f"{STEM}.csv"), "--mapping", str(export / f"{STEM}.mapping.yaml")]
    key = {"UNDERLAG_SIGNING_KEY": bytes(range(32)).hex()}
    return CliRunner().invoke(main, ["research", command, *files, "--language", "en", *more], env=key)


def card_of(export: Path, folder: Path, day: str, *more: str) -> tuple[Path, Result]:
    who = ["--responsible", "Anna Exempel, Exempelby", "--reference-date", day, "--draws", "200", "--group", "sex"]
    made = research("card", export, "--outcome", "reported_at_first_follow_up", "-o", str(folder), *who, *more)
    assert made.exit_code == 0, made.output
    [card] = folder.glob("*@*.yaml")
    return card, made


def told_of(export: Path) -> dict[str, Any]:
    about: dict[str, Any] = yaml.safe_load((export / "about.yaml").read_text(encoding="utf-8"))
    told: dict[str, Any] = about["first_follow_ups"]
    return told


def monitored(export: Path, card: Path) -> dict[str, Any]:
    """What the monitoring of an export tells, with no option but the card."""
    result = research("monitor", export, "--card", str(card), "--json")
    assert result.exit_code == 0, result.output
    report: dict[str, Any] = json.loads(result.stdout)
    return report


@pytest.mark.thorough
def test_outcomes_that_come_in_are_held_against_an_earlier_card_from_end_to_end(house: House, tmp_path: Path) -> None:
    # A first sample is rated and followed up, and has a card.
    unit = Unit(house)
    first = [*unit.rate("low", 30), *unit.rate("moderate", 12), *unit.rate("high", 12)]
    reported = every(6, first[:30]) | every(2, first[30:])
    unit.follow_up(date(2027, 3, 10), first, reported)
    export = unit.export(date(2027, 4, 5), tmp_path)
    assert told_of(export) == {"persons_by_period": {"2027-Q1": 54}, "persons_not_told_yet": 0}
    card, _ = card_of(export, tmp_path / "first", "2027-04-05")

    # Others are followed up: two in one quarter, who wait, and the rest in the next, which has to be over.
    [girl] = unit.rate("low", 1, sex="female")
    later = [*unit.rate("low", 8), *unit.rate("moderate", 8), *unit.rate("high", 8)]
    reported = {girl: True, **every(6, later[:8]), **every(2, later[8:])}
    unit.follow_up(date(2027, 5, 10), [girl, later[0]], reported)
    waiting = unit.export(date(2027, 7, 2), tmp_path)
    assert told_of(waiting) == {"persons_by_period": {"2027-Q1": 54}, "persons_not_told_yet": "under 5"}
    result = research("monitor", waiting, "--card", str(card))
    assert result.exit_code == 2
    assert "has come in after the card" in result.stderr
    unit.follow_up(date(2027, 8, 10), later[1:], reported)

    # Nothing has changed. Of the girl and of four who keep her company it is not told when.
    report = monitored(unit.export(date(2027, 10, 1), tmp_path), card)
    assert report["about"]["ordered_by"] == "first_follow_up_period"
    assert (report["about"]["monitored_through"], report["about"]["changed_on"]) == ("2027-09-30", None)
    warned = {each["code"]: each["parameters"] for each in report["warnings"]}
    assert warned["times-unknown"] == {"count": 5, "name": "first_follow_up_period"}
    assert report["details"]["monitoring"][-1]["outcomes"] == 24

    # Everybody of the lowest rating is reported, which is told when the quarter is over; a later card says so.
    lowest = unit.rate("low", 20)
    unit.follow_up(date(2027, 11, 10), lowest, dict.fromkeys(lowest, True))
    export = unit.export(date(2028, 1, 3), tmp_path)
    assert told_of(export)["persons_by_period"]["2027-Q4"] == 20
    assert monitored(export, card)["about"]["changed_on"] == "2027-12-31"
    in_words = research("monitor", export, "--card", str(card))
    assert "Counted in the order of the column first_follow_up_period" in " ".join(in_words.stdout.split())
    later_card, _ = card_of(export, tmp_path / "later", "2028-01-03", "--monitored", str(card))
    assert "no longer hold" in later_card.read_text(encoding="utf-8").replace("\n", " ").replace("  ", " ")
