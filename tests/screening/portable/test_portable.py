"""A guidance exported as SQL or as Python for polars says of every row what Underlag says, in real engines."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any, get_args

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pytest

from instruments.faults import InputError
from instruments.mapping import read_mapping
from screening.batch.plan import KEY, WINDOW_COLUMN
from screening.fact_reading import parse_date
from screening.portable.expressions import (
    Cell,
    Column,
    Comparison,
    Constant,
    Query,
    Sign,
    Step,
    choose,
    is_day,
    negate,
)
from screening.portable.expressions import compare as compare_values
from screening.portable.polars_code import write_polars
from screening.portable.query import export_rules
from screening.portable.sql import LONGEST_NAME, write_sql
from screening.recommendation import OUTCOMES
from screening.ruleset import RuleSet
from screening.truth import WORDS
from tests.api.store.databases import postgresql_server
from tests.screening.batches import (
    CATALONIA,
    REAL,
    faults_of,
    needs_real,
    rows_of,
    say,
    screen,
    write_csv,
    write_parquet,
)
from tests.screening.brute_force import COUNT, Known
from tests.screening.portable.engines import ENGINES, TABLE, run_exported, run_query, run_sql, words_of
from tests.screening.portable.spaces import Random, Space, truths_of
from tests.screening.shipped import LIBRARY, NAMES, ON, rules_of
from tests.screening.strategies import ON as SMALL_ON
from tests.screening.strategies import (
    RULE_MONTHS,
    TEXT,
    WINDOWS,
    Case,
    Parameters,
    case_of,
    invented_instrument,
    on_small_guidances,
)
from tests.thoroughness import a_few

__all__ = ["postgresql_server"]

#: Guidances with so many cells or fewer are compared in every one; of the others any two answers meet in a sample.
WHOLE = 10_000
#: The guidances themselves; an overlay differs from its own in limits alone.
BASES = [name for name in NAMES if "/" not in name]
EVERYTHING = "stockholm_2012"
MAPPED = "socialstyrelsen_2012"


@pytest.fixture
def server(engine: str, request: pytest.FixtureRequest) -> str | None:
    """The server, where the engine needs one."""
    return request.getfixturevalue("postgresql_server") if engine == "postgresql" else None  # type: ignore[no-any-return]


def ours(rules: RuleSet, on: date, table: pa.Table) -> dict[str, list[str]]:
    """What Underlag says, in the words of a result."""
    return in_words(rules, truths_of(rules, on, table))


def in_words(rules: RuleSet, truths: np.ndarray) -> dict[str, list[str]]:
    named = {"outcome": (rules.nodes[rules.outcome], OUTCOMES)}
    named |= {f"criterion.{node.name}": (node, WORDS) for node in rules.criteria}
    return {name: [words[truth] for truth in truths[node.position]] for name, (node, words) in named.items()}


def differences(said: Mapping[str, list[str | None]], expected: Mapping[str, list[str]], table: pa.Table) -> list[str]:
    """The first few cells of a result that differ, with the row that they are said of."""
    said = dict(said)
    found = [f"not readable: {each}" for each in said.pop("not_readable") if each]
    assert list(said) == list(expected)
    for name, column in expected.items():
        for row, (one, other) in enumerate(zip(said[name], column, strict=True)):
            if one != other:
                found.append(f"{name} is {other}, and not {one}: {table.slice(row, 1).to_pylist()}")
    return found[:5]


def compare(engine: str, server: str | None, rules: RuleSet, on: date, table: pa.Table) -> list[str]:
    said = words_of(run_exported(engine, rules, on, table, server))
    return differences(said, ours(rules, on, table), table)


# Every cell, and rows by chance.


def table_of(space: Space, strength: int) -> pa.Table:
    """Every cell of the space or, where it is too large, a sample in which the cells of any so many axes meet."""
    return space.table(space.whole() if space.size <= WHOLE else space.covering(strength, Random(1)))


@pytest.mark.parametrize("name", a_few(BASES))
def test_duckdb_says_the_same_in_every_cell_or_in_a_sample_where_any_two_answers_meet(name: str) -> None:
    space = Space(rules_of(name), ON)
    assert compare("duckdb", None, space.rules, ON, table_of(space, strength=2)) == []


@pytest.mark.soak
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", BASES)
def test_every_engine_says_the_same_in_every_cell_or_where_any_three_answers_meet(
    name: str, engine: str, server: str | None
) -> None:
    space = Space(rules_of(name), ON)
    assert compare(engine, server, space.rules, ON, table_of(space, strength=3)) == []


@pytest.mark.soak
@pytest.mark.parametrize("name", sorted(set(NAMES) - set(BASES)))
def test_overlays_say_the_same_where_any_two_answers_meet(name: str) -> None:
    space = Space(rules_of(name), ON)
    assert compare("duckdb", None, space.rules, ON, table_of(space, strength=2)) == []


def test_which_guidances_are_compared_in_every_cell() -> None:
    whole = [name for name in NAMES if Space(rules_of(name), ON).size <= WHOLE]
    assert {name.partition("/")[0] for name in NAMES} - set(whole) == {"socialstyrelsen_2012", "stockholm_2012"}


@pytest.mark.parametrize("engine", a_few(ENGINES))
@pytest.mark.parametrize(
    ("name", "rows"),
    [(EVERYTHING, 20_000), *(pytest.param(name, 100_000, marks=pytest.mark.soak) for name in BASES)],
)
def test_invented_rows_of_every_outcome_come_out_the_same(
    name: str, rows: int, engine: str, server: str | None
) -> None:
    space = Space(rules_of(name), ON)
    table = space.table(space.by_chance(rows, Random(2)))
    expected = ours(space.rules, ON, table)
    assert min(expected["outcome"].count(word) for word in OUTCOMES) >= rows / 20
    assert differences(words_of(run_exported(engine, space.rules, ON, table, server)), expected, table) == []


@on_small_guidances(40)
def test_small_guidances_that_use_inputs_twice_come_out_the_same(case: Case, intakes: list[Known]) -> None:
    rules = case.rules
    columns = {KEY: [str(number) for number in range(len(intakes))]}
    for name in rules.criterion_inputs:
        columns[name] = [str(known.values.get(name, "")) for known in intakes]
    if COUNT in columns:
        columns[WINDOW_COLUMN] = [str(known.window or "") for known in intakes]
    table = pa.table(columns)
    assert compare("sqlite", None, rules, SMALL_ON, table) == []


def test_two_limits_of_one_count_of_offences_come_out_the_same_over_every_window_and_age() -> None:
    """Such as "one or two": where the count is a floor or a ceiling, only the numbers that agree with it are tried."""
    made = Parameters()
    counting = {"window_months": made.whole(RULE_MONTHS), "ever_below_age": made.whole(2)}
    names = iter(f"c{number}" for number in range(1, 100))

    def criterion(kind: str, *children: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"id": next(names), "title": TEXT, "rule": {kind: list(children)}, **more}

    def at_least(number: int) -> dict[str, Any]:
        rule = {"fact": COUNT, "threshold": made.whole(number), **counting}
        return {"id": next(names), "title": TEXT, "rule": {"offences_at_least": rule}}

    criteria = [
        criterion("all_of", at_least(1), criterion("none_of", at_least(3)), required=True),
        criterion("any_of", at_least(4), criterion("none_of", at_least(2))),
        criterion("any_of", at_least(2), criterion("none_of", at_least(2))),
    ]
    rules = case_of(criteria, made.rows, invented_instrument((True,), 1, (1, 3))).rules
    ages_told = ["", "0", "1", "2", "4"]
    cells = [*product([""], [""], ages_told), *product("01234", [str(each or "") for each in WINDOWS], ages_told)]
    counts, windows, ages = zip(*cells, strict=True)
    table = pa.table({KEY: list(map(str, range(len(cells)))), COUNT: counts, WINDOW_COLUMN: windows, "age": ages})
    assert any(node.shared == ("age", COUNT) for node in rules.decision)
    assert compare("sqlite", None, rules, SMALL_ON, table) == []


def with_freshness(*facts: str) -> RuleSet:
    """A guidance that counts offences and tests the age and a number, of which some must be asked again in time."""
    made = Parameters()
    counting = {"window_months": made.whole(RULE_MONTHS), "ever_below_age": made.whole(2)}
    tests: list[dict[str, Any]] = [
        {"offences_at_least": {"fact": COUNT, "threshold": made.whole(2), **counting}},
        {"at_least": {"fact": "age", "threshold": made.whole(3)}},
        {"at_most": {"fact": "months", "threshold": made.whole(1)}},
    ]
    criteria = [{"id": f"c{number}", "title": TEXT, "rule": rule} for number, rule in enumerate(tests)]
    days = made.whole(30)
    rows = [{"fact": fact, "days": days} for fact in facts]
    return case_of(criteria, made.rows, invented_instrument((True,), 1, (1, 3)), freshness=rows).rules


@pytest.mark.parametrize("facts", [(COUNT,), ("age",), (COUNT, "age", "months")])
def test_a_number_that_is_too_old_is_open_as_any_other_answer(facts: tuple[str, ...]) -> None:
    space = Space(with_freshness(*facts), SMALL_ON)
    fresh = Space(with_freshness(), SMALL_ON)
    assert compare("sqlite", None, space.rules, SMALL_ON, table_of(space, strength=2)) == []
    table = table_of(space, strength=2).select([KEY, *fresh.columns])
    assert ours(fresh.rules, SMALL_ON, table) != ours(space.rules, SMALL_ON, table_of(space, strength=2))


@pytest.mark.parametrize("given", [("birth_date",), ("birth_date", "age"), ("birth_date", "age", "age.observed_on")])
def test_an_age_is_too_old_by_its_own_day_also_where_the_birth_date_tells_it(given: tuple[str, ...]) -> None:
    rules = with_freshness("age")
    born = [SMALL_ON.replace(year=SMALL_ON.year - years).isoformat() for years in (2, 3)]
    days = ["", *((SMALL_ON - timedelta(days=number)).isoformat() for number in (30, 31))]
    rows = [*product(born, [""], days), (born[0], "2", days[2]), (born[1], "3", days[2]), ("", "3", days[2])]
    columns = dict(zip(("birth_date", "age", "age.observed_on"), zip(*rows, strict=True), strict=True))
    table = pa.table({KEY: list(map(str, range(len(rows)))), **{name: columns[name] for name in given}})
    said = words_of(run_query("sqlite", export_rules(rules, SMALL_ON, names=table.column_names).query, table))
    assert differences(said, ours(rules, SMALL_ON, table), table) == []


@pytest.mark.parametrize("counted", ["admitted", "convicted"])
def test_offences_of_unknown_standing_are_not_taken_for_those_that_count(counted: str) -> None:
    rules = LIBRARY.bind(EVERYTHING, on=ON, changed={"offences_counted": counted}).rules
    space = Space(rules, ON)
    assert compare("duckdb", None, rules, ON, table_of(space, strength=2)) == []


@pytest.mark.parametrize("sign", get_args(Sign))
def test_the_other_truth_of_a_comparison_holds_where_it_does_not(sign: Sign) -> None:
    other = negate(Comparison(Column("age"), sign, Constant(3)))
    assert isinstance(other, Comparison)
    for value in (2, 3, 4):
        assert compare_values(Constant(value), sign, 3) != compare_values(Constant(value), other.sign, 3)


@pytest.mark.thorough
def test_a_limit_that_is_moved_by_one_is_noticed() -> None:
    space = Space(rules_of(EVERYTHING), ON)
    table = table_of(space, strength=2)
    expected = ours(space.rules, ON, table)
    for parameter in space.rules.guidance.parameters:
        value = space.rules.settings[parameter.id].value
        if parameter.kind == "whole_number" and isinstance(value, int):
            other = value - 1 if not parameter.permits(value + 1) else value + 1
            moved = LIBRARY.bind(EVERYTHING, on=ON, changed={parameter.id: other}).rules
            said = words_of(run_exported("polars", moved, ON, table))
            assert differences(said, expected, table), f"{parameter.id} is {other} and nothing differs"


# What cannot be read.

UNREADABLE = {
    "age": ["121", "-1", "17.5", "sjutton", "9999999999"],
    "motivation_to_leave": ["maybe", "STATED", "2"],
    "motivation_to_leave.observed_on": ["2026-02-30", "2026-11-29", "20261101", "2026-11-1", "yesterday"],
    "offence_count": ["1000", "1,5"],
    "offence_count.window_months": ["0", "1201", "always"],
    "item.substance_use": ["1", "very high"],
}


@pytest.mark.parametrize("engine", ENGINES)
def test_what_cannot_be_read_is_told_with_its_column_and_is_never_a_blank(
    engine: str, server: str | None, tmp_path: Path
) -> None:
    sound = {**_sound_row(), "offence_count": "3"}
    rows = [{**sound, column: text} for column, texts in UNREADABLE.items() for text in texts]
    rows += [
        {**sound, "offence_count": "", "offence_count.window_months": "12"},
        {**sound, "age": "x", "gang_ties": "x"},
    ]
    rows = [{**row, KEY: str(number)} for number, row in enumerate([sound, *rows])]
    table = pa.table({name: [row[name] for row in rows] for name in sound})
    said = words_of(run_exported(engine, rules_of(EVERYTHING), ON, table, server))
    told = [column for column, texts in UNREADABLE.items() for _ in texts]
    told += ["offence_count.window_months", "age, gang_ties"]
    assert said.pop("not_readable") == [None, *told]
    for column in said.values():
        assert column[0] is not None
        assert set(column[1:]) == {None}
    refused = {
        fault.where
        for fault in faults_of(write_csv(tmp_path / "in.csv", rows), tmp_path / "out.csv", EVERYTHING, on=ON)
    }
    expected = {f"row {row + 2}, column {column}" for row, columns in enumerate(told) for column in columns.split(", ")}
    assert refused == expected


def _sound_row() -> dict[str, str]:
    rules = rules_of(EVERYTHING)
    return {KEY: "0", **dict.fromkeys(Space(rules, ON).columns, "")}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_day_is_a_day_in_every_engine(engine: str, server: str | None) -> None:
    days = [date(1899, 12, 25) + timedelta(days=number * 9) for number in range(8_200)]
    texts = [
        day.isoformat() for day in [*days, date(1900, 2, 28), date(2000, 2, 29), date(2024, 2, 29), date.min, date.max]
    ]
    texts += [
        "1900-02-29",
        "2026-02-29",
        "2100-02-29",
        "2200-02-29",
        "2026-04-31",
        "2026-00-10",
        "2026-13-01",
        "2026-01-00",
        "2026-01-32",
    ]
    texts += [
        "0000-01-01",
        "2026-1-01",
        "2026-01-1",
        "2026/01/01",
        "20260101",
        "2026-01-01 ",
        "2026-01-01T",
        "²026-01-01",
        "",
    ]
    texts += ["2026-01-0a", "a026-01-01", "-026-01-01", "2026-W10-1", "2026--1-01"]
    query = Query(
        KEY,
        [Step("cells", {"cell": Cell("day")})],
        {"answer": choose([(is_day(Column("cell")), Constant("day"))], Constant("no day"))},
    )
    table = pa.table({KEY: [str(number) for number in range(len(texts))], "day": texts})
    said = words_of(run_query(engine, query, table, server))["answer"]
    assert said == ["day" if parse_date(text.strip()) else "no day" for text in texts]


AWKWARD = """
instrument: youth_spj
key: k
missing: [-9]
codes:
  risk: {0: low, 1: moderate, 2: high}
  protective: {0: absent, 1: present}
