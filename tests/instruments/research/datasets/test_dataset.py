"""Anyone's table becomes a research data set by a mapping, or is refused with every fault at its row and column."""

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest

from instruments.faults import InputError
from instruments.mapping import read_mapping
from instruments.research.datasets.own_items import own_items
from instruments.research.datasets.scoring import totals
from instruments.research.faults import LabelWarning, OtherSheetsWarning
from tests.instruments.research.data import (
    CATALONIA,
    COLUMNS,
    MAPPING,
    REAL,
    ROWS,
    YOUTH,
    faults_of,
    needs_real,
    read,
    read_dataset,
    write_rows,
)


def write_as(kind: str, folder: Path) -> Path:
    path = folder / f"data{kind}"
    frame = pd.DataFrame(ROWS, columns=COLUMNS)
    numbers = frame.assign(total=frame["total"].str.replace(",", "."))
    for name in ("r1", "p1", "years", "judged", "reoffended", "days", "total"):
        numbers[name] = pd.to_numeric(numbers[name], errors="coerce")
    match kind:
        case ".tsv":
            frame.to_csv(path, sep="\t", index=False)
        case ".parquet":
            numbers.to_parquet(path)
        case ".xlsx":
            numbers.to_excel(path, index=False)
        case ".sav":
            pyreadstat.write_sav(numbers, path)
    return path


def test_cells_become_codes_numbers_words_and_blanks(tmp_path: Path) -> None:
    data = read(write_rows(tmp_path))
    assert data.ratings["substance_use"].tolist()[:2] == [0, 2]
    assert data.ratings["poor_compliance"].tolist()[:2] == [0, 2]
    assert data.ratings["resilient_traits"].tolist()[:2] == [0, 1], "the codes run the other way"
    assert data.ratings.loc[2].isna().all()
    assert data.facts["age"].tolist()[:2] == [16, 17]
    assert data.summary_rating is not None
    assert data.summary_rating.tolist()[:2] == [0, 2]
    assert data.outcomes["again"].tolist()[:2] == [0, 1]
    assert data.times["again"].tolist()[:2] == [730, 91.5]
    assert data.scores["published"].tolist()[:2] == [3, 4.5]
    assert data.groups["sex"].tolist()[:2] == ["f", "m"]
    assert data.rated_on is not None
    assert data.rated_on[1] == pd.Timestamp("2024-03-01")
    assert [data.facts.loc[2].isna().all(), data.groups.loc[2].isna().all(), pd.isna(data.rated_on[2])] == [True] * 3
    assert data.ignored == ("other",)


@pytest.mark.parametrize("kind", [".tsv", ".parquet", ".xlsx", ".sav"])
def test_every_kind_of_file_gives_the_same_data(kind: str, tmp_path: Path) -> None:
    expected = read(write_rows(tmp_path))
    dataset = read(write_as(kind, tmp_path))
    for part in ("ratings", "facts", "outcomes", "times", "groups", "scores"):
        pd.testing.assert_frame_equal(getattr(dataset, part), getattr(expected, part))
    pd.testing.assert_series_equal(dataset.keys, expected.keys)


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("person", "", "key-missing"),
        ("person", "b", "repeated-row-key"),
        ("r1", "3", "cell-off-scale"),
        ("r2", "high", "cell-off-scale"),
        ("years", "sexton", "cell-off-range"),
        ("years", "121", "cell-off-range"),
        ("judged", "4", "cell-off-scale"),
        ("reoffended", "2", "outcome-off-scale"),
        ("days", "-1", "time-off-range"),
        ("total", "4 av 5", "not-a-number"),
        ("day", "1 mars", "not-a-day"),
        ("day", "20261121", "not-a-day"),
        ("day", "2026-W47", "not-a-day"),
        ("day", "1850-03-01", "not-a-day"),
        ("day", "2999-12-31", "not-a-day"),
    ],
)
def test_a_wrong_cell_is_told_with_its_row_and_column(column: str, cell: str, code: str, tmp_path: Path) -> None:
    wrong = [cell if name == column else value for name, value in zip(COLUMNS, ROWS[2], strict=True)]
    (fault,) = faults_of(write_rows(tmp_path, [*ROWS[:2], wrong]))
    assert (fault.code, fault.where) == (code, f"row 3, column {column}")


