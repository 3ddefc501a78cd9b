"""The dashboard: five questions and their themes, drawn from published tables alone, and its files."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from api.demo.history import make_demo_history
from api.settings.accounts import AccountSettings
from api.settings.clock import ZONE
from api.store.database import Database
from api.store.upgrade import upgrade
from api.trends.drawing import as_png
from api.trends.filters import CHOSEN
from api.trends.panels import CHOSEN_BY, PANELS, QUESTIONS, THEMES, Choice, panels_in, table_for
from api.trends.publishing import rebuild
from api.trends.reading import read_cohort
from api.trends.reference import reference_numbers
from screening.library import Library
from tests.api.accounts.people import KEY, Clock, House, Visitor, make_app
from tests.api.shapes import assert_says_nothing_banned
from tests.api.trends.histories import LATTICE, Histories

PERIODS = "level=month&from=2026-01&to=2026-12"
NAMED = {panel.id: panel for panel in PANELS}
STINA = "stina@example.se"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Somebody who reads two invented years; nothing is written while they do."""
    folder = tmp_path_factory.mktemp("dashboard")
    database = Database(f"sqlite:///{folder / 'underlag.sqlite'}")
    upgrade(database)
    clock = Clock(datetime(2026, 11, 21, 12, tzinfo=ZONE))
    app = make_app(database, clock, AccountSettings(KEY, mail=f"folder:{folder}"))
    house = House(app, database, folder, clock)
    house.add(STINA, "statistics")
    with database.unit_of_work() as session:
        make_demo_history(session, clock(), Library(), people=1_200, years=2)
    yield house.logged_in(STINA)
    database.close()


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_first_screen_answers_five_questions(reader: Visitor, language: str) -> None:
    page = reader.get(f"/trends?language={language}")
    assert page.status_code == 200
    assert re.findall(r'<section class="trend" aria-labelledby="(\w+)">', page.text) == list(QUESTIONS)
    assert page.text.count('class="figure"') == len(QUESTIONS)
    assert "style=" not in page.text
    assert_says_nothing_banned(page.text)
    assert all(number.number in page.text for number in reference_numbers().numbers)


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_has_every_chart_with_its_table(reader: Visitor, theme: str) -> None:
    for language in ("sv", "en"):
        page = reader.get(f"/trends/themes/{theme}?language={language}")
        assert page.status_code == 200
        panels = [panel.id for panel in panels_in(LATTICE) if panel.theme == theme]
        assert re.findall(r'<section class="trend[^"]*" aria-labelledby="(\w+)">', page.text) == panels
        assert page.text.count("<details><summary>") >= len(panels)
        assert "style=" not in page.text
        assert ("linjär programmering" if language == "sv" else "linear programming") in page.text
        assert_says_nothing_banned(page.text)


def test_units_are_compared_beside_who_comes_to_them_and_what_a_rule_makes_of_them(reader: Visitor) -> None:
    page = reader.get("/trends/themes/units?language=sv").text
    for words in ("Behandlas lika fall lika?", "Vilka som kommer till varje enhet", "Stockholms stads kriterier 2012"):
        assert words in page
    mixed = page[page.index("Vilka som kommer till varje enhet") :]
    people = [int(each.replace("\u00a0", "")) for each in re.findall(r'data-label="Unga">([\d\u00a0]+)<', mixed)]
    assert people
    assert all(number % 5 == 0 for number in people)


def test_a_theme_that_is_not_there_is_not_found(reader: Visitor) -> None:
    assert reader.get("/trends/themes/people_by_name").status_code == 404


def table(reader: Visitor, measure: str, level: str, across: tuple[str, ...], only: str = "") -> list[dict[str, Any]]:
    """The rows of the last period of a published table, as programs get them."""
    address = f"/api/v1/trends?measure={measure}&level={level}&across={','.join(across) or 'total'}"
    data = reader.get(f"{address}&only={only}" if only else address).get_json()
    return [row for row in data["numbers"] if row["period"] == data["periods"][-1]["period"]]


def drawn(reader: Visitor, panel: str, query: str) -> tuple[list[int], int]:
    """The numbers that a picture is drawn from, in order, and how many of its marks are hidden ones."""
    picture = reader.get(f"/trends/{panel}.svg?{query}").text
    return [int(number) for number in re.findall(r'data-count="(\d+)"', picture)], picture.count("data-hidden")


@pytest.mark.parametrize("panel", ["outcomes", "reporters", "intakes_sex", "endings", "consents"])
@pytest.mark.parametrize("of", ["", "unit:aspen", "sex:male"])
def test_a_chart_by_value_is_drawn_from_the_published_table(reader: Visitor, panel: str, of: str) -> None:
    shown, dimension = NAMED[panel], of.partition(":")[0]
    chosen = table_for(LATTICE, shown, Choice("quarter", dimension=dimension, value=of.partition(":")[2]))
    if chosen is None:
        assert "efter" in reader.get(f"/trends/themes/{shown.theme}?of={of}").text
        assert drawn(reader, panel, f"of={of}") == ([], 0)
        return
    rows = table(reader, shown.measure, chosen.level, chosen.across, of)
    counts = [row["count"] for row in rows]
    assert drawn(reader, panel, f"of={of}") == (
        [count for count in counts if count],
        sum(count is None for count in counts),
    )


