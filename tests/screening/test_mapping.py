"""A mapping file says what anyone's columns mean, and is refused with its line where it cannot be meant."""

from pathlib import Path

import pyarrow as pa
import pytest

from instruments.faults import InputError
from instruments.mapped_columns import text_of_cell
from instruments.mapping import read_mapping
from screening.batch.plan import NOT_FOUND, make_plan
from tests.screening.batches import (
    CATALONIA,
    LIBRARY,
    ON,
    REAL,
    codes,
    faults_of,
    needs_real,
    rows_of,
    say,
    screen,
    write_csv,
    write_mapping,
    write_parquet,
)

YOUTH = LIBRARY.instruments.find("youth_spj", on=ON).content
FACTS = LIBRARY.facts(ON)

MAPPING = """\
instrument: youth_spj
key: person
missing: [99, NA]
not_found: [unknown]
codes:
  risk: {0: low, 1: moderate, 2: high}
  protective: {0: absent, 1: present}
items:
  substance_use: r1
  poor_compliance: {column: r2, codes: {a: low, b: high}}
  resilient_traits: {column: p1, reversed: true}
facts:
  age: years
  gang_ties: {column: ties, codes: {1: none, 2: suspected}, missing: [9]}
  offence_count: {sum: [earlier, now], window_months: 12}
  motivation_to_leave: {column: wish, observed_on: wish_day}
outcomes: {again: reoffended}
groups: {sex: gender}
"""
COLUMNS = [
    "person",
    "r1",
    "r2",
    "p1",
    "years",
    "ties",
    "earlier",
    "now",
    "wish",
    "wish_day",
    "gender",
    "reoffended",
    "x",
]
ROW = dict.fromkeys(COLUMNS, "") | {"person": "a"}


def faults_in(folder: Path, text: str) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        make_plan(COLUMNS, YOUTH, FACTS, write_mapping(folder, text))
    assert all(say(fault) for fault in caught.value.faults)
    return codes(caught.value.faults)


def line_of(text: str, part: str) -> str:
    return f"mapping.yaml, line {text[: text.index(part)].count(chr(10)) + 1}"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("substance_use:", "substance_abuse:", "unknown-item"),
        ("  age: years", "  height: years", "unknown-fact"),
        ("  age: years", "  risk_total: years", "derived-fact"),
        ("  age: years", "  sex: years", "never-an-input"),
        ("  age: years", "  nationality_group: years", "never-an-input"),
        ("  age: years", "  födelseland: years", "never-an-input"),
        ("  age: years", "  age: postnummer", "never-an-input"),
        ("substance_use: r1", "substance_use: mother_tongue", "never-an-input"),
        ("  age: years", "  age: gender", "never-an-input"),
        ("  age: years", "  age: reoffended", "group-as-input"),
        ("{column: r2, codes", "{column: r1, codes", "column-used-twice"),
        ("b: high", "b: present", "code-without-value"),
        ("2: suspected", "2: perhaps", "code-without-value"),
        ("missing: [9]", "missing: [2]", "code-with-two-meanings"),
        ("missing: [9]", "missing: [unknown]", "code-with-two-meanings"),
        ("{column: ties, ", "{column: ties, window_months: 12, ", "window-without-offences"),
        ("{column: wish, ", "{sum: [wish, ties], ", "sum-of-words"),
        ("  age: years", "  birth_date: {column: years, codes: {1: x}}", "codes-without-values"),
        ("  age: years", "  age: no_such_column", "column-missing"),
        ("sum: [earlier, now]", "sum: [earlier]", "column-or-sum"),
        ("sum: [earlier, now]", "column: now, sum: [earlier, now]", "column-or-sum"),
        ("window_months: 12", "window_months: 0", "bad-value"),
        ("window_months: 12", "window_months: sometimes", "bad-value"),
        ("reversed: true", "reversed: perhaps", "wrong-type"),
        ("reversed: true", "weight: 3", "unknown-key"),
        ("  risk: {0: low", "  risk: {0: lowest", "code-without-value"),
    ],
)
def test_each_fault_of_a_mapping_is_told_with_its_line(old: str, new: str, code: str, tmp_path: Path) -> None:
    text = MAPPING.replace(old, new)
    assert text != MAPPING
    assert (code, line_of(text, new.strip())) in faults_in(tmp_path, text)


