"""Alarms: a published number that differs by more than chance is told, on the page and once by mail, and to whom."""

import io
import re
from datetime import timedelta
from itertools import count
from unittest.mock import patch

import numpy as np
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from api.cli import main
from api.store.schema import SecrecyUnit
from api.trends.alarms import Alarm, alarms_of, number_of_alarms
from api.trends.dashboard import Dashboard
from api.trends.publishing import rebuild
from screening.trends.counting import Cohort
from tests.api.accounts.people import House
from tests.screening.trends.cohorts import FIRST, UNITS, some_cohort

STATISTICS, MANAGER = "stina@example.se", "mona@example.se"
MONTHS = 24
_MINUTES = count(1)


def town(*, deviating_last: float = 0.1, reviewed: float = 1.0) -> Cohort:
    """Two even years: of the last quarter, how many reviews deviate; and of those compared, how many are reviewed."""
    cohort, choose = some_cohort(3, 9_000, MONTHS, is_even=True), np.random.default_rng(5)
    events = dict(cohort.events)
    decisions = events["recommendations"][["case", "month", "unit", "sex", "age_band", "guidance"]].copy()
    other = events["decisions"].set_index(events["decisions"].index % len(events["decisions"]))
    decisions = decisions[choose.random(len(decisions)) < reviewed].reset_index(drop=True)
    for name in ("track", "waited", "applies", "outcome"):
        decisions[name] = choose.choice(other[name].unique(), len(decisions))
    share = np.where(decisions["month"] >= FIRST + MONTHS - 3, deviating_last, 0.1)
    deviates = choose.random(len(decisions)) < share
    decisions["verdict"] = np.where(deviates, "deviate", "agree")
    decisions["deviation"] = np.where(deviates, "safety", None)
    events["decisions"] = decisions
    return Cohort(events, UNITS)


def publish(house: House, cohort: Cohort) -> None:
    # another minute for each: what was published stays remembered by when it was, in one database after the other
    house.clock.moment = house.clock.moment.replace(year=2026, month=1, day=5) + timedelta(minutes=next(_MINUTES))
    with house.database.unit_of_work() as session:
        session.add_all(SecrecyUnit(id=unit, name=unit.title()) for unit in UNITS)
        session.flush()
        rebuild(session, house.clock(), cohort)
    house.add(STATISTICS, "statistics")
    house.add(MANAGER, "unit_manager")


def alarms(house: House) -> list[Alarm]:
    with house.app.test_request_context():
        return alarms_of(Dashboard({}, "en"), with_queues=True)


def told(house: House, email: str) -> str:
    page = house.logged_in(email).get("/trends?language=en").text
    return page[page.index('id="alarms"') : page.index("</section>", page.index('id="alarms"'))]


def test_a_share_that_leaves_its_limits_is_told_with_its_period(house: House) -> None:
    publish(house, town(deviating_last=0.3))
    found = {(each.kind, each.panel.id, each.period) for each in alarms(house)}
    assert ("outside", "overrides", "2025-Q4") in found
    assert "Share of reviews that deviate: fourth quarter of 2025 lies outside the limits." in told(house, STATISTICS)


def test_nothing_is_told_of_what_varies_as_chance_has_it(house: House) -> None:
    publish(house, town())
    assert [each for each in alarms(house) if each.panel.id == "overrides"] == []


def test_a_queue_is_told_to_whoever_leads_a_unit_and_to_nobody_else(house: House) -> None:
    publish(house, town(reviewed=0.7))
    (queue,) = [each for each in alarms(house) if each.kind == "queue"]
    assert queue.values[0].startswith("All units (")
    assert queue.queues == len(queue.values) - 1
    assert "more cases were compared than were reviewed" in told(house, MANAGER)
    assert "more cases were compared than were reviewed" not in told(house, STATISTICS)


def test_without_anything_published_there_is_no_alarm_and_the_page_says_so(house: House) -> None:
    house.add(STATISTICS, "statistics")
    with house.app.test_request_context():
        assert number_of_alarms() == []
    assert "It cannot be said yet whether any number lies outside its limits" in told(house, STATISTICS)


def test_where_numbers_have_limits_and_none_lies_outside_the_page_says_so(house: House) -> None:
    publish(house, town())
    with patch("api.trends.pages.alarms_of", lambda *_, **__: []):
        assert "None of the latest published numbers lies outside its limits" in told(house, STATISTICS)


@pytest.mark.thorough
@pytest.mark.parametrize(("email", "queues"), [(STATISTICS, False), (MANAGER, True)])
def test_a_reminder_tells_a_number_once_and_of_queues_to_managers_only(house: House, email: str, queues: bool) -> None:
    def digest() -> str:
        with patch("api.wsgi.app_of_environment", lambda: house.app):
            return CliRunner().invoke(main, ["digest", "--language", "en"]).stdout

    publish(house, town(deviating_last=0.3, reviewed=0.7))
    visitor = house.logged_in(email)
    visitor.post("/account/digest?language=en", {"every": "daily"}, shown_at="/account")
    assert digest().startswith("Sent: 1.")
    letter = house.last_letter()
    assert re.search(r"published numbers? differs? by more than random variation", letter)
    assert ("Queues that have grown" in letter or "The queue for review has grown" in letter) == queues
    assert not any(unit.title() in letter for unit in UNITS)
    house.clock.moment += timedelta(days=1)
    assert digest().startswith("Sent: 0. Nothing waits: 1.")


def test_a_file_names_the_day_on_which_it_was_made_though_nothing_was_published_since(house: House) -> None:
    def day() -> str:
        file = house.logged_in(STATISTICS).get("/trends/intakes.xlsx?language=en")
        notes = load_workbook(io.BytesIO(file.data))["About the numbers"]
        return str(list(notes.iter_rows(values_only=True))[-1][1])

    publish(house, town())
    assert day() == house.clock.moment.date().isoformat()
    house.clock.moment += timedelta(days=1)
    assert day() == house.clock.moment.date().isoformat()