def test_a_chart_of_shares_is_drawn_from_the_published_table(reader: Visitor) -> None:
    rows = table(reader, "decisions", "year", ("unit", "applies"))
    wholes = {row["unit"]: row["count"] for row in table(reader, "decisions", "year", ("unit",))}
    known = {row["unit"]: row["count"] for row in rows if row["applies"] == "supports_offer"}
    counts = [known.get(unit, 0) if whole else None for unit, whole in wholes.items() if whole != 0]
    shown, hidden = drawn(reader, "units", "")
    assert sorted(shown) == sorted(each for each in counts if each is not None)
    assert hidden == counts.count(None)


def test_a_chart_over_time_is_drawn_from_the_published_tables(reader: Visitor) -> None:
    data = reader.get("/api/v1/trends?measure=intakes&level=month&across=unit&only=unit:eken").get_json()
    counts = [row["count"] for row in data["numbers"]]
    assert len(counts) > 1
    shown = [each for each in counts if each is not None]
    assert drawn(reader, "intakes", "level=month&of=unit:eken") == (shown, counts.count(None))


def test_what_is_chosen_is_met_by_a_published_table_or_told_to_have_none(reader: Visitor) -> None:
    for panel in panels_in(LATTICE):
        measure = LATTICE.measure(panel.measure)
        published = {frozenset(dims) for level in measure.levels() for dims in measure.across(level)}
        for dimension in CHOSEN_BY:
            chosen = table_for(LATTICE, panel, Choice(dimension=dimension, value="x"))
            assert (chosen is not None) == (frozenset({*panel.across, dimension}) in published)
            if chosen is not None:
                assert chosen.across in measure.across(chosen.level)
                assert chosen.totals in measure.across(chosen.level)
    page = reader.get("/trends?of=track:at_risk&language=sv")
    assert "Det publiceras ingen tabell över detta uppdelad efter spår" in page.text


def test_the_choice_stands_in_every_address_of_the_page(reader: Visitor) -> None:
    page = reader.get(f"/trends?{PERIODS}&of=unit:aspen").text
    for address in re.findall(r'href="(/trends/(?:themes/\w+|\w+\.csv)\?[^"]*)"', page):
        assert all(f"{name}=" in address for name in CHOSEN), address
    assert '<option value="unit:aspen" selected>' in page


def test_files_have_the_rows_that_the_picture_is_drawn_from(reader: Visitor) -> None:
    spreadsheet = reader.get("/trends/units.csv?level=quarter").text
    header, *rows = csv.reader(io.StringIO(spreadsheet.removeprefix("\ufeff")), delimiter=";")
    assert header[:6] == ["period", "unit", "Enhet", "applies", "Rekommendation som gäller", "count"]
    units = {(row[1], row[2]) for row in rows if row[1]}
    assert units
    assert all(label != code for code, label in units)
    svg = reader.get(f"/trends/intakes.svg?{PERIODS}")
    root = ElementTree.fromstring(svg.data)  # noqa: S314 -- ours
    assert root.get("aria-label")
    assert reader.get(f"/trends/intakes.png?{PERIODS}").data.startswith(b"\x89PNG")
    assert reader.get("/trends/intakes.exe").status_code == 404
    assert reader.get("/trends/people.svg").status_code == 404


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("from=2024-01&to=2023-01", "to", "slutar före sin början"),
        ("level=day", "level", "måste vara något av"),
        ("from=mars", "from", "är ingen månad"),
        ("to=1000000", "to", "är ingen månad"),
        ("of=unit:nowhere", "of", "måste vara något av"),
        ("of=reporter:police", "of", "måste vara något av"),
    ],
)
def test_a_wrong_choice_is_told_beside_the_form_that_it_was_made_in(
    reader: Visitor, query: str, field: str, said: str
) -> None:
    for place in ("/trends", "/trends/themes/time"):
        page = reader.get(f"{place}?{query}")
        assert page.status_code == 400
        assert said in page.text
        assert f'href="#choose-{field}"' in page.text
        assert f'id="choose-{field}"' in page.text
        assert 'role="img"' not in page.text


def test_a_choice_that_cannot_be_shown_is_kept_in_the_form(reader: Visitor) -> None:
    page = reader.get("/trends?from=2026-01&to=2025-12&level=month").text
    assert '<option value="2026-01" selected>' in page
    assert '<option value="2025-12" selected>' in page


def test_a_new_publication_is_drawn_anew(house: House) -> None:
    def publish() -> str:
        with house.database.unit_of_work() as session:
            rebuild(session, house.clock(), read_cohort(session, LATTICE, Library()))
        return house.logged_in(STINA).get("/trends?level=month").text

    row = '<th scope="row" role="rowheader">februari 2023'
    with house.database.unit_of_work() as session:
        Histories(3, days=35).write(session, 60)
    house.add(STINA, "statistics")
    house.clock.moment = house.clock.moment.replace(year=2023, month=2, day=5)
    assert row not in publish()
    house.clock.moment = house.clock.moment.replace(month=3)
    assert row in publish()


def test_the_period_that_goes_on_is_drawn_as_such_and_has_no_number(reader: Visitor) -> None:
    picture = reader.get("/trends/intakes.svg?level=month").text
    assert "pågår" in picture
    assert "2026-11" not in reader.get("/trends/intakes.csv?level=month").text
    assert "pågår" not in reader.get("/trends/intakes.svg?level=month&to=2026-10").text


def test_a_number_is_written_as_the_language_does(reader: Visitor) -> None:
    for language, percent in (("sv", r"\d\u00a0%"), ("en", r"\d%")):
        assert re.search(percent, reader.get(f"/trends?language={language}").text)


def test_a_picture_as_png_is_drawn_on_white() -> None:
    mark = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"></svg>'
    assert as_png(mark).startswith(b"\x89PNG")
