"""A table gives the same answers as its rows one by one, in its own order, whole or not at all."""

import csv
import json
import random
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.faults import InputError
from instruments.mapping import read_mapping
from instruments.model import Instrument
from instruments.ratings import BLANK, read_ratings
from instruments.row_faults import RowFaults
from instruments.table_files import open_table
from instruments.tables import Chunk
from screening.asking.questions import ask
from screening.batch import row_explanations, row_keys
from screening.batch.coded_rows import CodedRows
from screening.batch.pipeline import Explainer, result_batch, screen_part, screen_table, statuses_of_table
from screening.batch.preparation import Preparation, Request, prepare_columns
from screening.batch.row_explanations import ExplanationFiles, intake_of_row
from screening.batch.row_questions import RowQuestions
from screening.coding import Intake
from screening.evaluation import decide, decide_columns
from screening.explanation import explain
from screening.fact_reading import read_facts
from screening.truth import WORDS
from tests.screening.batches import (
    CATALONIA,
    LIBRARY,
    ON,
    REAL,
    codes,
    faults_of,
    needs_real,
    prepared_for,
    rows_of,
    say,
    screen,
    write_csv,
    write_parquet,
)
from tests.screening.brute_force import Known
from tests.screening.strategies import Case, in_columns, on_small_guidances
from tests.thoroughness import examples

FACTS = LIBRARY.facts(ON)
YOUTH = LIBRARY.instruments.find("youth_spj", on=ON).content
OWN_BEHAVIOUR = {f"item.{item.id}": "high" for item in YOUTH.own_behaviour_items}
PROTECTIVE = {f"item.{item.id}": "absent" for item in YOUTH.protective_items}
SUPPORTED = {
    "key": "a",
    "age": 16,
    "recruitment_risk": "yes",
    "offence_count": 4,
    "reoffending_risk": "high",
    **OWN_BEHAVIOUR,
    **PROTECTIVE,
}


# A table and its rows one by one.


