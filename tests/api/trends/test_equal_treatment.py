"""Comparing units under one rule: nothing there tells, beside published tables, of a number that those hide."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from unittest.mock import patch

import pandas as pd
import pytest

from api.demo.history import make_demo_history
from api.settings.accounts import AccountSettings
from api.settings.clock import ZONE
from api.store.database import Database
from api.store.upgrade import upgrade
from api.trends import equal_treatment
from api.trends.cache import Cache
from api.trends.equal_treatment import DIVIDED_BY, Compared, Hidden
from screening.library import Library
from screening.trends.case_mix import mixes, under_each_rule
from screening.trends.microaggregates import microaggregate
from tests.api.accounts.people import KEY, Clock, House, Visitor, make_app
from tests.screening.trends.test_what_if import LATTICE, LIBRARY, ON, UNITS, some_rows

YEAR, GUIDANCE = 2025, "stockholm_2012"
STINA, PAGE = "stina@example.se", "/trends/themes/units?language=sv"
ROWS = microaggregate(some_rows(5, 600), LIBRARY, ON)
MIXES = mixes(ROWS, LIBRARY, LATTICE, ON, GUIDANCE, UNITS)
RULED = under_each_rule(ROWS, LIBRARY, LATTICE, ON, [GUIDANCE])


def compared(hidden: Hidden) -> Compared:
    return Compared(YEAR, RULED, MIXES, hidden)


def told_of(hidden: Hidden) -> set[str]:
    return {mix.unit for mix in MIXES if not compared(hidden).is_left_out(mix)}


def tables(**hidden: tuple[str, ...]) -> equal_treatment.Ask:
    """Published tables of a year: every value has ten, but those that are named are hidden; None is no table."""

    def ask(question: dict[str, Any]) -> dict[str, Any]:
        across = str(question["across"])
        first = across.split(",")[0]
        without = hidden.get(across.replace(",", "_"), ())
        values = UNITS if first == "unit" else LATTICE.dimension(first).ids()
        rows = [
            {"period": str(YEAR), first: value, "count": None if value in without else 10}
            for value in values
            if without != ("no table",)
        ]
        return {"numbers": rows}

    return ask


def test_a_unit_with_a_hidden_number_is_left_out_and_so_are_those_who_are_told_of_together() -> None:
    everybody = {mix.unit for mix in MIXES}
    assert told_of(Hidden.of(YEAR, tables())) == everybody
    for name in ("unit", "unit_outcome"):
        hidden = Hidden.of(YEAR, tables(**{name: tuple(UNITS[:2])}))
        assert told_of(hidden) == everybody - {*UNITS[:2], ""}
        assert compared(hidden).tells_totals


def test_with_one_unit_left_out_nothing_is_told_of_everybody() -> None:
    assert not compared(Hidden.of(YEAR, tables(unit_outcome=(UNITS[0],)))).tells_totals
    assert not compared(Hidden.of(YEAR, tables(unit=(UNITS[0], "a unit that no row names")))).tells_totals
    assert compared(Hidden.of(YEAR, tables())).tells_totals


def test_a_hidden_outcome_leaves_out_the_rules_and_a_hidden_value_its_dimension() -> None:
    assert not compared(Hidden.of(YEAR, tables(outcome=("supports_offer",)))).tells_totals
    for dimension in DIVIDED_BY:
        hidden = Hidden.of(YEAR, tables(**{dimension: (LATTICE.dimension(dimension).ids()[0],)}))
        assert hidden.dimensions == {dimension}


@pytest.mark.parametrize("table", ["unit", "unit_outcome", "outcome", *DIVIDED_BY])
def test_a_table_that_was_not_published_hides_everything(table: str) -> None:
    hidden = Hidden.of(YEAR, tables(**{table: ("no table",)}))
    if table.startswith("unit"):
        assert told_of(hidden) == set()
        assert not compared(hidden).tells_totals
    else:
        assert table in hidden.dimensions


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Somebody who reads two invented years, of which much is hidden; nothing is written while they do."""
    folder = tmp_path_factory.mktemp("compared")
    database = Database(f"sqlite:///{folder / 'underlag.sqlite'}")
    upgrade(database)
    clock = Clock(datetime(2026, 11, 21, 12, tzinfo=ZONE))
    house = House(make_app(database, clock, AccountSettings(KEY, mail=f"folder:{folder}")), database, folder, clock)
    house.add(STINA, "statistics")
    with database.unit_of_work() as session:
        make_demo_history(session, clock(), Library(), people=1_200, years=2)
    yield house.logged_in(STINA)
    database.close()


@pytest.mark.thorough
def test_the_page_tells_of_no_unit_that_has_a_hidden_number_in_a_published_table(reader: Visitor) -> None:
    hidden = {"Ur flera enheter"}
    for across in ("unit", "unit,outcome"):
        labels = reader.get(f"/api/v1/trends?measure=recommendations&level=year&across={across}&format=json-stat").json
        names = labels["dimension"]["unit"]["category"]["label"]
        data = reader.get(f"/api/v1/trends?measure=recommendations&level=year&across={across}").get_json()
        rows = [row for row in data["numbers"] if row["period"] == str(YEAR) and row["count"] is None]
        hidden |= {names[row["unit"]] for row in rows}
    page = reader.get(PAGE).text
    section = page[page.index('id="equal-units"') : page.index('id="equal-meaning"')]
    told = dict(
        re.findall(r'<th scope="row" role="rowheader">([^<]*)</th><td[^>]*data-label="Stöds">([^<]*)<', section)
    )
    assert 1 < len(hidden) < len(told)
    assert {name for name, count in told.items() if count == "dolt"} == hidden
    assert section.count("data-hidden") == len(hidden)
    assert "är utelämnade (dolt)" in page
    outcomes = reader.get("/api/v1/trends?measure=recommendations&level=year&across=outcome").get_json()["numbers"]
    is_hidden = any(row["count"] is None for row in outcomes if row["period"] == str(YEAR))
    rules = page[page.index('id="equal-rules"') : page.index('id="equal-units"')]
    assert is_hidden == ("<table" not in rules)


@pytest.mark.thorough
@pytest.mark.parametrize("reference", ["gone@1.0", "youth_spj@9.9"])
def test_a_version_that_is_gone_is_told_and_takes_nothing_else_of_the_page(reader: Visitor, reference: str) -> None:
    read = equal_treatment.rows_of

    def changed(*given: Any) -> pd.DataFrame:
        rows = read(*given).copy()
        rows.loc[0, "instrument"] = reference
        return rows

    with patch.object(equal_treatment, "rows_of", changed), patch.object(equal_treatment, "_COMPARED", Cache(1)):
        page = reader.get(PAGE)
    assert page.status_code == 200
    assert "finns inte längre här" in page.text
    assert "Samma unga under varje regel" not in page.text