items:
  substance_use: s
facts:
  birth_date: born
  age: years
  motivation_to_leave: {column: wish, codes: {1: stated, 2: none}, observed_on: asked}
"""
#: By column, cells that are read.
READ = {
    "s": ["2", "-9", "-9.0", "-9.00", "2.0", "2\t", "\t2", "2\r", "2\n", "\u00a02", " \r\n2\u00a0\t"],
    "years": ["16", "-9.0", "16.0\r", "\u00a016\t", "016"],
    "wish": ["1\n", "-9.", "2.0 "],
    "asked": ["2026-11-20\r", "\t2026-11-20", "-9"],
    "born": ["2010-02-03\r\n", "\u00a02010-02-03"],
}


@pytest.mark.parametrize("engine", ENGINES)
def test_awkward_cells_that_screening_reads_are_read(engine: str, server: str | None, tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(AWKWARD, encoding="utf-8")
    mapping = read_mapping(tmp_path / "mapping.yaml")
    sound = {"s": "2", "born": "", "years": "", "wish": "1", "asked": "2026-11-20"}
    rows = [{**sound, column: text} for column, texts in READ.items() for text in texts]
    rows = [{"k": str(number), **row} for number, row in enumerate(rows)]
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    said = words_of(run_exported(engine, rules_of(EVERYTHING), ON, table, server, mapping))
    screen(write_parquet(tmp_path / "in.parquet", table.to_pydict()), tmp_path / "out.csv", on=ON, mapping=mapping)
    expected = rows_of(tmp_path / "out.csv")
    assert said.pop("not_readable") == [None] * len(rows)
    assert said == {name: [row[name] for row in expected] for name in said}
    assert set(said["criterion.motivation_stated"]) == {"met", "not_met", "unknown"}


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_point_of_time_at_midnight_is_a_day(engine: str, unit: str) -> None:
    born = pa.array([datetime(2010, 1, 1), None], pa.timestamp(unit))
    table = pa.table({KEY: ["0", "1"], "birth_date": born})
    query = export_rules(rules_of("stockholm_2012"), ON, names=table.column_names).query
    said = words_of(run_query(engine, query, table))
    assert (said["not_readable"], said["criterion.age"]) == ([None, None], ["met", "unknown"])


NAN = pa.table({KEY: ["0", "1", "2"], "age": [16.0, float("nan"), None], "offence_count": [float("nan"), 3.0, 4.0]})


@pytest.mark.parametrize("engine", ["polars", "sqlite"])
def test_nan_among_decimal_numbers_is_a_blank_as_screening_reads_it(engine: str, tmp_path: Path) -> None:
    query = export_rules(rules_of(EVERYTHING), ON, names=NAN.column_names).query
    said = words_of(run_query(engine, query, NAN))
    screen(write_parquet(tmp_path / "in.parquet", NAN.to_pydict()), tmp_path / "out.csv", EVERYTHING, on=ON)
    expected = rows_of(tmp_path / "out.csv")
    assert said.pop("not_readable") == [None] * 3
    assert said == {name: [row[name] for row in expected] for name in said}
    assert said["criterion.age"] == ["met", "unknown", "unknown"]
    assert said["criterion.several_offences"] == ["unknown", "met", "met"]


@pytest.mark.parametrize("engine", ["duckdb", "postgresql"])
def test_nan_that_a_database_holds_is_named_and_is_a_blank_in_the_view_that_the_heading_tells_of(
    engine: str, server: str | None
) -> None:
    sql = write_sql(export_rules(rules_of(EVERYTHING), ON, names=NAN.column_names).query, TABLE)
    assert words_of(run_sql(engine, sql, NAN, server))["not_readable"] == ["offence_count", "age", None]
    view = """(SELECT key, nullif(age, 'NaN') AS age, nullif(offence_count, 'NaN') AS offence_count FROM intakes)"""
    assert f'"{TABLE}" AS intake' in sql
    said = words_of(run_sql(engine, sql.replace(f'"{TABLE}" AS intake', f"{view} AS intake"), NAN, server))
    assert said["not_readable"] == [None] * 3
    assert said["criterion.age"] == ["met", "unknown", "unknown"]
    assert said["criterion.several_offences"] == ["unknown", "met", "met"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("text", ["NaN", "nan"])
def test_nan_as_a_text_is_read_by_no_engine_and_not_by_screening(
    engine: str, text: str, server: str | None, tmp_path: Path
) -> None:
    rows = [{KEY: "0", "age": text}]
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    query = export_rules(rules_of(EVERYTHING), ON, names=table.column_names).query
    assert words_of(run_query(engine, query, table, server))["not_readable"] == ["age"]
    faults = faults_of(write_csv(tmp_path / "in.csv", rows), tmp_path / "out.csv", EVERYTHING, on=ON)
    assert [fault.where for fault in faults] == ["row 1, column age"]


def test_polars_leaves_a_key_as_it_is() -> None:
    table = pa.table({KEY: [1.5, float("nan")], "age": [16.0, 17.0]})
    query = export_rules(rules_of(EVERYTHING), ON, names=table.column_names).query
    first, second = run_query("polars", query, table)["key"].to_pylist()
    assert (first, second != second) == (1.5, True)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_table_of_keys_alone_leaves_everything_open(engine: str, server: str | None) -> None:
    table = pa.table({KEY: ["0", "1"]})
    rules = LIBRARY.bind(MAPPED, on=ON, is_rated=False).rules
    query = export_rules(rules, ON, names=table.column_names).query
    assert differences(words_of(run_query(engine, query, table, server)), ours(rules, ON, table), table) == []


# Names.


@pytest.mark.parametrize("engine", ENGINES)
def test_names_as_long_as_a_database_takes_are_told_apart(engine: str, server: str | None, tmp_path: Path) -> None:
    columns = ["å" * 31 + end for end in "ab"]
    text = f"instrument: youth_spj\nkey: k\nfacts:\n  age: {columns[0]}\n  offence_count: {columns[1]}\n"
    (tmp_path / "mapping.yaml").write_text(text, encoding="utf-8")
    table = pa.table({"k": ["0", "1"], columns[0]: ["16", "90"], columns[1]: ["9", "x"]})
    mapping = read_mapping(tmp_path / "mapping.yaml")
    said = words_of(run_exported(engine, rules_of(EVERYTHING), ON, table, server, mapping))
    assert said["not_readable"] == [None, columns[1]]
    assert said["criterion.age"] == ["met", None]


def test_criteria_whose_names_begin_alike_for_long_are_told_apart() -> None:
    long = [Column("c" * 70 + end) for end in "ab"]
    steps = [
        Step("cells", {"cell": Cell("x")}),
        Step("long", {each.name: Constant(end) for each, end in zip(long, "ab", strict=True)}),
    ]
    sql = write_sql(Query(KEY, steps, {"one": long[0], "other": long[1]}), TABLE)
    assert max(len(name.encode()) for name in re.findall(r'"([^"]+)"', sql)) <= LONGEST_NAME
    said = words_of(run_sql("sqlite", sql, pa.table({KEY: ["0"], "x": [""]})))
    assert said == {"one": ["a"], "other": ["b"]}


def test_a_result_that_postgresql_would_cut_is_refused() -> None:
    query = Query(KEY, [Step("cells", {"cell": Cell("x")})], {"criterion." + "c" * 54: Column("cell")})
    with pytest.raises(InputError, match="name-too-long"):
        write_sql(query, TABLE)


@pytest.mark.parametrize("text", ["S19\nsubstance", "years\u2028x", "a\tb", "a\x85b"])
@pytest.mark.parametrize("place", ["key", "column", "code"])
def test_a_line_break_in_a_name_or_code_is_refused_and_never_changed(place: str, text: str, tmp_path: Path) -> None:
    named = {"key": "k", "column": "wish", "code": "ja", place: text}
    fact = {"column": named["column"], "codes": {named["code"]: "stated", "nej": "none"}}
    content = {"instrument": "youth_spj", "key": named["key"], "facts": {"motivation_to_leave": fact}}
    (tmp_path / "mapping.yaml").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        export_rules(rules_of(EVERYTHING), ON, read_mapping(tmp_path / "mapping.yaml"))
    assert [(fault.code, fault.parameters) for fault in caught.value.faults] == [
        ("name-unwritable", {"name": repr(text)})
    ]
    assert all(say(caught.value.faults[0]))


@pytest.mark.parametrize(
    "name", ["cells", "texts", "known", "criteria_1", "underlag_cells", "UNDERLAG_known", "around"]
)
@pytest.mark.parametrize("engine", ["duckdb", "sqlite"])
def test_a_table_may_be_called_as_a_step_is(engine: str, name: str) -> None:
    space = Space(rules_of("skl_2015"), ON)
    table = space.table(list(space.whole())[:50])
    sql = write_sql(export_rules(space.rules, ON).query, name)
    assert differences(words_of(run_sql(engine, sql, table, name=name)), ours(space.rules, ON, table), table) == []


@pytest.mark.parametrize("name", ["", "sig.", ".unga", "sig..unga"])
def test_a_table_without_a_name_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="table-name-empty"):
        write_sql(export_rules(rules_of("skl_2015"), ON).query, name)


@pytest.mark.parametrize("column", ["*", "^.*$", "^wish$"])
def test_a_column_that_polars_takes_for_a_pattern_is_refused(column: str, tmp_path: Path) -> None:
    content = {"instrument": "youth_spj", "key": "k", "facts": {"age": column}}
    (tmp_path / "mapping.yaml").write_text(json.dumps(content), encoding="utf-8")
    query = export_rules(rules_of(EVERYTHING), ON, read_mapping(tmp_path / "mapping.yaml")).query
    with pytest.raises(InputError, match="name-is-pattern") as caught:
        write_polars(query)
    assert all(say(caught.value.faults[0]))


# Somebody's own table.

MAPPING = """
instrument: youth_spj
key: case no
missing: [99]
not_found: [unknown]
codes:
  risk: {0: low, 1: moderate, 2: high}
  protective: {0: absent, 1: present}
