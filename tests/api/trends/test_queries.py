"""Reading published numbers over HTTP: tables of the lattice and nothing else, with a key for just that."""

import csv
import io
from collections.abc import Callable, Iterator

import pytest
from werkzeug.test import TestResponse

from api.trends.publishing import rebuild
from api.trends.queries import read_question
from api.trends.reading import read_cohort
from instruments.faults import InputError
from screening.library import Library
from tests.api.accounts.people import House
from tests.api.accounts.test_tokens import made as made_token
from tests.api.trends.histories import LATTICE, Histories

TRENDS = "/api/v1/trends"
Ask = Callable[..., TestResponse]


@pytest.fixture
def ask(house: House) -> Iterator[Ask]:
    """Ask as an account with the statistics role, over a few months of invented cases."""
    with house.database.unit_of_work() as session:
        Histories(3, days=50).write(session, 120)
        house.clock.moment = house.clock.moment.replace(year=2023, month=2, day=5)
        rebuild(session, house.clock(), read_cohort(session, LATTICE, Library()))
    house.add("stina@example.se", "statistics")
    visitor = house.logged_in("stina@example.se")

    def get(path: str = TRENDS, headers: dict[str, str] | None = None, **query: str) -> TestResponse:
        return visitor.get(path, query_string=query, headers=headers)

    return get


def faults(answer: TestResponse) -> set[tuple[str, str]]:
    assert answer.status_code == 400, answer.text
    return {(each["parameter"], each["code"]) for each in answer.get_json()["errors"]}


def test_a_table_comes_with_its_periods_and_marks(ask: Ask) -> None:
    data = ask(measure="intakes", level="month", across="unit").get_json()
    assert [period["period"] for period in data["periods"]] == ["2022-12", "2023-01"]
    assert data["periods"][1]["guidance_versions"] == ["stockholm_2012@1.0", "stockholm_2019@1.0"]
    assert {row["period"] for row in data["numbers"]} == {period["period"] for period in data["periods"]}
    assert all((row["count"] is None) == row["is_hidden"] for row in data["numbers"])
    assert any(row["count"] for row in data["numbers"])


def test_every_table_has_a_certificate_that_counts_what_is_hidden_in_it(ask: Ask) -> None:
    for across in ("total", "unit"):
        data = ask(measure="intakes", level="month", across=across).get_json()
        for period in data["periods"]:
            numbers = [row["count"] for row in data["numbers"] if row["period"] == period["period"]]
            certificate = period["certificate"]
            assert certificate["hidden"] == numbers.count(None)
            assert certificate["shown"] == len(numbers) - numbers.count(None)
            assert certificate["narrowest"] is None or certificate["narrowest"] >= LATTICE.limit("protection")


def test_the_same_is_not_sent_twice(ask: Ask) -> None:
    first = ask(measure="intakes", across="unit", level="month")
    again = ask(measure="intakes", across="unit", level="month", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_the_csv_has_the_same_rows_and_their_marks(ask: Ask) -> None:
    query = {"measure": "intakes", "across": "unit", "level": "month", "from": "2023-01"}
    data, answer = ask(**query).get_json(), ask(**query, format="csv")
    assert answer.mimetype == "text/csv"
    rows = [row for row in csv.DictReader(io.StringIO(answer.text)) if row["is_open"] == "false"]
    assert [(row["period"], row["unit"], row["count"]) for row in rows] == [
        (row["period"], row["unit"], "" if row["count"] is None else str(row["count"])) for row in data["numbers"]
    ]


def test_a_filter_chooses_rows_of_a_table(ask: Ask) -> None:
    data = ask(measure="intakes", across="unit", level="month", only="unit:sig").get_json()
    assert {row["unit"] for row in data["numbers"]} == {"sig"}


def test_everything_wrong_with_a_question_is_told_at_once(ask: Ask) -> None:
    answer = ask(across="birthplace", to="2022-01", only="sex:male", **{"from": "2023-01"})
    assert faults(answer) == {("across", "not-a-choice"), ("to", "bounds-reversed"), ("only", "filter-not-in-table")}


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"measure": "people"}, ("measure", "not-a-choice")),
        ({"level": "day"}, ("level", "not-a-choice")),
        ({"from": "2023"}, ("from", "not-a-month")),
        ({"from": "2023-13"}, ("from", "not-a-month")),
        ({"to": "9999-12"}, ("to", "not-a-month")),
        ({"across": "outcome", "measure": "recommendations", "only": "outcome:yes"}, ("only", "not-a-choice")),
        ({"measure": "intakes", "across": "unit,sex", "level": "quarter"}, ("across", "not-a-choice")),
    ],
)
def test_a_question_outside_the_lattice_is_refused(query: dict[str, str], fault: tuple[str, str]) -> None:
    with pytest.raises(InputError) as refused:
        read_question(LATTICE, query)
    assert fault in {(each.where.lstrip("?"), each.code) for each in refused.value.faults}


def test_an_unknown_name_or_form_or_unit_is_refused(ask: Ask) -> None:
    assert faults(ask(granularity="day")) == {("granularity", "unknown-key")}
    assert faults(ask(format="ods")) == {("format", "not-a-choice")}
    wrong_unit = ask(measure="intakes", across="unit", only="unit:elsewhere")
    assert faults(wrong_unit) == {("only", "not-a-choice")}
    assert "norr" in wrong_unit.text


def test_the_lattice_lists_every_table_that_can_be_asked_for(ask: Ask) -> None:
    lattice = ask(f"{TRENDS}/lattice").get_json()
    assert [measure["id"] for measure in lattice["measures"]] == [measure.id for measure in LATTICE.measures]
    for measure in lattice["measures"]:
        level, tables = next(iter(measure["tables"].items()))
        assert ask(measure=measure["id"], level=level, across=tables[-1]).status_code == 200


def test_a_key_for_trends_reads_trends_and_nothing_else(house: House, ask: Ask) -> None:
    house.add("stig@example.se", "statistics", "social_secretary")
    visitor = house.logged_in("stig@example.se")
    made = made_token(visitor, "trends:read").get_json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    program = house.visitor()
    assert program.get(TRENDS, headers=bearer).status_code == 200
    assert program.get("/api/v1/cases", headers=bearer).status_code == 403


def test_nobody_reads_trends_without_an_account_or_with_a_role_that_has_no_need(house: House, ask: Ask) -> None:
    assert house.visitor().get(TRENDS).status_code == 401
    house.add("adam@example.se", "administrator")
    assert house.logged_in("adam@example.se").get(TRENDS).status_code == 403
