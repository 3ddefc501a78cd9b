"""What a panel makes of published numbers: zero is a number, and limits are told where they are drawn."""

from datetime import date
from typing import Any

import pytest

from api.context.context import current_context
from api.trends.panel_numbers import PanelNumbers
from api.trends.panel_view import PanelView
from api.trends.panels import PANELS, Choice, Panel, panel_of
from api.web.translator import Translator
from screening.trends.lattice import month_of
from screening.trends.variation import variation_on
from tests.api.accounts.people import House
from tests.api.trends.histories import LATEST

TODAY = date(2026, 11, 29)
RULES = variation_on(TODAY)


def numbers_of(panel: Panel, rows: list[dict[str, Any]], totals: list[dict[str, Any]]) -> PanelNumbers:
    """A panel of one period, from the rows of its table and of the table without what it is divided by."""
    period = {"period": "2025", "is_series_break": False, "begins_here": [], "certificate": None}

    def ask(question: dict[str, Any]) -> dict[str, Any]:
        own = question["across"] == ",".join(panel.across) or not panel.across
        told = [{"period": "2025", **row} for row in (rows if own else totals)]
        return {"periods": [period], "numbers": told, "dimensions": list(panel.across)}

    return PanelNumbers(panel, Choice("year"), month_of(TODAY), LATEST, ask)


def view_of(panel: Panel, rows: list[dict[str, Any]], totals: list[dict[str, Any]]) -> PanelView:
    return PanelView(numbers_of(panel, rows, totals), Translator(current_context().catalogue, "en"), RULES)


@pytest.mark.parametrize("count", [0, 12])
def test_a_table_of_zeros_is_drawn_as_one_of_other_numbers(count: int) -> None:
    for name in ("intakes", "outcomes", "recommendations"):
        panel = panel_of(name)
        row = {by: LATEST.dimension(by).ids()[0] for by in panel.across}
        assert numbers_of(panel, [{**row, "count": count}], [{"count": count}]).has_picture, name


def test_what_is_hidden_alone_is_no_picture() -> None:
    assert not numbers_of(panel_of("intakes"), [{"count": None}], []).has_picture


def test_zeros_of_every_panel_can_be_drawn_and_written_as_a_table(house: House) -> None:
    with house.app.test_request_context():
        for panel in PANELS:
            row = {by: (LATEST.dimension(by).ids() or ("north",))[0] for by in panel.across}
            view = view_of(panel, [{**row, "count": 0}], [{**row, "count": 0}])
            assert view.svg.startswith("<svg")
            assert view.table.numbers


@pytest.mark.parametrize("units", [RULES.number("least_units") - 1, RULES.number("least_units")])
def test_limits_stand_in_the_table_of_a_funnel_where_there_are_units_enough_to_draw_them(
    house: House, units: int
) -> None:
    names = [f"unit{place}" for place in range(units)]
    rows = [{"unit": name, "applies": "supports_offer", "count": 10} for name in names]
    with house.app.test_request_context():
        table = view_of(panel_of("units"), rows, [{"unit": name, "count": 20} for name in names]).table
    has_limits = units >= RULES.number("least_units")
    assert all(("–" not in row[-3:]) == has_limits for row in table.rows)


def test_a_number_whose_whole_is_hidden_says_that_its_share_is(house: House) -> None:
    rows = [{"outcome": name, "count": 12} for name in LATEST.dimension("outcome").ids()]
    with house.app.test_request_context():
        assert "12 · hidden" in view_of(panel_of("outcomes"), rows, [{"count": None}]).svg