def any_intake(draw: random.Random, instrument: Instrument, *, is_rated: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Facts and items of one intake in their JSON form, about half of them blank."""
    part_blank = draw.choice([0.1, 0.4, 0.8])
    facts: dict[str, Any] = {}
    for fact in FACTS.facts:
        if fact.kind == "date" or draw.random() < part_blank:
            continue
        if fact.kind == "text":
            facts[fact.id] = draw.choice(["Farsta", "Årsta"])
            continue
        if draw.random() < 0.15:
            facts[fact.id] = {"missing": "not_found", "reason": "x"}
            continue
        value = draw.choice([each.id for each in fact.values] or [*range(2, 5), *range(11, 31), 119, 120, 121, 999])
        if fact.range is not None:
            value = min(max(value, fact.range[0]), fact.range[1])
        if fact.not_applicable and draw.random() < 0.3:
            value = "not_applicable"
        facts[fact.id] = {"value": value}
        if draw.random() < 0.5:
            facts[fact.id]["observed_on"] = (ON - timedelta(days=draw.choice([0, 29, 30, 31, 400]))).isoformat()
        if fact.kind == "offences" and draw.random() < 0.6:
            facts[fact.id]["window_months"] = draw.choice([1, 12, 24, 36, 1200, "ever"])
    if draw.random() < 0.3:
        facts.pop("age", None)
        facts["birth_date"] = (ON - timedelta(days=draw.randrange(40 * 365))).isoformat()
    items: dict[str, Any] = {}
    part_blank = draw.random() * 0.6
    for item in instrument.items if is_rated else ():
        place = draw.random()
        if place < part_blank:
            continue
        not_found = {"missing": "not_found", "reason": "x"}
        items[item.id] = not_found if place < part_blank + 0.05 else draw.choice(instrument.levels(item))
    return facts, items


def as_cell(told: Any) -> str:
    if isinstance(told, dict):
        return "saknas" if "missing" in told else str(told["value"])
    return "" if told is None else str(told)


def as_row(facts: dict[str, Any], items: dict[str, Any], instrument: Instrument, *, is_rated: bool) -> dict[str, str]:
    row = {}
    for fact in FACTS.facts:
        told = facts.get(fact.id)
        row[fact.id] = as_cell(told)
        if fact.kind not in ("date", "text"):
            row[f"{fact.id}.observed_on"] = told.get("observed_on", "") if told else ""
    row["offence_count.window_months"] = str((facts.get("offence_count") or {}).get("window_months", ""))
    if is_rated:
        row.update({f"item.{item.id}": as_cell(items.get(item.id)) for item in instrument.items})
    return row


@settings(max_examples=examples(20))
@given(st.sampled_from(LIBRARY.names()), st.booleans(), st.randoms(use_true_random=False))
def test_a_table_gives_what_its_rows_give_one_by_one(guidance: str, is_rated: bool, draw: random.Random) -> None:
    instrument = LIBRARY.bind(guidance, on=ON).rules.instrument
    intakes = [any_intake(draw, instrument, is_rated=is_rated) for _ in range(20)]
    rows = [as_row(facts, items, instrument, is_rated=is_rated) for facts, items in intakes]
    batch = pa.RecordBatch.from_pylist([{"key": str(place), **row} for place, row in enumerate(rows)])
    prepared = prepare_columns(LIBRARY, batch.schema.names, Request((guidance,), ON))
    for place, (row, (facts, items)) in enumerate(zip(screened(prepared, batch), intakes, strict=True)):
        ratings = read_ratings({"items": items}, instrument) if is_rated else None
        explained = explain(prepared.bound, Intake(ON, read_facts(facts, FACTS, on=ON), ratings))
        statuses = {f"criterion.{node.name}": explained.status(node) for node in prepared.bound.rules.criteria}
        assert row == {
            "key": str(place),
            "outcome": explained.outcome,
            "gate": explained.gate.overall.word,
            "flags": " ".join(explained.flags),
            **statuses,
            "open_questions": " ".join(question.name for question in explained.questions),
        }
        # The explanation that is written for the row is that of the same intake.
        assert explain(prepared.bound, intake_of_row(prepared, batch, place)).sha256 == explained.sha256


def screened(prepared: Preparation, batch: pa.RecordBatch) -> list[dict[str, Any]]:
    faults = RowFaults()
    keys, rows = prepared.read(Chunk(batch, 0), faults)
    faults.raise_if_any()
    decided = prepared.decide(prepared.bound, rows)
    return result_batch(prepared.bound, keys, decided, prepared.questions(rows, decided)).to_pylist()


@on_small_guidances(guidances=150)
def test_rows_that_are_alike_have_the_open_questions_of_each(case: Case, cohort: list[Known]) -> None:
    """Also where a guidance uses an input twice, and where blanks were looked for in vain."""
    draw = random.Random(len(cohort[0].values))  # noqa: S311
    cohort = [draw.choice(cohort) for _ in range(20)]
    columns = in_columns(cohort, case, with_windows=True)
    names = [name for name in case.rules.inputs if draw.random() < 0.5]
    not_found = {name: (case.rules.column(name, columns) == BLANK) & coins(draw, len(cohort)) for name in names}
    rows = CodedRows(columns.facts, columns.items, columns.on, not_found, {}, columns.offence_window)
    texts = RowQuestions(case.rules, is_rated=False).find(rows, columns, decide_columns(case.rules, columns))
    for place, text in enumerate(texts.to_pylist()):
        intake = columns.intake(place)
        vain = [name for name, mask in not_found.items() if mask[place]]
        questions = ask(case.rules, intake, decide(case.rules, intake), vain).questions
        assert text == " ".join(question.name for question in questions)


def coins(draw: random.Random, number: int) -> np.ndarray[Any, Any]:
    return np.array([draw.random() < 0.5 for _ in range(number)])


def test_the_statuses_of_a_table_in_memory_come_as_numbers() -> None:
    batch = pa.RecordBatch.from_pylist([{**SUPPORTED, "age": age} for age in (11, 12, None)])
    prepared = prepare_columns(LIBRARY, batch.schema.names, Request(("stockholm_2012",), ON))
    truths = statuses_of_table(prepared, batch)
    assert truths.dtype == np.int8
    assert truths[prepared.bound.rules.by_name["age"].position].tolist() == [0, 2, 1]
    with pytest.raises(InputError):
        statuses_of_table(prepared, pa.RecordBatch.from_pylist([{**SUPPORTED, "age": 121}]))


# What comes out.


def test_the_columns_of_the_result_are_those_of_the_contract(tmp_path: Path) -> None:
    screen(write_csv(tmp_path / "in.csv", [SUPPORTED]), tmp_path / "out.csv")
    [row] = rows_of(tmp_path / "out.csv")
    criteria = [f"criterion.{node.name}" for node in LIBRARY.bind("stockholm_2012", on=ON).rules.criteria]
    assert list(row) == ["key", "outcome", "gate", "flags", *criteria, "open_questions"]
    assert (row["key"], row["outcome"], row["gate"], row["flags"]) == ("a", "supports_offer", "unknown", "")
    assert {row[name] for name in criteria} <= set(WORDS)


def test_flags_and_open_questions_stand_with_spaces_between(tmp_path: Path) -> None:
    row = {**SUPPORTED, "age": 11, "current_threat": "yes", "gang_ties": "confirmed", "coordinated_need": "no"}
    asked = {
        **SUPPORTED,
        "key": "b",
        "recruitment_risk": "",
        "current_threat": "",
        "gang_ties": "",
        "coordinated_need": "",
    }
    screen(write_csv(tmp_path / "in.csv", [row, asked]), tmp_path / "out.csv")
    first, second = rows_of(tmp_path / "out.csv")
    assert first["flags"] == "safety_first other_track outside_design_age stigma_caution"
    assert second["open_questions"] == "recruitment_risk leave_support_need motivation_to_leave"


def test_the_summary_counts_the_rows_by_outcome(tmp_path: Path) -> None:
    rows = [{**SUPPORTED, "key": key, "age": age} for key, age in (("a", 16), ("b", 30), ("c", ""), ("d", 29))]
    summary = screen(write_csv(tmp_path / "in.csv", rows), tmp_path / "out.csv")
    assert summary.outcomes == {"not_target_group": 1, "more_information_needed": 1, "supports_offer": 2}
    assert (summary.rows, summary.ignored) == (4, ())
    assert "stockholm_2012@1.0" in summary.definitions


def test_the_order_of_the_rows_is_kept(tmp_path: Path) -> None:
    keys = [f"{number * 7919 % 5000:04d}" for number in range(5000)]
    screen(write_csv(tmp_path / "in.csv", [{"key": key, "age": "16"} for key in keys]), tmp_path / "out.parquet")
    assert [row["key"] for row in rows_of(tmp_path / "out.parquet")] == keys


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_every_kind_of_file_gives_the_same(ending: str, tmp_path: Path) -> None:
    rows = [{**SUPPORTED, "key": key, "age": age} for key, age in (("å", "16"), ('b"c', "30"), ("d,e;f\tg", "saknas"))]
    screen(write_csv(tmp_path / "in.csv", rows), tmp_path / "expected.parquet")
    source = tmp_path / f"again.{ending}"
    if ending == "parquet":
        write_parquet(source, {name: [str(row[name]) for row in rows] for name in rows[0]})
    else:
        write_csv(source, rows, "\t" if ending == "tsv" else ";")
    for output in ("csv", "tsv", "parquet"):
        screen(source, tmp_path / f"out.{output}")
        delimiter = "\t" if output == "tsv" else ";" if ending == "csv" else "\t" if ending == "tsv" else ","
        assert rows_of(tmp_path / f"out.{output}", delimiter) == rows_of(tmp_path / "expected.parquet")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a byte order mark", "\ufeffkey,age\n1,16\n"),
        ("line ends of Windows", "key,age\r\n1,16\r\n"),
        ("no last line end", "key,age\n1,16"),
        ("empty lines", "\n\nkey,age\n\n1,16\n\n\n"),
        ("semicolons", "key;age\n1;16\n"),
        ("tabs", "key\tage\n1\t16\n"),
        ("quotation marks", '"key","age"\n"1","16"\n'),
        ("spaces around a cell", "key,age\n1, 16 \n"),
        ("a decimal point, as some programs write whole numbers beside blanks", "key,age\n1,16.0\n"),
    ],
)
def test_a_csv_file_may_have(name: str, content: str, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(content.encode())
    screen(path, tmp_path / "out.parquet")
    [row] = rows_of(tmp_path / "out.parquet")
    assert (row["key"], row["criterion.age"]) == ("1", "met")


def test_a_key_with_a_line_break_stays_one_cell(tmp_path: Path) -> None:
    screen(
        write_csv(tmp_path / "in.csv", [{"key": 'a\n"b"', "age": 16}, {"key": "c", "age": 17}]), tmp_path / "out.csv"
    )
    assert [row["key"] for row in rows_of(tmp_path / "out.csv")] == ['a\n"b"', "c"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_a_key_that_a_spreadsheet_would_run_gets_an_apostrophe(sign: str, tmp_path: Path) -> None:
    key = f"{sign}cmd|' /C calc'!A0"
    path = write_parquet(tmp_path / "in.parquet", {"key": [key, "a=b"], "age": [16, 17]})
    screen(path, tmp_path / "out.csv")
    assert [row["key"] for row in rows_of(tmp_path / "out.csv")] == [f"'{key}", "a=b"]
    screen(path, tmp_path / "out.parquet")  # nothing runs there, so the key stays what it is
    assert [row["key"] for row in rows_of(tmp_path / "out.parquet")] == [key, "a=b"]


def test_keys_may_be_whole_numbers(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "in.parquet", {"key": pa.array([3, 1, 2], pa.int64()), "age": ["16", None, "30"]})
    screen(path, tmp_path / "out.parquet")
    assert pq.read_schema(tmp_path / "out.parquet").field("key").type == pa.int64()
    screen(path, tmp_path / "out.csv")
    assert [row["key"] for row in rows_of(tmp_path / "out.csv")] == ["3", "1", "2"]


def test_int8_columns_may_hold_codes_as_they_are(tmp_path: Path) -> None:
    """-1 not asked, -2 not applicable, -3 not found; a null is not asked, too."""
    cells = {
        "key": ["a", "b", "c", "d", "e"],
        "reoffending_risk": pa.array([2, 1, -1, -3, None], pa.int8()),
        "institution_release_within_months": pa.array([6, 7, -1, -2, -3], pa.int8()),
        "age": pa.array([16, 120, -1, -3, None], pa.int8()),
    }
    packed = write_parquet(tmp_path / "packed.parquet", cells)
    screen(packed, tmp_path / "out.csv")
    rows = rows_of(tmp_path / "out.csv")
    assert [row["criterion.reoffending_risk"] for row in rows] == ["met", "not_met", *["unknown"] * 3]
    assert [row["criterion.age"] for row in rows] == ["met", "not_met", *["unknown"] * 3]
    assert [row["flags"] for row in rows] == ["release_prompt", "", "", "", ""]
    words = {
        "reoffending_risk": ["high", "moderate", "", "saknas", ""],
        "institution_release_within_months": ["6", "7", "", "not_applicable", "saknas"],
        "age": ["16", "120", "", "saknas", ""],
    }
    write_parquet(tmp_path / "words.parquet", {"key": cells["key"], **words})
    screen(tmp_path / "words.parquet", tmp_path / "expected.csv")
    assert rows == rows_of(tmp_path / "expected.csv")


@pytest.mark.parametrize("wrong", [3, -4, 127])
def test_a_packed_code_off_the_scale_is_refused(wrong: int, tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "in.parquet", {"key": ["a"], "reoffending_risk": pa.array([wrong], pa.int8())})
    assert codes(faults_of(path, tmp_path / "out.csv")) == [("cell-off-scale", "row 1, column reoffending_risk")]


def test_ratings_show_in_no_open_question_before_the_summary_rating_is_there(tmp_path: Path) -> None:
    """The order of the questions would tell what the items count up to."""
    items = {name: level for name, level in OWN_BEHAVIOUR.items() if name != "item.substance_use"}
    lower = dict.fromkeys(items, "low")
    rows = [
        {"key": "rated", "reoffending_risk": "high", "item.substance_use": "", **items},
        {"key": "not rated", "reoffending_risk": "", "item.substance_use": "", **items},
        {"key": "not rated, other items", "reoffending_risk": "", "item.substance_use": "", **lower},
    ]
    screen(write_csv(tmp_path / "in.csv", rows), tmp_path / "out.csv")
    questions = [row["open_questions"].split() for row in rows_of(tmp_path / "out.csv")]
    assert "item.substance_use" not in questions[0]  # six of eleven are there
    assert "item.substance_use" in questions[1]
    assert questions[1] == questions[2]


def test_a_table_without_ratings_is_outside_no_instruments_ages(tmp_path: Path) -> None:
    screen(write_csv(tmp_path / "in.csv", [{"key": "a", "age": 29}]), tmp_path / "bare.csv")
    screen(write_csv(tmp_path / "in.csv", [{"key": "a", "age": 29, "item.substance_use": ""}]), tmp_path / "rated.csv")
    assert [row["flags"] for row in rows_of(tmp_path / "bare.csv")] == [""]
    assert [row["flags"] for row in rows_of(tmp_path / "rated.csv")] == ["outside_design_age"]


def test_another_instrument_can_be_named(tmp_path: Path) -> None:
    item = LIBRARY.instruments.find("young_adult_spj", on=ON).content.items[0].id
    path = write_csv(tmp_path / "in.csv", [{"key": "a", "age": 20, f"item.{item}": "high"}])
    summary = screen(path, tmp_path / "out.csv", instrument="young_adult_spj")
    assert "young_adult_spj@1.0" in summary.definitions


# What is refused.


@pytest.mark.parametrize(
    ("content", "code", "where"),
    [
        ("", "empty-table", "in.csv"),
        ("\n \n", "empty-table", "in.csv"),
        ("key,age\n", "no-rows", "in.csv"),
        ("key,age", "no-rows", "in.csv"),
        ("key,age\n1,16\n2\n", "ragged-row", "row 2"),
        ("key,age\n1,16\n2,16,17\n", "ragged-row", "row 2"),
        ("key,age\n1,1\x006\n", "nul-byte", "in.csv, line 2"),
        ("key,age,age\n1,16,16\n", "repeated-column", "column age"),
        ("age\n16\n", "no-key-column", ""),
        ("key,item.substance_abuse\n1,high\n", "unknown-column-near", "column item.substance_abuse"),
        ("key,shoe_size\n1,41\n", "unknown-columns", ""),
        ("key,risk_total\n1,12\n", "derived-fact", "column risk_total"),
        ("key,sex\n1,male\n", "never-an-input", "column sex"),
        ("key,Födelseland\n1,x\n", "never-an-input", "column Födelseland"),
        ("key,age.observed_on\n1,\n", "column-without-its-fact", "column age.observed_on"),
        ("key,offence_count.window_months\n1,\n", "column-without-its-fact", "column offence_count.window_months"),
        ("key,item.substance_use\n1,severe\n", "cell-off-scale", "row 1, column item.substance_use"),
        ("key,item.substance_use\n1,High\n", "cell-off-scale", "row 1, column item.substance_use"),
        ("key,gang_ties\n1,none\n2,maybe\n", "cell-off-scale", "row 2, column gang_ties"),
        ("key,age\n1,-1\n", "cell-off-range", "row 1, column age"),
        ("key,age\n1,121\n", "cell-off-range", "row 1, column age"),
        ("key,age\n1,15.5\n", "cell-off-range", "row 1, column age"),
        ("key,age\n1,fifteen\n", "cell-off-range", "row 1, column age"),
        ("key,age\n1,９\n", "cell-off-range", "row 1, column age"),
        ("key,offence_count\n1,1000\n", "cell-off-range", "row 1, column offence_count"),
        (
            "key,offence_count,offence_count.window_months\n1,,12\n",
            "window-without-count",
            "row 1, column offence_count.window_months",
        ),
        (
            "key,offence_count,offence_count.window_months\n1,3,0\n",
            "bad-window",
            "row 1, column offence_count.window_months",
        ),
        ("key,birth_date\n1,2010-02-30\n", "impossible-date", "row 1, column birth_date"),
        ("key,birth_date\n1,30/3/2010\n", "impossible-date", "row 1, column birth_date"),
        ("key,birth_date\n1,2026-11-22\n", "date-in-future", "row 1, column birth_date"),
        ("key,birth_date\n1,1890-01-01\n", "impossible-birth-date", "row 1, column birth_date"),
        ("key,age,birth_date\n1,15,1986-05-01\n", "age-disagrees", "row 1, column age"),
        ("key,birth_date,age\n1,1986-05-01,15\n", "age-disagrees", "row 1, column age"),
        (
            "key,gang_ties,gang_ties.observed_on\n1,none,2027-01-01\n",
            "date-in-future",
            "row 1, column gang_ties.observed_on",
        ),
        (f"key,district\n1,{'x' * 100_000}\n", "text-too-long", "row 1, column district"),
        (f"key,gang_ties\n1,{'x' * 100_000}\n", "text-too-long", "row 1, column gang_ties"),
        (f"key,age\n{'x' * 100_000},16\n", "key-too-long", "row 1, column key"),
        ("key,age\n1,16\n ,17\n", "key-missing", "row 2, column key"),
        ("key,age\n1,16\n2,17\n1,18\n", "repeated-row-key", "row 3, column key"),
        ('key,age\n"1,16\n2,17\n', "quotation-never-ends", "in.csv"),
        ('key,district\n1,"Farsta\n2,Solna\n', "quotation-never-ends", "in.csv"),
    ],
)
def test_a_table_is_refused_with_what_and_where(content: str, code: str, where: str, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(content.encode())
    assert (code, where) in codes(faults_of(path, tmp_path / "out.csv"))


@pytest.mark.parametrize(
    ("content", "line", "guess"),
    [
        ("key,district\n1,Farsta\n2,Årsta\n".encode("latin-1"), 3, "Latin-1 (Windows-1252)"),
        ("key,age\n1,16\n".encode("utf-16"), 1, "UTF-16"),
        (b"key,age\n1,16\n2,\xc3", 3, "Latin-1 (Windows-1252)"),
    ],
)
def test_another_encoding_is_named(content: bytes, line: int, guess: str, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    [fault] = faults_of(path, tmp_path / "out.csv")
    assert (fault.code, fault.where, fault.parameters) == ("table-not-utf8", f"in.csv, line {line}", {"guess": guess})


@pytest.mark.parametrize(
    ("column", "code"),
    [
        (pa.array([[1, 2]]), "column-type"),
        (pa.array([b"x"]), "column-type"),
        (pa.array(["\udc00".encode("utf-8", "surrogatepass")]).cast(pa.string(), safe=False), "text-unreadable"),
    ],
)
def test_a_parquet_column_that_holds_no_single_readable_values_is_refused(
    column: pa.Array, code: str, tmp_path: Path
) -> None:
    path = write_parquet(tmp_path / "in.parquet", {"key": ["a"], "gang_ties": column})
    assert [fault.code for fault in faults_of(path, tmp_path / "out.csv")] == [code]


@pytest.mark.parametrize("keys", [pa.array([1.5]), pa.array([True]), pa.array([ON])])
def test_a_key_is_text_or_a_whole_number(keys: pa.Array, tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "in.parquet", {"key": keys, "age": [16]})
    assert codes(faults_of(path, tmp_path / "out.csv")) == [("key-type", "column key")]


@pytest.mark.parametrize("kept", [0, 4, 100, -100, -1])
def test_a_parquet_file_that_was_cut_off_is_refused(kept: int, tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "in.parquet", {"key": [str(n) for n in range(500)], "age": [16] * 500})
    path.write_bytes(path.read_bytes()[:kept] if kept else b"")
    [fault] = faults_of(path, tmp_path / "out.csv")
    assert (fault.code, fault.where) == ("parquet-unreadable" if kept else "empty-table", "in.parquet")


def test_a_parquet_file_that_is_damaged_inside_is_refused(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "in.parquet", {"key": [str(n) for n in range(500)], "age": [16] * 500})
    content = bytearray(path.read_bytes())
    content[4:400] = bytes(396)
    path.write_bytes(content)
    assert codes(faults_of(path, tmp_path / "out.csv")) == [("parquet-unreadable", "in.parquet")]


def test_a_parquet_file_without_rows_is_refused(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "in.parquet", {"key": pa.array([], pa.string())})
    assert codes(faults_of(path, tmp_path / "out.csv")) == [("no-rows", "in.parquet")]


@pytest.mark.parametrize(("name", "code"), [("in.xlsx", "unknown-file-type"), ("none.csv", "no-such-file")])
def test_a_file_that_is_none_of_ours_is_refused(name: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "in.xlsx").write_bytes(b"PK")
    assert [fault.code for fault in faults_of(tmp_path / name, tmp_path / "out.csv")] == [code]


def test_a_hundred_faults_are_told_and_the_rest_counted(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "in.csv", [{"key": number, "age": "x", "gang_ties": "y"} for number in range(80)])
    faults = faults_of(path, tmp_path / "out.csv")
    assert len(faults) == 101
    assert faults[-1].parameters == {"count": 60}
    rows = [int(fault.where.split()[1].strip(",")) for fault in faults[:-1]]
    assert rows == sorted(rows)


def test_faults_of_every_kind_are_told_at_once_by_row(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("key,age,gang_ties\n1,16,none\n2,16\n3,x,none\n4,16,y\n,16,none\n", encoding="utf-8")
    assert codes(faults_of(path, tmp_path / "out.csv")) == [
        ("ragged-row", "row 2"),
        ("cell-off-range", "row 3, column age"),
        ("cell-off-scale", "row 4, column gang_ties"),
        ("key-missing", "row 5, column key"),
    ]


def test_a_result_that_was_there_stays_when_the_new_one_fails(tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    output.write_text("what was there", encoding="utf-8")
    faults_of(write_csv(tmp_path / "in.csv", [{"key": "1", "age": "x"}]), output)
    assert output.read_text(encoding="utf-8") == "what was there"


def test_a_refused_value_is_cut_short_and_holds_no_control_signs(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "in.csv", [{"key": "1", "gang_ties": "\x1b[31m" + "x" * 5000}])
    [fault] = faults_of(path, tmp_path / "out.csv")
    assert "\x1b" not in str(fault.parameters["value"])
    assert len(str(fault.parameters["value"])) == 80


# Keys, chunk by chunk.


def test_a_key_is_found_again_in_another_chunk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("instruments.parquet_table.CHUNK_ROWS", 64)
    keys = [f"p{number}" for number in range(1000)]
    keys[777], keys[999] = "p5", "p5"
    path = write_parquet(tmp_path / "in.parquet", {"key": keys, "age": [16] * 1000})
    faults = faults_of(path, tmp_path / "out.csv")
    assert codes(faults) == [("repeated-row-key", "row 778, column key"), ("repeated-row-key", "row 1000, column key")]
    assert [fault.parameters for fault in faults] == [{"key": "p5", "first": 6}] * 2


def test_keys_with_the_same_hash_are_not_taken_for_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def poor_hash(keys: pa.Array) -> row_keys.Hashes:
        return np.zeros(len(keys), dtype=np.uint64)

    monkeypatch.setattr(row_keys, "hash_keys", poor_hash)
    monkeypatch.setattr("screening.batch.pipeline.hash_keys", poor_hash)
    path = write_csv(tmp_path / "in.csv", [{"key": key, "age": 16} for key in "abcdefgh"])
    assert screen(path, tmp_path / "out.csv").rows == 8


@given(st.lists(st.text(max_size=40), unique=True, max_size=50))
def test_hashes_differ_where_keys_do(keys: list[str]) -> None:
    keys = [key for key in keys if not any("\ud800" <= sign <= "\udfff" for sign in key)]
    hashes = row_keys.hash_keys(pa.array(keys, pa.string()))
    assert len(set(hashes.tolist())) == len(keys)
    sliced = pa.array(["x", *keys], pa.string())[1:]
    assert row_keys.hash_keys(sliced).tolist() == hashes.tolist()


def test_a_large_table_is_read_in_small_chunks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("instruments.csv_table.BLOCK_BYTES", 4096)
    path = write_csv(tmp_path / "in.csv", [{"key": f"p{number:06d}", "age": 16} for number in range(20_000)])
    table = open_table(path)
    chunks = [(chunk.first_row, len(chunk.batch)) for chunk in table.read(["key", "age"], "key", RowFaults())]
    assert max(rows for _, rows in chunks) < 400
    assert [first for first, _ in chunks] == np.cumsum([0, *(rows for _, rows in chunks)])[:-1].tolist()


def test_the_rows_of_faults_are_right_in_every_chunk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("instruments.csv_table.BLOCK_BYTES", 512)
    lines = [f"p{number:04d},16" for number in range(1, 501)]
    for row in (3, 140, 141, 400):
        lines[row - 1] += ",too much"
    for row in (4, 139, 142, 499):
        lines[row - 1] = f"p{row:04d},x"
    path = tmp_path / "in.csv"
    path.write_text("key,age\n" + "\n".join(lines) + "\n", encoding="utf-8")
    told = [fault.where.removesuffix(", column age") for fault in faults_of(path, tmp_path / "out.csv")]
    assert told == [f"row {row}" for row in (3, 4, 139, 140, 141, 142, 400, 499)]


# Explanations.


def explain_into(place: Path, rows: int, tmp_path: Path) -> Path | None:
    path = write_csv(tmp_path / "in.csv", [{**SUPPORTED, "key": f"p{row}"} for row in range(rows)])
    prepared, table = prepared_for(path), open_table(path)
    parts = screen_part(prepared, table, explainer=Explainer(LIBRARY, "underlag test"))
    return screen_table(prepared, table, tmp_path / "out.csv", parts, explanations=place).explanations


def test_few_rows_have_a_file_each_in_a_folder(tmp_path: Path) -> None:
    place = explain_into(tmp_path / "why", 11, tmp_path)
    assert place == tmp_path / "why"
    names = sorted(path.name for path in place.iterdir())
    assert names == [f"{row:02d}.json" for row in range(1, 12)]
    told = json.loads((place / "11.json").read_text(encoding="utf-8"))
    assert (told["key"], told["outcome"], told["reference_date"]) == ("p10", "supports_offer", "2026-11-21")
    assert told["criteria"][0]["text"].keys() == {"sv", "en"}


def test_the_files_of_few_rows_are_written_as_they_are_wanted(tmp_path: Path) -> None:
    prepared, table = prepared_for(path := write_csv(tmp_path / "in.csv", [SUPPORTED])), open_table(path)
    parts = screen_part(prepared, table, explainer=Explainer(LIBRARY, "underlag test"))
    form = row_explanations.Form("md", lambda told: f"# {told['key']}\n")
    screen_table(prepared, table, tmp_path / "out.csv", parts, explanations=tmp_path / "why", explained_as=form)
    assert (tmp_path / "why" / "1.md").read_text(encoding="utf-8") == f"# {SUPPORTED['key']}\n"


def test_many_rows_have_one_file_with_a_line_each(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(row_explanations, "MOST_FILES", 3)
    place = explain_into(tmp_path / "why", 4, tmp_path)
    assert place == tmp_path / "why.jsonl"
    lines = place.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["key"] for line in lines] == ["p0", "p1", "p2", "p3"]
    assert explain_into(tmp_path / "other.jsonl", 2, tmp_path) == tmp_path / "other.jsonl"


def test_explanations_never_take_the_place_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "why").mkdir()
    for place, code in (("why", "place-is-taken"), ("none/why", "no-such-folder")):
        with pytest.raises(InputError) as caught:
            ExplanationFiles(tmp_path / place)
        assert [fault.code for fault in caught.value.faults] == [code]
        assert all(say(fault) for fault in caught.value.faults)


def test_no_explanation_is_left_when_a_row_is_at_fault(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "in.csv", [SUPPORTED, {**SUPPORTED, "key": "b", "age": "x"}])
    prepared, table = prepared_for(path), open_table(path)
    parts = screen_part(prepared, table, explainer=Explainer(LIBRARY, "underlag test"))
    with pytest.raises(InputError):
        screen_table(prepared, table, tmp_path / "out.csv", parts, explanations=tmp_path / "why")
    assert [each.name for each in tmp_path.iterdir()] == ["in.csv"]


# The real file.


@needs_real
def test_every_row_of_the_real_file_has_the_outcome_that_it_has_by_hand(tmp_path: Path) -> None:
    """Whatever the file cannot tell stays unknown, so no row can reach further than "more information needed"."""
    with REAL.open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    summary = screen(REAL, tmp_path / "out.csv", mapping=read_mapping(CATALONIA))
    rows = rows_of(tmp_path / "out.csv")
    assert [row["key"] for row in rows] == [person["case"] for person in people]
    assert summary.outcomes == {"not_target_group": 760, "more_information_needed": 95, "supports_offer": 0}
    own = [
        name
        for name in people[0]
        if name.startswith(("s01", "s02", "s03", "s04", "s17", "s18", "s19", "s20", "s21", "s23", "s24"))
    ]
    protective = [name for name in people[0] if name[:2] in {f"p{number}" for number in range(1, 7)} and name[2] == "_"]
    for person, row in zip(people, rows, strict=True):
        offences = int(person["previous_records"]) + int(person["offences_in_case"])
        stands_in_the_way = [
            sum(person[name] != "0" for name in own) < 6,
            sum(person[name] == "1" for name in protective) > 2,
            person["summary_risk_rating"] != "high",
        ]
        expected = "not_target_group" if any(stands_in_the_way) else "more_information_needed"
        assert row["outcome"] == expected
        assert row["criterion.several_offences"] == ("met" if offences >= 3 else "not_met")
        assert row["criterion.age"] == ("met" if person["age_at_offence"] else "unknown")
        asked = set(row["open_questions"].split())
        wanted = {"recruitment_risk", "leave_support_need", "motivation_to_leave"}
        wanted |= {"gang_ties"} if offences < 3 else set()
        wanted |= set() if person["age_at_offence"] else {"age"}
        assert asked == (wanted if expected == "more_information_needed" else set())


@needs_real
def test_the_real_file_under_every_guidance(tmp_path: Path) -> None:
    open_under = {}
    for guidance in LIBRARY.names():
        summary = screen(REAL, tmp_path / "out.csv", guidance, mapping=read_mapping(CATALONIA))
        assert summary.rows == 855
        assert len(summary.ignored) == 14
        counts = Counter(row["outcome"] for row in rows_of(tmp_path / "out.csv"))
        open_under[guidance] = counts["more_information_needed"]
        assert counts["supports_offer"] == 0
    assert open_under["socialstyrelsen_2012"] == 195
    assert open_under["socialstyrelsen_2012/under_15"] == 226
    assert open_under["skl_2015"] == open_under["assignment_2011"] == 855