@pytest.mark.parametrize("written", ["2026-11-21", "2026-11", "2026-Q4", "2026", "", "99"])
def test_when_an_outcome_became_known_is_a_day_or_a_period(written: str, tmp_path: Path) -> None:
    data = read(write_rows(tmp_path, known(written)), KNOWN)
    assert data.known_on is not None
    told = data.known_on["again"][0]
    assert pd.isna(told) if written in ("", "99") else told == written


@pytest.mark.parametrize(
    "written", ["in spring", "2026-Q5", "2026-13", "2026-W47", "20261121", "26", "1850-Q1", "2999"]
)
def test_anything_else_is_told_with_what_can_be_written(written: str, tmp_path: Path) -> None:
    (fault,) = faults_of(write_rows(tmp_path, known(written)), KNOWN)
    assert (fault.code, fault.where) == ("not-a-time", "row 1, column other")


KNOWN = MAPPING.replace("time: days", "time: days, known_on: other")


def known(written: str) -> list[tuple[str, ...]]:
    """The rows, with when the outcome of the first became known."""
    return [(*ROWS[0][:-1], written), *((*row[:-1], "") for row in ROWS[1:])]


def test_every_fault_is_told_at_once_in_the_order_of_the_rows(tmp_path: Path) -> None:
    rows = [["", *ROWS[0][1:]], ["b", "7", "hm", *ROWS[1][3:]]]
    places = [fault.where for fault in faults_of(write_rows(tmp_path, rows))]
    assert places == ["row 1, column person", "row 2, column r1", "row 2, column r2"]


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("substance_use: r1", "substance_use: r9", "column-missing", 8),
        ("substance_use: r1", "glue_sniffing: r1", "unknown-item", 8),
        ("substance_use: r1", "substance_use: reoffended", "group-as-input", 8),
        ("{0: low, 1: moderate, 2: high}", "{0: low, 1: some, 2: high}", "code-without-value", 5),
        ("missing: [99]", "missing: [0]", "code-with-two-meanings", 5),
        ("age: years", "weight: years", "unknown-fact", 12),
        ("age: years", "citizenship: years", "never-an-input", 12),
        ("column: reoffended,", "column: reoffended, missing: [1], codes: {1: 1},", "code-with-two-meanings", 14),
        ("rated_on: day", "rater: judge\nrated_on: day", "column-missing", 17),
        ("substance_use: r1", "substance_use: {raters: {a: r1}}", "column-or-raters", 8),
        ("substance_use: r1", "substance_use: {raters: {a: r1, b: r2}}\n  peer_rejection: {raters: {a: r1, c: p1}}",
         "raters-differ", 7),
        ("{published: total}", "{published: {raters: {a: total, b: other}}}\nrater: gender", "raters-twice", 17),
    ],
)  # fmt: skip
def test_a_mapping_that_does_not_fit_is_told_with_its_line(
    old: str, new: str, code: str, line: int, tmp_path: Path
) -> None:
    faults = faults_of(write_rows(tmp_path), MAPPING.replace(old, new))
    assert (code, f"mapping.yaml, line {line}") in [(fault.code, fault.where) for fault in faults]


def test_a_column_for_each_rater_becomes_a_row_for_each_rating(tmp_path: Path) -> None:
    mapping = "instrument: youth_spj\nkey: p\ncodes: {risk: {0: low, 1: moderate, 2: high}}\n"
    mapping += "items:\n  substance_use: {raters: {anna: a, bo: b}}\nscores:\n  total: {raters: {anna: ta, bo: tb}}\n"
    rows = [("x", 0, 1, 10, 11), ("y", 2, "", 20, 21)]
    data = read(write_rows(tmp_path, rows, ("p", "a", "b", "ta", "tb")), mapping)
    assert data.raters is not None
    ratings = list(zip(data.persons, data.raters, data.scores["total"], strict=True))
    assert ratings == [("x", "anna", 10), ("y", "anna", 20), ("x", "bo", 11), ("y", "bo", 21)]
    np.testing.assert_array_equal(data.ratings["substance_use"], [0, 2, 1, np.nan])


