"""What-if over HTTP: the page, its report and the API give one answer, which no case is read for."""

import ast
import csv
import io
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError

from api.store.database import Database
from api.store.schema import Entry
from api.store.trend_tables import TrendFives
from api.trends.microaggregates import altered_microaggregates, keep_year, rows_of, write_microaggregates, years_written
from api.trends.questions import ready_questions
from screening.library import Library
from screening.trends.microaggregates import microaggregate
from screening.trends.what_if import what_if
from tests.api.accounts.people import House, Visitor
from tests.api.accounts.test_tokens import made as made_token
from tests.api.shapes import assert_says_nothing_banned
from tests.api.trends.histories import Histories
from tests.screening.trends.test_what_if import ARMS, LATTICE, LIBRARY, ON, UNITS, some_rows
from tests.thoroughness import a_few

ROOT = Path(__file__).parents[3]
API, PAGE = "/api/v1/trends/what-if", "/trends/what-if"
QUESTION = {"before": "stockholm_2012", "after": "stockholm_2012", "limit": "own_behaviour_count", "value": "3"}


@cache
def rows_of_a_year(year: int) -> pd.DataFrame:
    """Made once: that takes longer than any test of them."""
    return microaggregate(some_rows(year, 1_200), LIBRARY, ON)


@pytest.fixture
def reader(house: House) -> Visitor:
    with house.database.unit_of_work() as session:
        for year in (2023, 2024):
            keep_year(session, house.clock(), year, rows_of_a_year(year))
    house.add("stina@example.se", "statistics")
    return house.logged_in("stina@example.se")


def faults(answer: object) -> set[tuple[str, str]]:
    return {(each["parameter"], each["code"]) for each in answer.get_json()["errors"]}  # type: ignore[attr-defined]


def test_the_answer_is_worked_out_from_the_rows_that_are_kept(reader: Visitor, house: House) -> None:
    data = reader.get(API, query_string=QUESTION).get_json()
    with house.database.looking() as session:
        rows = rows_of(session, [2023, 2024])
    ours = what_if(rows, LIBRARY, LATTICE, ON, ARMS[2], ARMS[7], units=UNITS).as_data()
    assert {name: data[name] for name in ("total", "transitions", "criteria", "age_band", "sex", "track")} == {
        name: ours[name] for name in ("total", "transitions", "criteria", "age_band", "sex", "track")
    }
    assert data["years"] == [2023, 2024]
    assert data["total"]["enters"] > 0
    one = reader.get(API, query_string={**QUESTION, "first_year": "2024"}).get_json()
    assert one["years"] == [2024]
    assert one["total"]["people"] < data["total"]["people"]


def test_the_page_the_report_and_the_api_say_the_same(reader: Visitor) -> None:
    data = reader.get(API, query_string=QUESTION).get_json()
    for language, word in (("sv", "Kommer in"), ("en", "Come in")):
        page = reader.get(PAGE, query_string={**QUESTION, "language": language})
        assert page.status_code == 200
        assert f"<dt>{word}</dt><dd><strong>{data['total']['enters']}</strong>" in page.text
        assert 'role="img"' in page.text
        assert "style=" not in page.text
        assert_says_nothing_banned(page.text)
    opened = reader.get(f"{PAGE}/answer.csv", query_string=QUESTION).text.removeprefix("\ufeff")
    labelled = list(csv.DictReader(io.StringIO(opened), delimiter=";"))
    table = list(csv.DictReader(io.StringIO(reader.get(API, query_string={**QUESTION, "format": "csv"}).text)))
    assert [{name: row[name] for name in table[0]} for row in labelled] == table
    assert {row["Grupp"] for row in labelled if row["divided_by"] == "sex"} >= {"Kvinna", "Man"}
    by_sex = {row["value"]: int(row["enters"]) for row in table if row["divided_by"] == "sex"}
    assert by_sex == {value: moved["enters"] for value, moved in data["sex"].items()}
    assert table[0]["people"] == str(data["total"]["people"])
    assert "after=stockholm_2012&amp;limit=own_behaviour_count&amp;value=3" in page.text


