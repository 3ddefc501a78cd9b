"""The log as its reviewer sees it: in words, by filters, as a table and through the API."""

import csv
import re
from dataclasses import replace
from io import StringIO

import pytest
from sqlalchemy import text

from api.audit.audit_log import SUGGESTIONS
from api.cases.journal import open_case
from api.store.actors import Actor
from api.store.refusals import ForbiddenError
from api.store.transactions import open_transaction
from tests.api.accounts.people import House, Visitor
from tests.api.oversight.cases import ANNA, DANA, LO, REFERENCE, Town, make_town
from tests.api.records.world import unit_of


@pytest.fixture
def town(house: House) -> Town:
    return make_town(house)


def links(visitor: Visitor, **asked: str) -> list[dict[str, object]]:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    answer = visitor.get(f"/api/v1/audit?{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.get_json()["links"])


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_log_tells_in_words_who_did_what_where_and_when(town: Town, language: str) -> None:
    page = town.visitor(LO).get("/log-review", headers={"Accept-Language": language})
    assert page.status_code == 200
    words = {
        "sv": ("Loggranskning", "Skrev: bedömning", "Loggade in: lösenord", "2026-11-21 13:00", "Genomfört"),
        "en": ("Log review", "Wrote: assessment", "Logged in: password", "2026-11-21 13:00", "Done"),
    }
    for each in (*words[language], "anna", town.case[:8]):
        assert each in page.text
    assert REFERENCE not in page.text
    assert "Vill sluta" not in page.text


def test_looking_at_the_log_and_downloading_it_stand_in_the_log(town: Town) -> None:
    visitor = town.visitor(LO)
    visitor.get("/log-review")
    visitor.get(f"/api/v1/audit?case={town.case}")
    visitor.get("/log-review/download")
    told = [(row.action, row.kind, row.case_id) for row in town.house.audit(kind="audit")]
    assert told == [("read", "audit", None), ("read", "audit", town.case), ("export", "audit", None)]


@pytest.mark.parametrize(
    "role", ["administrator", "social_secretary", "decider", "researcher", "statistics", "reviewer"]
)
def test_nobody_but_the_log_reviewer_reads_the_log(house: House, role: str) -> None:
    house.add(ANNA, role)
    visitor = house.logged_in(ANNA)
    for path in ("/log-review", "/log-review/download", "/api/v1/audit", "/api/v1/audit/verification"):
        assert visitor.get(path).status_code == 403, path


def test_pages_of_the_log_follow_upon_each_other_although_new_links_come(town: Town) -> None:
    visitor = town.visitor(LO)
    numbers: list[int] = []
    before = ""
    while True:
        page = visitor.get(f"/api/v1/audit?limit=3{before}").get_json()
        numbers += [link["number"] for link in page["links"]]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    first = numbers[0]
    assert numbers == list(range(first, 0, -1))
    assert len(town.house.audit()) > first


def test_the_filters_find_what_they_say(town: Town) -> None:
    visitor = town.visitor(LO)
    assert {link["kind"] for link in links(visitor, action="write", kind="assessment")} == {"assessment"}
    assert {link["account"] for link in links(visitor, account=town.anna.id)} == {town.anna.id}
    assert {link["case"] for link in links(visitor, case=town.case)} == {town.case}
    assert links(visitor, **{"from": "2026-11-22"}) == []
    assert links(visitor, to="2026-11-20") == []
    assert links(visitor, **{"from": "2026-11-21", "to": "2026-11-21"}, limit="1") != []
    assert links(visitor, outcome="refused") == []


def test_a_day_is_a_swedish_day(town: Town) -> None:
    town.house.clock.pass_by(hours=11, minutes=30)  # 23.30 in UTC is past midnight here
    town.consent("police")
    visitor = town.visitor(LO)
    assert {link["kind"] for link in links(visitor, kind="consent", **{"from": "2026-11-22"})} == {"consent"}


def test_the_suggestions_find_crossings_failures_exports_and_reads_that_led_to_nothing(town: Town) -> None:
    house = town.house
    other = Actor(house.add("other@kommun.example", "social_secretary", unit="north"), frozenset({"north"}))
    with pytest.raises(ForbiddenError), open_transaction(house.database) as session:
        open_case(unit_of(session, house.clock(), other), town.case)
    visiting = house.logged_in("other@kommun.example")
    visiting.post(f"/cases/{town.case}/ground", {"ground": "consent", "note": "muntligt"})
    with open_transaction(house.database) as session:
        open_case(unit_of(session, house.clock(), replace(other, ground="consent")), town.case)
    house.visitor().log_in(ANNA, "fel lösenord")
    visitor = town.visitor(LO)
    visitor.get("/log-review/download")

    def found(suggestion: str) -> set[tuple[object, object, object]]:
        return {(each["name"], each["action"], each["kind"]) for each in links(visitor, suggestion=suggestion)}

    assert ("other", "cross", "case") in found("crossings")
    assert ("other", "read", "case") in found("crossings")
    assert found("reads_outside_units") == {("other", "read", "case")}
    assert found("reads_without_write") == {("other", "read", "case")}
    assert found("failed_log_ins") == {("anna", "log_in", "password")}
    assert ("other", "read", "case") in found("refusals")
    assert found("exports") == {("lo", "export", "audit")}
    for name in SUGGESTIONS:
        assert visitor.get(f"/log-review?suggestion={name}").status_code == 200


def test_a_case_is_found_by_its_reference_which_stands_in_no_address(town: Town) -> None:
    visitor = town.visitor(LO)
    answer = visitor.post("/log-review/case", {"reference": f" {REFERENCE} "}, shown_at="/log-review")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/log-review?case={town.case}"
    missing = visitor.post("/log-review/case", {"reference": "1999-1"}, shown_at="/log-review")
    assert missing.status_code == 404
    assert "Inget ärende har den beteckningen" in missing.text


def test_a_filter_that_cannot_be_read_is_told_and_everything_else_shown(town: Town) -> None:
    visitor = town.visitor(LO)
    page = visitor.get("/log-review?from=2026-13-01&action=write")
    assert page.status_code == 422
    assert "2026-13-01" in page.text
    assert '<option value="write" selected>' in page.text
    for query, place, code in (
        ("from=igår", "from", "impossible-date"),
        ("from=2026-11-22&to=2026-11-21", "to", "days-reversed"),
        ("case=7", "case", "not-a-key"),
        ("suggestion=guilty", "suggestion", "not-a-choice"),
        ("before=-1", "before", "wrong-type"),
        ("limit=0", "limit", "number-out-of-range"),
        ("limit=201", "limit", "number-out-of-range"),
        ("limit=" + "9" * 5_000, "limit", "number-out-of-range"),
        ("who=anna", "who", "unknown-key"),
        (f"account={'a' * 81}", "account", "entry-too-long"),
    ):
        answer = visitor.get(f"/api/v1/audit?{query}")
        assert answer.status_code == 400, query
        assert [(each["parameter"], each["code"]) for each in answer.get_json()["errors"]] == [(place, code)]


def test_the_download_is_a_table_whose_cells_are_no_formulas(town: Town) -> None:
    house = town.house
    house.add("eve@kommun.example", "social_secretary")
    with house.database.engine.begin() as connection:
        connection.execute(text("UPDATE account SET name = '=HYPERLINK(\"http://x\")' WHERE email LIKE 'eve%'"))
    house.logged_in("eve@kommun.example")
    answer = town.visitor(LO).get("/log-review/download", headers={"Accept-Language": "en"})
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="log.csv"'
    rows = list(csv.reader(StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert rows[0][:5] == ["No", "When", "Who", "Account", "What"]
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(len(rows) - 1, 0, -1)]
    assert '\'=HYPERLINK("http://x")' in {row[2] for row in rows}
    assert not [cell for row in rows for cell in row if re.match(r"[=+@\t-]", cell)]


def test_the_chain_is_verified_and_its_state_is_remembered(town: Town) -> None:
    visitor = town.visitor(LO)
    assert "ännu inte kontrollerats" in visitor.get("/log-review").text
    assert visitor.get("/api/v1/audit/verification").get_json() == {"latest": None}
    shown = visitor.post("/log-review/verification", shown_at="/log-review")
    links_held = len(town.house.audit()) - 2  # what came after it: that it was verified, and that the log was shown
    assert f"Alla {links_held} poster stämmer" in shown.text
    state = visitor.get("/api/v1/audit/verification").get_json()["latest"]
    assert (state["fault"], state["place"], state["verified_by"]) == (None, str(links_held), "lo")
    assert "av lo: alla" in visitor.get("/log-review").text


TAMPERING = {
    "UPDATE audit SET actor = 'someone' WHERE number = 3": ("altered-link", 3),
    "DELETE FROM audit WHERE number = 5": ("missing-link", 5),
}


@pytest.mark.parametrize("statement", TAMPERING)
def test_a_row_that_was_altered_in_the_database_is_named(town: Town, statement: str) -> None:
    fault, number = TAMPERING[statement]
    database = town.house.database
    with database.engine.begin() as connection:
        if database.is_sqlite:
            triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for trigger in triggers:
                connection.execute(text(f"DROP TRIGGER {trigger}"))
        else:
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        connection.execute(text(statement))
    visitor = town.visitor(LO)
    token = visitor.api_token()
    report = visitor.json("POST", "/api/v1/audit/verification", **{"X-CSRF-Token": token}).get_json()
    assert (report["is_whole"], report["fault"], report["broken_at"]) == (False, fault, number)
    shown = visitor.post("/log-review/verification", shown_at="/log-review").text
    assert f"Första posten som inte stämmer: nummer {number}." in shown
    assert "säkerhetsincident" in visitor.get("/log-review").text


def test_the_deciders_link_to_the_log_is_not_shown(town: Town) -> None:
    assert "/log-review" in town.visitor(LO).get("/account").text
    assert "/log-review" not in town.visitor(DANA).get("/account").text
