"""A row of a table, a single intake and a request are read one way: blanks, refusals and digest are the same."""

import csv
import io
import json
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.faults import InputError
from instruments.mapping import read_mapping
from instruments.ratings import BlankKind, read_ratings
from instruments.row_faults import RowFaults
from screening.batch.plan import make_plan
from screening.batch.preparation import Request, prepare_columns
from screening.batch.row_explanations import intake_of_row
from screening.coding import Intake, code_intake
from screening.explanation import explain
from screening.fact_reading import read_facts
from screening.facts import FactDescription
from tests.cases.reading import library
from tests.thoroughness import examples

LIBRARY = library()
DAYS = [date(2026, 11, 21), date(2026, 11, 28)]
ON = DAYS[0]
INSTRUMENT = LIBRARY.instruments.find("youth_spj", on=ON).content
SOUGHT = {"missing": "not_found", "reason": "sökt"}
#: A cell of a table, and the same in the form in which it is sent.
Cell = tuple[str, Any]


def cells_of(fact: FactDescription) -> st.SearchStrategy[Cell]:
    blanks: list[Cell] = [("", None), (" ", None), ("saknas", SOUGHT)]
    if fact.kind == "choice":
        known = st.sampled_from(list(fact.codes)).map(lambda value: (value, value))
    elif fact.kind == "date":
        known = st.dates(date(1990, 1, 1), date(2015, 1, 1)).map(lambda day: (day.isoformat(), day.isoformat()))
    elif fact.kind == "text":
        known = st.sampled_from(["Farsta", "yngre"]).map(lambda text: (text, text))
    else:
        known = st.integers(fact.domain()[0], 30).map(lambda number: (str(number), number))
    if fact.not_applicable:
        known |= st.just(("not_applicable", "not_applicable"))
    return st.sampled_from(blanks) | known


@st.composite
def rows(draw: st.DrawFn, on: date) -> dict[str, Cell]:
    dictionary = LIBRARY.facts(on)
    names = draw(st.lists(st.sampled_from(list(dictionary.by_id)), unique=True, max_size=12))
    row = {name: draw(cells_of(dictionary.by_id[name])) for name in names}
    born = row.get("birth_date", ("", None))[1]
    if isinstance(born, str) and "age" in row and isinstance(row["age"][1], int):
        row["age"] = draw(st.sampled_from([("", None), ("saknas", SOUGHT)]))  # the two must agree
    return row


def prepared_for(columns: list[str], on: date) -> Any:
    return prepare_columns(LIBRARY, columns, Request(("stockholm_2012",), on))


@settings(max_examples=examples(200), deadline=None)
@given(st.data(), st.sampled_from(DAYS), st.booleans())
def test_a_row_is_read_as_the_same_intake_sent_alone(data: Any, on: date, is_rated: bool) -> None:
    row = data.draw(rows(on))
    items = {item.id: data.draw(st.sampled_from(["", "saknas", "low", "high"])) for item in INSTRUMENT.risk_items[:2]}
    items = items if is_rated else {}
    columns = ["key", *row, *(f"item.{name}" for name in items)]
    batch = pa.record_batch(
        [["1"], *([cell] for cell, _ in row.values()), *([cell] for cell in items.values())], columns
    )
    prepared = prepared_for(columns, on)

    raw = {"items": {name: SOUGHT if cell == "saknas" else cell or None for name, cell in items.items()}}
    facts = read_facts({name: sent for name, (_, sent) in row.items()}, prepared.dictionary, on=on)
    sent = Intake(on, facts, read_ratings(raw, INSTRUMENT) if is_rated else None)
    alone = explain(prepared.bound, sent)

    of_row = explain(prepared.bound, intake_of_row(prepared, batch, 0))
    assert of_row.covered == alone.covered
    assert of_row.sha256 == alone.sha256

    rules = prepared.bound.rules
    faults = RowFaults()
    coded = prepared._reader.read(batch, lambda place: place + 1, faults)
    columns_of_one = coded.columns(rules)
    coding = code_intake(rules, sent)
    for name in (*rules.fact_names, *(f"item.{item.id}" for item in INSTRUMENT.items)):
        assert int(rules.column(name, columns_of_one)[0]) == rules.code(name, coding.intake), name
        was_sought = bool(name in coded.not_found and coded.not_found[name][0])
        assert was_sought == (coding.blanks.get(name) == BlankKind.NOT_FOUND), name