def test_the_report_is_a_pdf(reader: Visitor) -> None:
    made = reader.get(f"{PAGE}/answer.pdf", query_string=QUESTION)
    assert made.mimetype == "application/pdf"
    assert made.data.startswith(b"%PDF")
    assert reader.get(f"{PAGE}/answer.exe", query_string=QUESTION).status_code == 404


@pytest.mark.parametrize("ready", a_few(ready_questions()), ids=lambda ready: ready.id)
def test_the_sources_own_questions_can_be_asked_with_a_click(reader: Visitor, ready: object) -> None:
    query = ready.query()  # type: ignore[attr-defined]
    page = reader.get(PAGE, query_string=query)
    assert page.status_code == 200
    assert page.text.count('aria-current="true"') == 1
    afters = query["after"].split(",")
    if len(afters) > 1:
        for after in afters:
            data = reader.get(API, query_string={**query, "after": after}).get_json()
            assert f">{data['total']['leaves']}</td>" in page.text
        assert page.text.count("Visa svaret för") == len(afters)


def test_the_page_without_a_question_and_without_years_says_what_to_do(house: House) -> None:
    house.add("stina@example.se", "statistics")
    page = house.logged_in("stina@example.se").get(PAGE)
    assert page.status_code == 200
    assert "Det finns inget att jämföra på än" in page.text


@pytest.mark.parametrize(
    ("change", "fault"),
    a_few(
        [
            ({"before": "atlantis"}, ("before", "not-a-choice")),
            ({"after": ""}, ("after", "text-missing")),
            ({"limit": "height"}, ("limit", "not-a-choice")),
            ({"value": "90"}, ("value", "value-not-permitted")),
            ({"value": "three"}, ("value", "value-not-permitted")),
            ({"first_year": "twenty"}, ("first_year", "not-a-year")),
            ({"first_year": "2024", "last_year": "2023"}, ("last_year", "bounds-reversed")),
        ]
    ),
)
def test_a_wrong_question_is_told_on_the_page_and_to_a_program(
    reader: Visitor, change: dict[str, str], fault: tuple[str, str]
) -> None:
    question = {**QUESTION, **change}
    told = reader.get(API, query_string=question)
    assert told.status_code == 400
    assert fault in faults(told)
    page = reader.get(PAGE, query_string=question)
    assert page.status_code == 400
    assert 'role="alert"' in page.text
    assert f'href="#{fault[0]}"' in page.text
    assert 'id="before"' in page.text
    assert reader.get(f"{PAGE}/answer.csv", query_string=question).status_code == 400


def test_too_many_guidances_at_a_time_are_refused(reader: Visitor) -> None:
    page = reader.get(PAGE, query_string={"before": "skl_2015", "after": ",".join(["skl_2015"] * 21)})
    assert page.status_code == 400
    assert "Högst 20" in page.text


def test_only_the_statistics_role_may_ask_and_a_key_for_just_that(house: House, reader: Visitor) -> None:
    house.add("sara@example.se", "social_secretary")
    other = house.logged_in("sara@example.se")
    assert other.get(API, query_string=QUESTION).status_code == 403
    assert other.get(PAGE).status_code == 403
    assert PAGE not in other.get("/trends").text
    bearer = {"Authorization": f"Bearer {made_token(reader, 'trends:what_if').get_json()['token']}"}
    program = house.visitor()
    assert program.get(API, query_string=QUESTION, headers=bearer).status_code == 200
    assert program.get("/api/v1/trends", headers=bearer).status_code == 403


