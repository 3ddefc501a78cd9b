"""Purging by a page: proposed by the rule, shown before it happens, and done by a named person on a ground."""

import pytest
from sqlalchemy import select

from api.store.audit_chain import verify_audit
from api.store.schema import Case, PurgedCase
from tests.api.accounts.people import House
from tests.api.accounts.walking import record_in
from tests.api.oversight.cases import ANNA, DANA, REFERENCE, Town, make_town
from tests.api.records.world import work_goes_on

GROUND = "Beslut SN 2031/45"


@pytest.fixture
def town(house: House) -> Town:
    made = make_town(house)
    since = house.clock()
    house.clock.pass_by(days=5 * 365 + 2)
    work_goes_on(house.database, since, house.clock())
    return made


def test_what_is_due_is_shown_with_its_rule_and_nothing_else_is(town: Town) -> None:
    page = town.visitor(DANA).get("/retention").text
    assert REFERENCE in page
    assert "Regelns version 1.0." in page
    assert "klart senast 2032-12-31" in page
    assert town.visitor(ANNA).get("/retention").status_code == 403


def test_a_dry_run_shows_what_would_go_and_removes_nothing(town: Town) -> None:
    shown = town.visitor(DANA).post("/retention/dry-run", {"case": town.case}, shown_at="/retention")
    assert shown.status_code == 200
    assert f"{REFERENCE}: 10 anteckningar" in shown.text
    assert "Jag, dana, har kontrollerat" in shown.text
    with town.house.database.looking() as session:
        assert session.get(Case, town.case) is not None


def test_a_named_person_purges_on_a_ground_that_is_logged(town: Town) -> None:
    form = {"case": town.case, "ground": GROUND, "sure": "yes"}
    done = town.visitor(DANA).post("/retention/purge", form, shown_at="/retention")
    assert "Gallrat: 1 ärenden med 10 anteckningar" in done.text
    with town.house.database.looking() as session:
        assert session.get(Case, town.case) is None
        stub = session.scalars(select(PurgedCase)).one()
        assert verify_audit(session).is_whole
    [told] = town.house.audit(action="purge")
    assert (told.actor, told.ground, stub.purged_by) == (stub.purged_by, GROUND, told.actor)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"ground": GROUND}, "Bekräfta att du har kontrollerat"),
        ({"sure": "yes"}, "Skriv en grund"),
        ({"sure": "yes", "ground": "20100314-2388"}, "personnummer"),
        ({"sure": "yes", "ground": GROUND, "case": ""}, ""),
    ],
)
def test_nothing_goes_without_a_ground_and_a_yes(town: Town, form: dict[str, str], words: str) -> None:
    answer = town.visitor(DANA).post("/retention/purge", {"case": town.case, **form}, shown_at="/retention")
    assert answer.status_code in (404, 422)
    assert words in answer.text
    with town.house.database.looking() as session:
        assert session.get(Case, town.case) is not None
    assert town.house.audit(action="purge") == []


def test_a_ground_opens_no_case_of_another_unit(town: Town) -> None:
    theirs = record_in(town.house.database, "other")["case_id"]
    form = {"case": theirs, "ground": GROUND, "sure": "yes"}
    assert town.visitor(DANA).post("/retention/purge", form, shown_at="/retention").status_code == 404
    with town.house.database.looking() as session:
        assert session.get(Case, theirs) is not None


def test_a_case_that_is_held_cannot_be_chosen(town: Town) -> None:
    town.write("hold", {"reason": "Placering"})
    page = town.visitor(DANA).get("/retention").text
    assert "Inget ärende ska gallras i dag." in page  # the hold is itself an entry, and begins the time anew


def test_where_the_clock_seems_to_have_jumped_the_date_is_confirmed_first(house: House) -> None:
    made = make_town(house)
    house.clock.pass_by(days=5 * 365 + 2)
    dana = made.visitor(DANA)
    shown = dana.post("/retention/dry-run", {"case": made.case}, shown_at="/retention").text
    assert "Jag har kontrollerat att det är" in shown
    form = {"case": made.case, "ground": GROUND, "sure": "yes"}
    assert "Bekräfta att dagens datum stämmer." in dana.post("/retention/purge", form, shown_at="/retention").text
    with house.database.looking() as session:
        assert session.get(Case, made.case) is not None
    done = dana.post("/retention/purge", {**form, "clock": "yes"}, shown_at="/retention")
    assert "Gallrat: 1 ärenden" in done.text