@pytest.mark.parametrize(
    ("born", "age", "kind"),
    [
        ("saknas", None, "not_found"),
        ("saknas", "", "not_found"),
        ("", "saknas", "not_found"),
        ("saknas", "saknas", "not_found"),
        ("", "", "not_asked"),
        ("2010-01-01", "saknas", None),
        ("saknas", "16", None),
    ],
)
def test_an_age_that_was_looked_for_in_vain_is_not_asked_for(born: str, age: str | None, kind: str | None) -> None:
    for order in (["birth_date", "age"], ["age", "birth_date"]):
        names = [name for name in order if name == "birth_date" or age is not None]
        cells = {"birth_date": born, "age": age}
        batch = pa.record_batch([["1"], *([cells[name]] for name in names)], ["key", *names])
        prepared = prepared_for(["key", *names], ON)
        coded = prepared._reader.read(batch, lambda place: place + 1, RowFaults())
        explanation = explain(prepared.bound, intake_of_row(prepared, batch, 0))
        assert bool(coded.not_found["age"][0] if "age" in coded.not_found else False) == (kind == "not_found")
        blank = explanation.coding.blanks.get("age")
        assert (blank.value if blank else None) == kind
        asked = [question.name for question in explanation.questions]
        assert ("age" in asked) == (kind == "not_asked")


# --- refusals ---

REFUSED = {
    "KON": "never-an-input",
    "Kön": "never-an-input",
    unicodedata.normalize("NFD", "kön"): "never-an-input",
    unicodedata.normalize("NFD", "JURIDISKT_KÖN"): "never-an-input",
    "Foto": "never-an-input",
    "First Name": "never-an-input",
    "youth_sex": "never-an-input",
    "FÖDELSELAND": "never-an-input",
    "Outcome": "derived-fact",
    "risk_Count": "derived-fact",
}


def codes_when_sent(name: str) -> set[str]:
    with pytest.raises(InputError) as caught:
        read_facts({name: "x"}, LIBRARY.facts(ON), on=ON)
    return {fault.code for fault in caught.value.faults}


def codes_in_a_table(name: str) -> set[str]:
    with pytest.raises(InputError) as caught:
        make_plan(["key", name], INSTRUMENT, LIBRARY.facts(ON), None)
    return {fault.code for fault in caught.value.faults}


def codes_in_a_mapping(name: str, folder: Path) -> set[str]:
    path = folder / "mapping.yaml"
    path.write_text(
        f"instrument: youth_spj\nkey: id\nfacts:\n  {json.dumps(name, ensure_ascii=False)}: x\n", encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        make_plan(["id", "x"], INSTRUMENT, LIBRARY.facts(ON), read_mapping(path))
    return {fault.code for fault in caught.value.faults}


@pytest.mark.parametrize(("name", "code"), REFUSED.items(), ids=ascii)
def test_a_name_is_refused_alike_wherever_it_stands(name: str, code: str, tmp_path: Path) -> None:
    assert codes_when_sent(name) == {code}
    assert codes_in_a_table(name) == {code}
    assert codes_in_a_mapping(name, tmp_path) == {code}


@settings(max_examples=examples(100), deadline=None)
@given(
    name=st.sampled_from([refused.id for refused in LIBRARY.facts(ON).refused]),
    spell=st.sampled_from([str.upper, str.title, lambda text: unicodedata.normalize("NFD", text)]),
)
def test_no_spelling_of_a_refused_name_is_only_unknown(name: str, spell: Any) -> None:
    assert codes_when_sent(spell(name)) == codes_in_a_table(spell(name)) == codes_when_sent(name)


@pytest.mark.parametrize("name", ["x" * 100_000, "sex_" * 50_000 + "sex", "a b " * 50_000])
def test_a_very_long_name_is_not_echoed_whole(name: str) -> None:
    for sent in ({name: "x"}, {"gang_ties": {"value": "none", name: 1}}, {"gang_ties": name}):
        with pytest.raises(InputError) as caught:
            read_facts(sent, LIBRARY.facts(ON), on=ON)
        for fault in caught.value.faults:
            assert len(fault.where) < 200
            assert all(len(str(value)) < 200 for key, value in fault.parameters.items() if key != "known")
    with pytest.raises(InputError) as caught:
        read_ratings({"items": {name: "low"}, name: 1}, INSTRUMENT)
    assert all(len(fault.where) < 200 for fault in caught.value.faults)


def test_a_window_without_a_count_is_refused_in_a_table_too() -> None:
    table = io.StringIO("key,offence_count,offence_count.window_months\n1,,12\n2,3,12\n3,saknas,24\n4,,\n")
    header, *lines = list(csv.reader(table))
    batch = pa.record_batch([list(column) for column in zip(*lines, strict=True)], header)
    faults = RowFaults()
    prepared_for(header, ON)._reader.read(batch, lambda place: place + 1, faults)
    with pytest.raises(InputError) as caught:
        faults.raise_if_any()
    assert [(fault.code, fault.where) for fault in caught.value.faults] == [
        ("window-without-count", "row 1, column offence_count.window_months"),
        ("window-without-count", "row 3, column offence_count.window_months"),
    ]