@pytest.mark.parametrize(
    ("missing", "code"), [("instrument: youth_spj\n", "instrument-or-levels"), ("key: person\n", "missing-key")]
)
def test_a_mapping_names_its_instrument_and_its_key(missing: str, code: str, tmp_path: Path) -> None:
    assert faults_in(tmp_path, MAPPING.replace(missing, ""))[0][0] == code


def test_all_faults_of_a_mapping_are_told_at_once(tmp_path: Path) -> None:
    text = MAPPING.replace("substance_use:", "substance_abuse:").replace("  age: years", "  sex: reoffended")
    assert {code for code, _ in faults_in(tmp_path, text)} == {"unknown-item", "never-an-input", "group-as-input"}


def test_a_group_is_legal_but_never_read(tmp_path: Path) -> None:
    plan = make_plan(COLUMNS, YOUTH, FACTS, write_mapping(tmp_path, MAPPING))
    assert "gender" not in plan.columns
    assert plan.ignored == ("gender", "reoffended", "x")


def test_outcomes_and_groups_need_not_be_in_the_table(tmp_path: Path) -> None:
    names = [name for name in COLUMNS if name not in ("gender", "reoffended", "x")]
    assert make_plan(names, YOUTH, FACTS, write_mapping(tmp_path, MAPPING)).ignored == ()


@pytest.mark.parametrize(
    ("raw", "text"),
    [(1, "1"), (1.0, "1"), ("1.0", "1"), (" 1 ", "1"), ("01", "01"), (True, "true"), (None, ""), (float("nan"), "")],
)
def test_a_code_is_the_same_however_the_file_holds_it(raw: object, text: str) -> None:
    assert text_of_cell(raw) == text


def statuses(folder: Path, text: str = MAPPING, **cells: object) -> dict[str, str]:
    path = write_csv(folder / "in.csv", [{**ROW, **cells}])
    screen(path, folder / "out.csv", mapping=write_mapping(folder, text))
    return rows_of(folder / "out.csv")[0]


@pytest.mark.parametrize(("earlier", "now", "status"), [("1", "1", "unknown"), ("2", "1", "met"), ("3.0", "0", "met")])
def test_several_columns_are_summed(earlier: str, now: str, status: str, tmp_path: Path) -> None:
    # Counted over 12 months where the rule counts over 24: two may be three.
    assert statuses(tmp_path, earlier=earlier, now=now)["criterion.several_offences"] == status


@pytest.mark.parametrize("blank", ["", "99", "NA"])
def test_a_sum_with_a_blank_part_is_blank_and_asked_for(blank: str, tmp_path: Path) -> None:
    row = statuses(tmp_path, earlier="5", now=blank)
    assert row["criterion.several_offences"] == "unknown"


@pytest.mark.parametrize("word", ["saknas", "unknown"])
def test_what_was_not_found_is_unknown_and_not_asked_for(word: str, tmp_path: Path) -> None:
    facts = {"years": "16", "earlier": word, "now": "1", "ties": "9"}
    rating = "  reoffending_risk: x\n  motivation_to_leave:"
    row = statuses(tmp_path, MAPPING.replace("  motivation_to_leave:", rating), x="high", **facts)
    assert row["criterion.offences_or_ties"] == "unknown"
    assert "gang_ties" in row["open_questions"].split()
    assert "offence_count" not in row["open_questions"].split()


def test_a_reversed_item_counts_from_the_other_end(tmp_path: Path) -> None:
    mapping = write_mapping(tmp_path, MAPPING)
    plan = make_plan(COLUMNS, YOUTH, FACTS, mapping)
    [traits] = [item for item in plan.items if item.name == "item.resilient_traits"]
    assert (traits.codes["0"], traits.codes["1"], traits.codes["saknas"]) == (1, 0, NOT_FOUND)