def test_the_same_person_may_stand_once_for_each_rater(tmp_path: Path) -> None:
    mapping = "instrument: youth_spj\nkey: p\nrater: r\ncodes: {risk: {0: low, 1: moderate, 2: high}}\n"
    mapping += "items: {substance_use: a}\n"
    columns = ("p", "r", "a")
    data = read(write_rows(tmp_path, [("x", "anna", 0), ("x", "bo", 1)], columns), mapping)
    assert data.raters is not None
    assert data.raters.tolist() == ["anna", "bo"]
    (fault,) = faults_of(write_rows(tmp_path, [("x", "anna", 0), ("x", "anna", 1)], columns), mapping)
    assert (fault.code, fault.where) == ("repeated-row-key", "row 2, column p")
    (fault,) = faults_of(write_rows(tmp_path, [("x", "", 0)], columns), mapping)
    assert (fault.code, fault.where) == ("reference-missing", "row 1, column r")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("data.docx", b"x", "unknown-file-type"),
        ("data.xlsx", b"not a workbook", "table-of-kind-unreadable"),
        ("data.sav", b"not SPSS", "table-of-kind-unreadable"),
        ("data.parquet", b"not Parquet", "parquet-unreadable"),
        ("data.csv", "kön\n".encode("utf-16"), "table-not-utf8"),
        ("data.csv", b"", "empty-table"),
        ("data.csv", b"person;r1\n", "column-missing"),
        ("data.csv", b"person;person;r1;r2;p1;years;judged;reoffended;days;gender;total;day\n", "repeated-column"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(name: str, content: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert code in {fault.code for fault in faults_of(path)}


@needs_real
def test_the_catalan_file_is_read_as_its_description_says() -> None:
    data = read_dataset(REAL, CATALONIA, YOUTH)
    assert (len(data), len(data.risk_items), len(data.protective_items)) == (855, 24, 6)
    assert data.outcomes.sum().astype(int).to_dict() == {
        "reoffended_by_2013": 279,
        "reoffended_by_2015": 321,
        "violent_reoffence_by_2015": 154,
    }
    assert not data.ratings.isna().any(axis=None)
    assert data.facts["age"].isna().sum() == 5


def test_items_that_no_definition_has_are_read_by_levels_of_their_own(tmp_path: Path) -> None:
    mapping = (
        "levels: [1, 2, 3, 4, 5, 6]\nkey: id\nmissing: [9]\nitems:\n  calm: A1\n  kind: {column: A2, reversed: true}\n"
    )
    path = write_rows(tmp_path, [("a", 1, 6), ("b", 6, 2), ("c", 9, 3)], ("id", "A1", "A2"))
    place = tmp_path / "mapping.yaml"
    place.write_text(mapping, encoding="utf-8")
    instrument = own_items(read_mapping(place).content)
    data = read_dataset(path, place, instrument)
    np.testing.assert_array_equal(data.ratings["calm"], [0, 5, np.nan])
    assert data.ratings["kind"].tolist() == [0, 4, 3]
    assert totals(data.ratings, instrument)["risk_total"].tolist()[:2] == [0, 9]
    wrong = write_rows(tmp_path, [("a", 7, 6)], ("id", "A1", "A2"))
    with pytest.raises(InputError) as caught:
        read_dataset(wrong, place, instrument)
    assert [fault.where for fault in caught.value.faults] == ["row 1, column A1"]
    for neither in ("key: id\n", "levels: [1]\nkey: id\n", "levels: [1, 2]\ninstrument: youth_spj\nkey: id\n"):
        place.write_text(neither, encoding="utf-8")
        with pytest.raises(InputError, match="instrument-or-levels"):
            read_mapping(place)


def test_a_table_without_keys_takes_the_numbers_of_its_rows(tmp_path: Path) -> None:
    mapping = "instrument: youth_spj\nkey: row_number\nscores: {total: {raters: {a: t1, b: t2}}}\n"
    data = read(write_rows(tmp_path, [(3, 4), (5, 6)], ("t1", "t2")), mapping)
    assert data.keys.tolist() == ["1", "2", "1", "2"]
    assert data.scores["total"].tolist() == [3, 5, 4, 6]
    own = read(write_rows(tmp_path, [("x", 4, 5)], ("row_number", "t1", "t2")), mapping)
    assert own.keys.tolist() == ["x", "x"], "a column of that name is a column"


def workbook(folder: Path) -> openpyxl.Workbook:
    """The data in the first sheet of a workbook."""
    book = openpyxl.load_workbook(write_as(".xlsx", folder))
    assert isinstance(book, openpyxl.Workbook)
    return book


def test_a_column_that_is_not_read_may_stand_twice(tmp_path: Path) -> None:
    rows = [(*row, "x") for row in ROWS]
    data = read(write_rows(tmp_path, rows, (*COLUMNS, "other")))
    assert data.ignored == ("other", "other")
    book = workbook(tmp_path)
    sheet = book.worksheets[0]
    sheet.cell(1, len(COLUMNS) + 1, "other")
    book.save(tmp_path / "twice.xlsx")
    assert len(read(tmp_path / "twice.xlsx")) == 3
    sheet.cell(1, len(COLUMNS) + 1, "r1")
    book.save(tmp_path / "twice.xlsx")
    (fault,) = faults_of(tmp_path / "twice.xlsx")
    assert (fault.code, fault.where) == ("repeated-column", "column r1")


def test_a_second_sheet_with_something_in_it_is_told(tmp_path: Path) -> None:
    book = workbook(tmp_path)
    book.create_sheet("nothing")
    book.save(tmp_path / "sheets.xlsx")
    read(tmp_path / "sheets.xlsx")
    book.create_sheet("2025").cell(3, 2, "x")
    book.save(tmp_path / "sheets.xlsx")
    with pytest.warns(OtherSheetsWarning) as caught:
        read(tmp_path / "sheets.xlsx")
    assert caught[0].message.fault.parameters["others"] == ["2025"]  # type: ignore[union-attr]


def test_a_formula_without_its_value_is_no_blank(tmp_path: Path) -> None:
    book = workbook(tmp_path)
    place = COLUMNS.index("total") + 1
    book.worksheets[0].cell(3, place, "=1+3")
    book.worksheets[0].cell(3, COLUMNS.index("other") + 1, "=1")
    book.save(tmp_path / "formulas.xlsx")
    (fault,) = faults_of(tmp_path / "formulas.xlsx")
    assert (fault.code, fault.where) == ("formula-not-calculated", "row 2, column total")


def test_labels_of_an_spss_file_name_groups_and_contradict_a_mapping_that_runs_the_other_way(tmp_path: Path) -> None:
    path = tmp_path / "data.sav"
    frame = pd.DataFrame({"id": ["a", "b", "c"], "r": [0.0, 1.0, 2.0], "p": [0.0, 1.0, 1.0], "o": [1.0, 2.0, 1.0],
                          "s": [1.0, 2.0, 9.0]})  # fmt: skip
    labels = {
        "r": {0: "Låg", 1: "Måttlig", 2: "Hög"},
        "p": {0: "finns inte", 1: "finns"},
        "o": {1: "No", 2: "Yes"},
        "s": {1: "Kvinna", 2: "Man"},
    }
    pyreadstat.write_sav(frame, path, variable_value_labels=labels)
    head = "instrument: youth_spj\nkey: id\ngroups: {sex: s}\n"
    alike = head + (
        "codes: {risk: {0: low, 1: moderate, 2: high}, protective: {0: absent, 1: present}}\n"
        "items: {substance_use: r, resilient_traits: p}\noutcomes: {again: {column: o, codes: {1: 0, 2: 1}}}\n"
    )
    assert read(path, alike).groups["sex"].tolist() == ["Kvinna", "Man", "9"]
    against = head.replace("sex: s", "sex: {column: s, codes: {1: man, 2: kvinna, 9: annat}}") + (
        "codes: {risk: {0: high, 1: moderate, 2: low}, protective: {0: absent, 1: present}}\n"
        "items: {substance_use: r, resilient_traits: {column: p, reversed: true}}\n"
        "outcomes: {again: {column: o, codes: {1: 1, 2: 0}}}\n"
    )
    with pytest.warns(LabelWarning) as caught:
        read(path, against)
    told = [(each.message.fault.where, each.message.fault.parameters["value"]) for each in caught]  # type: ignore[union-attr]
    columns = {"column r": ("0", "2"), "column p": ("0", "1"), "column o": ("1", "2"), "column s": ("1", "2")}
    assert told == [(column, code) for column, codes in columns.items() for code in codes]
