"""Published tables in the formats of others, each read back by a reader that is not ours."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copy
from threading import Thread
from typing import Any

import openpyxl
import pandas as pd
import pytest
import rdflib
from csvw import CSVW
from hypothesis import given, settings
from hypothesis import strategies as st
from pyjstat import pyjstat
from pyshacl import validate
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from api.frame.municipality import EXTENSION
from api.settings.municipality import Municipality
from api.store.database import Database
from api.trends.publishing import rebuild
from api.trends.reading import read_cohort
from api.trends.workbook import Cell, Sheet, write_workbook
from screening.library import Library
from tests.api.accounts.people import Clock, House, Visitor
from tests.api.accounts.test_tokens import made as made_token
from tests.api.frozen.service import house_on
from tests.api.trends.histories import LATTICE, Histories

TRENDS = "/api/v1/trends"
#: A table with numbers that are hidden, and one with combinations that are not there.
HIDING = {"measure": "recommendations", "level": "quarter", "across": "unit,outcome"}
SPARSE = {"measure": "recommendations", "level": "year", "across": "guidance,criterion,status"}
WHOSE = Municipality(
    "Exempelkommun", licence="http://creativecommons.org/publicdomain/zero/1.0/", contact="statistik@kommun.example"
)
Ask = Callable[..., TestResponse]
#: Both readers call parts of themselves that they advise others against.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyjstat"),
    pytest.mark.filterwarnings(r"ignore:(ConjunctiveGraph|Dataset\..*) is deprecated:DeprecationWarning"),
]


def publish(house: House) -> Visitor:
    with house.database.unit_of_work() as session:
        Histories(3, days=400).write(session, 160)
        house.clock.moment = house.clock.moment.replace(year=2024, month=2, day=5)
        rebuild(session, house.clock(), read_cohort(session, LATTICE, Library()))
    house.add("stina@example.se", "statistics")
    return house.logged_in("stina@example.se")


@pytest.fixture(scope="module")
def town(sqlite_with_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Visitor]]:
    folder = tmp_path_factory.mktemp("town")
    database = Database(f"sqlite:///{copy(sqlite_with_tables, folder / 'underlag.sqlite')}")
    house = house_on(database, Clock(), folder)
    house.app.extensions[EXTENSION] = WHOSE
    yield house, publish(house)
    database.close()


@pytest.fixture(scope="module")
def ask(town: tuple[House, Visitor]) -> Ask:
    _, visitor = town

    def get(table: dict[str, str], form: str, **more: str) -> TestResponse:
        answer = visitor.get(TRENDS, query_string={**table, "format": form, **more})
        assert answer.status_code == 200, answer.text
        return answer

    return get


def rows_of(data: dict[str, Any]) -> dict[tuple[str, ...], int | None]:
    names = ["period", *data["dimensions"]]
    return {tuple(row[name] for name in names): row["count"] for row in data["numbers"]}


@pytest.mark.thorough
@pytest.mark.parametrize("table", [HIDING, SPARSE], ids=["hiding", "sparse"])
def test_pyjstat_reads_every_number_and_none_that_is_hidden(ask: Ask, table: dict[str, str]) -> None:
    published = rows_of(ask(table, "json").get_json())
    dataset = pyjstat.Dataset.read(ask(table, "json-stat").text)
    (frame,) = pyjstat.from_json_stat(dataset, naming="id")
    names = [name for name in frame.columns if name != "value"]
    assert len(frame) == dataset["size"][0] * len(frame[names[1:]].drop_duplicates())
    numbers = {
        tuple(row[name] for name in names): None if pd.isna(row["value"]) else int(row["value"])
        for row in frame.to_dict("records")
    }
    assert {key: numbers[key] for key in published} == published
    assert all(numbers[key] is None for key in numbers.keys() - published.keys())


@pytest.mark.thorough
def test_a_hidden_cell_has_the_status_of_one_and_what_is_not_there_has_another(ask: Ask) -> None:
    for table, expected in ((HIDING, {"Q"}), (SPARSE, {"Q", "O"})):
        published = rows_of(ask(table, "json").get_json())
        dataset = ask(table, "json-stat").get_json()
        given = {place for place, value in enumerate(dataset["value"]) if value is None}
        assert {int(place) for place in dataset["status"]} == given
        assert set(dataset["status"].values()) >= expected
        hidden = [place for place, status in dataset["status"].items() if status == "Q"]
        assert len(hidden) == sum(count is None for count in published.values()) > 0


def test_a_file_of_the_dashboard_leads_to_the_same_numbers_for_programs(town: tuple[House, Visitor]) -> None:
    _, visitor = town
    file = visitor.get("/trends/unit_outcomes.json?level=quarter&language=en").get_json()
    again = visitor.get(file["href"]).get_json()
    assert {**again, "href": ""} == {**file, "href": ""}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_labels_are_in_the_language_that_is_asked_for(ask: Ask, language: str) -> None:
    dataset = ask(HIDING, "json-stat", language=language).get_json()
    labels = dataset["dimension"]["outcome"]["category"]["label"]
    wanted = {value.id: value.title.in_language(language) for value in LATTICE.dimension("outcome").values}
    assert labels == {code: wanted[code] for code in labels}
    assert dataset["dimension"]["unit"]["label"] == LATTICE.dimension("unit").title.in_language(language)
    assert dataset["source"].startswith("Exempelkommun")
    assert dataset["role"] == {"time": ["period"]}


def test_a_dataset_that_is_empty_is_one(ask: Ask) -> None:
    dataset = ask({**HIDING, "from": "2030-01"}, "json-stat").get_json()
    assert (dataset["size"], dataset["value"], dataset["status"]) == ([0, 0, 0], [], {})


# --- CSV on the Web --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [HIDING, SPARSE, {"measure": "intakes", "level": "month", "across": "unit"}])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_metadata_describes_the_csv_beside_it(
    ask: Ask, table: dict[str, str], language: str, tmp_path: Path
) -> None:
    answer = ask(table, "csv", language=language)
    (link,) = re.findall(r'<([^>]+)>; rel="describedby"; type="application/csvm\+json"', answer.headers["Link"])
    assert "format=csvw" in link
    metadata = ask(table, "csvw", language=language)
    assert metadata.mimetype == "application/csvm+json"
    described = metadata.get_json(force=True)
    assert "format=csv&" in described["url"] + "&"
    assert described["dc:license"] == {"@id": WHOSE.licence}
    (tmp_path / "numbers.csv").write_text(answer.text, encoding="utf-8", newline="")
    described["url"] = "numbers.csv"
    (tmp_path / "metadata.json").write_text(json.dumps(described), encoding="utf-8")
    read = CSVW(str(tmp_path / "metadata.json"), validate=True)
    assert read.is_valid, read.warnings
    published = rows_of(ask(table, "json").get_json())
    rows = [row for row in read.to_json(minimal=True) if not row["is_open"]]
    names = [column["name"] for column in described["tableSchema"]["columns"]]
    assert {tuple(row[name] for name in described["tableSchema"]["primaryKey"]): row.get("count") for row in rows} == (
        published
    )
    assert all(("count" in row) is not row["is_hidden"] for row in rows)
    assert names == next(csv.reader(io.StringIO(answer.text)))


# --- workbooks -------------------------------------------------------------------------------------------------------


def test_a_workbook_has_the_numbers_what_is_to_be_known_of_them_and_their_periods(ask: Ask) -> None:
    data = ask(HIDING, "json").get_json()
    answer = ask(HIDING, "xlsx")
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == ["Tal", "Om talen", "Perioder"]
    heading, *rows = book["Tal"].iter_rows(values_only=True)
    assert heading == ("Period", "Enhet", "Uträknat resultat", "Ärenden")
    assert [row[-1] for row in rows] == ["dolt" if row["is_hidden"] else row["count"] for row in data["numbers"]]
    assert "dolt" in {row[-1] for row in rows}
    notes = {row[0]: row[1] for row in book["Om talen"].iter_rows(values_only=True)}
    assert notes["Om talen"] == "Uträknade rekommendationer efter enhet, uträknat resultat"
    assert notes["Källa"].startswith("Exempelkommun")
    assert (notes["Licens"], notes["Kontakt"]) == (WHOSE.licence, WHOSE.contact)
    assert "ett till fyra ärenden" in notes["Vad dolt betyder"]
    assert "inte noll" in notes["Vad dolt betyder"]
    assert "stockholm_2019@1.0" in notes["Vägledningar och instrument som användes"]
    assert [row[-1] for row in book["Perioder"].iter_rows(min_row=2, values_only=True)] == [
        each["sha256"] for each in data["periods"]
    ]


def test_pandas_reads_the_workbook_and_adds_up_what_is_shown(ask: Ask) -> None:
    data = ask(HIDING, "json").get_json()
    frame = pd.read_excel(io.BytesIO(ask(HIDING, "xlsx", language="en").data))
    shown = pd.to_numeric(frame["Cases"], errors="coerce")
    assert shown.sum() == sum(row["count"] or 0 for row in data["numbers"])
    assert set(frame.loc[shown.isna(), "Cases"]) == {"hidden"}


def test_without_settings_the_notes_say_that_nothing_is_stated(town: tuple[House, Visitor], ask: Ask) -> None:
    house, _ = town
    house.app.extensions[EXTENSION] = Municipality()
    try:
        book = openpyxl.load_workbook(io.BytesIO(ask(HIDING, "xlsx").data))
    finally:
        house.app.extensions[EXTENSION] = WHOSE
    notes = {row[0]: row[1] for row in book["Om talen"].iter_rows(values_only=True)}
    assert (notes["Licens"], notes["Kontakt"]) == ("Inte angivet", "Inte angivet")


CELLS = st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.text(max_size=40))


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=30), min_size=1, max_size=6))
def test_what_is_written_in_a_workbook_is_read_from_it(rows: list[list[Cell]]) -> None:
    made = write_workbook([Sheet("A", rows, [10])], language="sv")
    assert made == write_workbook([Sheet("A", rows, [10])], language="sv")
    sheet = openpyxl.load_workbook(io.BytesIO(made))["A"]
    for number, row in enumerate(rows, start=1):
        for place, cell in enumerate(row, start=1):
            read = sheet.cell(number, place)
            assert read.data_type != "f", "nothing is a formula"
            if isinstance(cell, str):
                # XML has no control characters, and one way to end a line
                kept = re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", cell)
                assert (read.value or "") == re.sub(r"\r\n?", "\n", kept)
            else:
                assert read.value == cell
                assert type(read.value) is type(cell)


def test_a_name_that_excel_refuses_is_made_one_that_it_takes() -> None:
    made = write_workbook([Sheet("Vad: [alla]/ingen?" * 4, [["=1+1"]], [10])], language="sv")
    book = openpyxl.load_workbook(io.BytesIO(made))
    (name,) = book.sheetnames
    assert len(name) == 31
    assert not set(name) & set("[]:*?/\\")


# --- the catalogue ---------------------------------------------------------------------------------------------------

SHAPES = Path(__file__).parent / "dcat_ap_se.shapes.ttl"
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")


def read_catalogue(visitor: Visitor) -> rdflib.Graph:
    answer = visitor.get(f"{TRENDS}/catalogue", headers={"Accept": "application/ld+json"})
    assert (answer.status_code, answer.mimetype) == (200, "application/ld+json")
    return rdflib.Graph().parse(data=answer.text, format="json-ld")


def faults_of(graph: rdflib.Graph) -> set[str]:
    """The paths at which a catalogue does not have what its shapes demand."""
    conforms, report, _ = validate(graph, shacl_graph=str(SHAPES), shacl_graph_format="turtle")
    sh = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    paths = {str(path) for path in report.objects(None, sh.resultPath)}
    assert conforms is not bool(paths)
    return {path.rpartition("/")[2].rpartition("#")[2] for path in paths}


def test_the_catalogue_has_what_dcat_ap_se_demands(town: tuple[House, Visitor]) -> None:
    assert faults_of(read_catalogue(town[1])) == set()


def test_the_shapes_find_what_a_catalogue_lacks(town: tuple[House, Visitor]) -> None:
    house, visitor = town
    house.app.extensions[EXTENSION] = Municipality()
    try:
        graph = read_catalogue(visitor)
    finally:
        house.app.extensions[EXTENSION] = WHOSE
    assert faults_of(graph) == {"license", "contactPoint", "publisher"}, "nothing is made up"
    graph.remove((None, DCAT.accessURL, None))
    assert "accessURL" in faults_of(graph)


@pytest.mark.thorough
def test_the_catalogue_leads_to_every_table_that_was_published_and_to_no_other(house: House) -> None:
    visitor = publish(house)
    graph = read_catalogue(visitor)
    addresses = [str(address) for address in graph.objects(None, DCAT.accessURL)]
    assert (
        len(addresses)
        == len(set(addresses))
        == 3 * sum(len(measure.across(level)) for measure in LATTICE.measures for level in measure.levels())
    )
    for address in addresses[::23]:
        answer = visitor.get(address)
        assert answer.status_code == 200, address
        assert len(answer.data) > 100


def test_before_anything_is_published_the_catalogue_is_empty(house: House) -> None:
    house.add("stina@example.se", "statistics")
    graph = read_catalogue(house.logged_in("stina@example.se"))
    assert not list(graph.subjects(rdflib.RDF.type, DCAT.Dataset))


# --- who, and the same again -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "csvw", "json-stat", "xlsx"])
def test_the_same_is_not_sent_twice(town: tuple[House, Visitor], ask: Ask, form: str) -> None:
    tag = ask(HIDING, form).headers["ETag"]
    again = town[1].get(TRENDS, query_string={**HIDING, "format": form}, headers={"If-None-Match": tag})
    assert again.status_code == 304


def test_only_who_reads_trends_gets_them_in_any_format(town: tuple[House, Visitor]) -> None:
    house, _ = town
    house.add("adam@example.se", "administrator")
    administrator = house.logged_in("adam@example.se")
    for path in (f"{TRENDS}/catalogue", f"{TRENDS}?format=xlsx", "/trends/units.xlsx", "/trends/units.json"):
        assert administrator.get(path).status_code == 403, path
        assert house.visitor().get(path).status_code in (302, 303, 401), path


def test_an_unknown_language_is_refused(town: tuple[House, Visitor]) -> None:
    answer = town[1].get(TRENDS, query_string={**HIDING, "format": "xlsx", "language": "da"})
    assert answer.status_code == 400
    assert [(each["parameter"], each["code"]) for each in answer.get_json()["errors"]] == [("language", "not-a-choice")]


def test_the_dashboard_gives_each_of_its_tables_in_every_format(town: tuple[House, Visitor]) -> None:
    _, visitor = town
    page = visitor.get("/trends?level=quarter")
    assert page.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(visitor.get("/trends/units.xlsx?level=quarter&language=en").data))
    assert book.sheetnames[0] == "Numbers"
    assert visitor.get("/trends/units.json?level=quarter").get_json()["class"] == "dataset"
    for_programs = re.findall(r'href="(/api/v1/trends\?[^"]+)"', page.text)
    assert for_programs
    for address in for_programs[::5]:
        answer = visitor.get(address.replace("&amp;", "&"))
        assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert 'href="/api/v1/trends/catalogue"' in page.text


# --- the manual ------------------------------------------------------------------------------------------------------

MANUAL = Path(__file__).parents[3] / "api" / "manual"


@contextmanager
def served(house: House) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, house.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.thorough
@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_the_manual_shows_of_pandas_and_json_stat_runs(town: tuple[House, Visitor], language: str) -> None:
    house, visitor = town
    key = made_token(visitor, "trends:read").get_json()["token"]
    text = (MANUAL / f"numbers.{language}.md").read_text(encoding="utf-8")
    pandas, json_stat = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert json_stat.count("\n") <= 4
    with served(house) as address:
        found = []
        for block in (pandas, json_stat):
            names: dict[str, Any] = {"key": key}
            shown = block.replace("https://underlag.kommun.example", address).replace(".plot()", "")
            exec(f"import pandas as pd\nimport requests\nfrom pyjstat import pyjstat\n{shown}", names)  # noqa: S102 -- ours
            found.append(names["numbers"])
    counted, read = found
    assert counted["count"].sum() == read["value"].sum() > 0