def test_a_window_may_stand_in_a_column(tmp_path: Path) -> None:
    text = MAPPING.replace("window_months: 12", "window_months: {column: x}")
    told = {
        months: statuses(tmp_path, text, x=months, earlier="1", now="1", years="16")["criterion.several_offences"]
        for months in ("", "24", "12", "36", "ever")
    }
    assert told == {"": "not_met", "24": "not_met", "12": "unknown", "36": "not_met", "ever": "not_met"}


def test_an_old_or_undated_wish_is_a_blank(tmp_path: Path) -> None:
    told = {
        day: statuses(tmp_path, wish="stated", wish_day=day)["criterion.motivation_stated"]
        for day in ("2026-11-21", "2026-10-22", "2026-10-21", "")
    }
    assert told == {"2026-11-21": "met", "2026-10-22": "met", "2026-10-21": "unknown", "": "unknown"}


def test_the_allowed_words_of_a_refused_cell_are_those_of_the_file(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "in.csv", [{**ROW, "r2": "c", "years": "a lot"}])
    faults = faults_of(path, tmp_path / "out.csv", mapping=write_mapping(tmp_path, MAPPING))
    assert codes(faults) == [("cell-off-range", "row 1, column years"), ("cell-off-scale", "row 1, column r2")]
    assert faults[1].parameters["allowed"] == ["a", "b"]


def test_codes_may_be_numbers_of_any_type_in_parquet(tmp_path: Path) -> None:
    cells = {
        "person": pa.array([1, 2, 3]),
        "r1": pa.array([0, 2, None], pa.int8()),
        "r2": pa.array(["a", "b", None]).dictionary_encode(),
        "p1": pa.array([0.0, 1.0, float("nan")]),
        "years": pa.array([14, 15, 99], pa.uint16()),
        "ties": pa.array([True, False, None]),
        "earlier": pa.array([1, 2, 3], pa.int8()),
        "now": pa.array([2.0, 0.0, None]),
        "wish": pa.nulls(3),
        "wish_day": pa.array([ON, None, None]),
    }
    text = MAPPING.replace("{1: none, 2: suspected}", "{true: suspected, false: none}")
    path = write_parquet(tmp_path / "in.parquet", cells)
    screen(path, tmp_path / "out.csv", mapping=write_mapping(tmp_path, text))
    rows = rows_of(tmp_path / "out.csv")
    assert [row["criterion.age"] for row in rows] == ["met", "met", "unknown"]
    assert [row["criterion.gang_ties"] for row in rows] == ["met", "not_met", "unknown"]
    assert [row["criterion.several_offences"] for row in rows] == ["met", "unknown", "unknown"]


def test_the_mapping_that_ships_fits_the_instrument_and_takes_in_no_group() -> None:
    mapping = read_mapping(CATALONIA)
    names = list(dict.fromkeys(column for _, column in mapping.content.input_columns()))
    plan = make_plan(["case", *names], YOUTH, FACTS, mapping)
    assert len(plan.items) == 30
    assert [fact.name for fact in plan.facts] == ["age", "offence_count", "reoffending_risk"]


@needs_real
def test_the_mapping_that_ships_fits_the_real_file() -> None:
    mapping = read_mapping(CATALONIA)
    header = REAL.read_text(encoding="utf-8").splitlines()[0].split(",")
    plan = make_plan(header, YOUTH, FACTS, mapping)
    assert len(plan.ignored) == 14
    named = {other.column for other in (*mapping.content.outcomes.values(), *mapping.content.groups.values())}
    assert named <= set(plan.ignored)
    # The items correspond in the order of the file.
    assert [item.columns[0][:3].strip("_") for item in plan.items] == [
        *(f"s{number:02d}" for number in range(1, 25)),
        *(f"p{number}" for number in range(1, 7)),
    ]


def test_what_only_research_reads_is_refused_when_a_cohort_is_screened(tmp_path: Path) -> None:
    raters = MAPPING.replace("substance_use: r1", "substance_use: {raters: {anna: r1, bo: x}}")
    assert ("several-raters", line_of(raters, "substance_use")) in faults_in(tmp_path, raters)
    levels = MAPPING.replace("instrument: youth_spj", "instrument: youth_spj\nlevels: [1]")
    assert ("levels-only-in-research", line_of(levels, "levels")) in faults_in(tmp_path, levels)