items:
  substance_use: "it's 1"
  resilient_traits: {column: p6, reversed: true}
facts:
  birth_date: born
  age: years
  offence_count: {sum: [earlier, in "this" case], window_months: ever}
  motivation_to_leave: {column: wish, codes: {1: stated, 2: none}, observed_on: asked}
"""


def mapped_rows(random: Random) -> list[dict[str, str]]:
    births = ["", "unknown", "1990-02-28", "2008-02-29", "2011-11-28", "2011-11-29", "2012-01-01"]
    rows = []
    for number in range(400):
        born = random.choice(births)
        rows.append(
            {
                "case no": str(number),
                "it's 1": random.choice(["0", "1.0", "2", "99", "", "99.0"]),
                "p6": random.choice(["0", "1", "1.00", "unknown"]),
                "born": born,
                "years": random.choice(["", "unknown"])
                if born[:2] in ("19", "20")
                else random.choice(["14", "15.0", "99", ""]),
                "earlier": random.choice(["0", "1", "2.0", "99", "unknown", ""]),
                'in "this" case': random.choice(["0", "1", "3"]),
                "wish": random.choice(["1", "2", "", "unknown"]),
                "asked": random.choice(["", "unknown", "2026-11-20", "2026-10-20"]),
            }
        )
    return rows


@pytest.mark.parametrize("engine", ENGINES)
def test_somebodys_own_table_is_read_by_its_mapping(engine: str, server: str | None, tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    mapping = read_mapping(tmp_path / "mapping.yaml")
    rows = mapped_rows(Random(3))
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    said = words_of(run_exported(engine, rules_of(MAPPED), ON, table, server, mapping))
    screen(write_csv(tmp_path / "in.csv", rows), tmp_path / "out.csv", MAPPED, on=ON, mapping=mapping)
    expected = rows_of(tmp_path / "out.csv")
    assert said.pop("not_readable") == [None] * len(rows)
    assert said == {name: [row[name] for row in expected] for name in said}
    assert len(set(said["outcome"])) > 1


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_that_disagree_are_told(engine: str, server: str | None, tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    mapping = read_mapping(tmp_path / "mapping.yaml")
    sound = {**mapped_rows(Random(3))[0], "born": "2010-01-01", "years": "16", "earlier": "1", 'in "this" case': "1"}
    changes = {
        "years": [{"years": "15"}],
        "born": [{"born": "1900-01-01", "years": ""}, {"born": "2027-01-01", "years": ""}],
        'earlier + in "this" case': [{"earlier": "999", 'in "this" case': "1"}],
    }
    rows = [{**sound, **change, "case no": "1"} for those in changes.values() for change in those]
    table = pa.table({name: [row[name] for row in [sound, *rows]] for name in sound})
    table = table.set_column(0, "case no", pa.array([str(number) for number in range(len(table))]))
    said = words_of(run_exported(engine, rules_of(MAPPED), ON, table, server, mapping))
    assert said["not_readable"] == [None, *(column for column, those in changes.items() for _ in those)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sum_beyond_the_range_is_told_also_where_one_of_its_columns_holds_none(
    engine: str, server: str | None, tmp_path: Path
) -> None:
    (tmp_path / "mapping.yaml").write_text(MAPPING.replace('in "this" case]', 'in "this" case, abroad]'), "utf-8")
    mapping = read_mapping(tmp_path / "mapping.yaml")
    row = {**mapped_rows(Random(3))[0], "born": "2010-01-01", "years": "16", "earlier": "0"}
    table = pa.table(
        {
            **{name: [text, text] for name, text in row.items()},
            **{"case no": ["0", "1"], 'in "this" case': ["998", "999"], "abroad": ["1", "1"]},
        }
    )
    said = words_of(run_exported(engine, rules_of(MAPPED), ON, table, server, mapping))
    assert said["not_readable"] == [None, 'earlier + in "this" case + abroad']


def test_numbers_dates_and_nulls_are_read_as_a_database_holds_them() -> None:
    rules = rules_of(EVERYTHING)
    row = _sound_row()
    typed = {
        "age": "17.0::double",
        "offence_count": "2",
        "offence_count.window_months": "12.0::double",
        "motivation_to_leave": "'stated'",
        "motivation_to_leave.observed_on": "DATE '2026-11-20'",
    }
    columns = ", ".join(f'{typed.get(name, "NULL")} AS "{name}"' for name in row if name != KEY)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE {TABLE} AS SELECT 7 AS key, {columns}")
        answer = connection.sql(write_sql(export_rules(rules, ON).query, TABLE)).to_arrow_table().to_pylist()[0]
    assert (answer["key"], answer["not_readable"]) == (7, None)
    assert (answer["criterion.age"], answer["criterion.motivation_stated"]) == ("met", "met")


@pytest.mark.parametrize("engine", ["duckdb", "sqlite"])
def test_a_column_that_the_table_lacks_is_an_error(engine: str) -> None:
    table = pa.table({name: ["0"] for name in _sound_row() if name != "gang_ties"})
    with pytest.raises(Exception, match="gang_ties"):
        run_sql(engine, write_sql(export_rules(rules_of(EVERYTHING), ON).query, TABLE), table)


@needs_real
@pytest.mark.parametrize("engine", ENGINES)
def test_the_real_assessments_have_the_outcomes_of_screening(engine: str, server: str | None, tmp_path: Path) -> None:
    mapping = read_mapping(CATALONIA)
    screen(REAL, tmp_path / "out.csv", EVERYTHING, on=ON, mapping=mapping)
    expected = rows_of(tmp_path / "out.csv")
    table = pc.read_csv(REAL)
    table = table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))
    said = words_of(run_exported(engine, rules_of(EVERYTHING), ON, table, server, mapping))
    assert len(expected) == 855
    assert said.pop("not_readable") == [None] * 855
    assert said == {name: [row[name] for row in expected] for name in said}