def test_the_same_is_not_sent_twice(reader: Visitor) -> None:
    first = reader.get(API, query_string=QUESTION)
    again = reader.get(API, query_string=QUESTION, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def notebooks_twin() -> Any:
    """The function of the notebook that works a what-if out with pandas."""
    notebook = json.loads((ROOT / "notebooks" / "06_trends_and_what_if.ipynb").read_text(encoding="utf-8"))
    parsed = [ast.parse("".join(cell["source"])) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    defined = [node for cell in parsed[1:] for node in cell.body if isinstance(node, ast.FunctionDef)]
    module = ast.Module(parsed[0].body + defined, type_ignores=[])
    names: dict[str, Any] = {}
    exec(compile(module, "notebook", "exec"), names)  # noqa: S102 -- ours
    return names["twin"]


@pytest.mark.thorough
@pytest.mark.parametrize("after", ["stockholm_2012/kungsholmen", "stockholm_2019"])
def test_the_twin_in_the_notebook_gives_the_same_numbers(reader: Visitor, after: str) -> None:
    query = {"before": "stockholm_2012", "after": after, "first_year": "2023", "last_year": "2023"}
    data = reader.get(API, query_string=query).get_json()
    table = notebooks_twin()(some_rows(2023, 1_200), "stockholm_2012", after)
    assert {was: row.to_dict() for was, row in table.iterrows()} == data["transitions"]


# --- the rows ---------------------------------------------------------------------------------------------------------

NOW = datetime(2025, 2, 1, tzinfo=UTC)


@pytest.fixture
def filled(database: Database) -> Database:
    with database.unit_of_work() as session:
        Histories(31, days=500).write(session, 300)
    return database


def test_a_year_is_kept_once_when_it_is_over(filled: Database) -> None:
    with filled.unit_of_work() as session:
        made = write_microaggregates(session, datetime(2024, 6, 1, tzinfo=UTC), Library())
        assert 2023 in made
        assert 2024 not in made
        before = rows_of(session, [2023])
    with filled.unit_of_work() as session:
        Histories(32, days=300).write(session, 100)
        assert 2023 not in write_microaggregates(session, datetime(2024, 6, 1, tzinfo=UTC), Library())
        assert write_microaggregates(session, NOW, Library()) == [2024]
        assert {2023, 2024} <= set(years_written(session))
        pd.testing.assert_frame_equal(rows_of(session, [2023]), before)


@pytest.mark.thorough
def test_each_young_person_counts_once_a_year_as_last_screened(filled: Database) -> None:
    with filled.unit_of_work() as session:
        write_microaggregates(session, NOW, Library())
        rows = rows_of(session, [2023])
        entries = session.execute(select(Entry.case_id, Entry.made_at).where(Entry.kind == "screening")).all()
    cases = {case for case, moment in entries if moment.astimezone().year == 2023}
    assert len(cases) - 10 <= 5 * len(rows) <= len(cases) + 10


def test_the_rows_name_nobody(filled: Database) -> None:
    with filled.unit_of_work() as session:
        write_microaggregates(session, NOW, Library())
        kept = set(rows_of(session, [2023]))
    assert {name.partition(".")[0] for name in kept} == {
        "instrument",
        "unit",
        "sex",
        "fact",
        "days",
        "item",
        "offence_window",
    }
    assert "fact.birth_date" not in kept


def test_the_database_refuses_to_change_or_remove_rows_and_altered_ones_are_found(filled: Database) -> None:
    with filled.unit_of_work() as session:
        write_microaggregates(session, NOW, Library())
    for statement in (update(TrendFives).values(year=1999), delete(TrendFives)):
        with pytest.raises(DatabaseError, match="append-only"), filled.unit_of_work() as session:
            session.execute(statement.execution_options(synchronize_session=False))
    with filled.unit_of_work() as session:
        assert altered_microaggregates(session) == []
        if filled.is_sqlite:
            session.execute(text("DROP TRIGGER trend_fives_unchanged"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(update(TrendFives).where(TrendFives.year == 2023).values(rows=b"other"))
    with filled.looking() as session:
        assert altered_microaggregates(session) == [2023]
