"""The dashboard: every picture followed by its table, in both languages, and its files."""

import csv
import io
from xml.etree import ElementTree

import pytest

from api.trends import pictures
from api.trends.panels import PANELS, wilson
from api.trends.publishing import rebuild
from api.trends.reading import read_cohort
from api.trends.reference import reference_numbers
from screening.library import Library
from tests.api.accounts.people import House, Visitor
from tests.api.shapes import assert_says_nothing_banned
from tests.api.trends.histories import LATTICE, Histories

FILTERS = "level=month&from=2022-12&to=2023-12"


@pytest.fixture
def reader(house: House) -> Visitor:
    with house.database.unit_of_work() as session:
        Histories(3, days=35).write(session, 300)
        house.clock.moment = house.clock.moment.replace(year=2023, month=2, day=5)
        rebuild(session, house.clock(), read_cohort(session, LATTICE, Library()))
    house.add("stina@example.se", "statistics")
    return house.logged_in("stina@example.se")


def test_the_dashboard_and_its_files(reader: Visitor) -> None:
    for language, title in (("sv", "Sammanställningar"), ("en", "Compilations")):
        page = reader.get(f"/trends?{FILTERS}&language={language}")
        assert page.status_code == 200
        assert f"<h1>{title}</h1>" in page.text
        for panel in PANELS:
            assert f'id="{panel.id}"' in page.text
        assert page.text.count("<caption>") == len(PANELS)
        assert page.text.count('role="img"') >= 1
        assert page.text.count("<figure>") == page.text.count('role="img"')
        assert page.text.count("<details>") == len(PANELS)
        assert "style=" not in page.text
        assert_says_nothing_banned(page.text)
        assert all(number.number in page.text for number in reference_numbers().numbers)
    table = reader.get("/trends/units.csv?level=quarter")  # a month has too few to be told by unit
    header, *rows = csv.reader(io.StringIO(table.text.removeprefix("\ufeff")), delimiter=";")
    assert header[:6] == ["period", "unit", "Enhet", "applies", "Rekommendation som gäller", "count"]
    units = {(row[1], row[2]) for row in rows if row[1]}
    assert units
    assert all(label != code for code, label in units)
    drawn = next(panel.id for panel in PANELS if f"/trends/{panel.id}.svg" in page.text)
    svg = reader.get(f"/trends/{drawn}.svg?{FILTERS}")
    root = ElementTree.fromstring(svg.data)  # noqa: S314 -- ours
    assert root.get("aria-label")
    png = reader.get(f"/trends/{drawn}.png?{FILTERS}")
    assert png.data.startswith(b"\x89PNG")
    assert reader.get(f"/trends/{drawn}.exe").status_code == 404
    assert reader.get("/trends/people.svg").status_code == 404


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("from=2024-01&to=2023-01", "to", "slutar före sin början"),
        ("level=day", "level", "måste vara något av"),
        ("from=mars", "from", "är ingen månad"),
        ("to=1000000", "to", "är ingen månad"),
    ],
)
def test_a_wrong_choice_is_told_beside_the_form_that_it_was_made_in(
    reader: Visitor, query: str, field: str, said: str
) -> None:
    page = reader.get(f"/trends?{query}")
    assert page.status_code == 400
    assert said in page.text
    assert f'href="#choose-{field}"' in page.text
    assert f'id="choose-{field}"' in page.text
    assert 'role="img"' not in page.text


def test_a_new_publication_is_drawn_anew(reader: Visitor, house: House) -> None:
    row = '<th scope="row" role="rowheader">2023-02'
    assert row not in reader.get("/trends?level=month").text
    with house.database.unit_of_work() as session:
        house.clock.moment = house.clock.moment.replace(month=3)
        rebuild(session, house.clock(), read_cohort(session, LATTICE, Library()))
    assert row in house.logged_in("stina@example.se").get("/trends?level=month").text


def test_the_period_that_goes_on_is_drawn_as_such_and_has_no_number(reader: Visitor) -> None:
    picture = reader.get("/trends/intakes.svg?level=month").text
    assert "2023-02" in picture
    assert "pågår" in picture
    assert "2023-02" not in reader.get("/trends/intakes.csv?level=month").text
    assert "pågår" not in reader.get("/trends/intakes.svg?level=month&to=2023-01").text


def test_an_interval_is_wilsons() -> None:
    assert wilson(10, 20) == pytest.approx((0.2993, 0.7007), abs=1e-4)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == pytest.approx(1.0)


def test_what_was_drawn_once_is_not_drawn_again(reader: Visitor) -> None:
    for language in ("sv", "en"):
        reader.get(f"/trends?language={language}")
    drawn = pictures._drawn.cache_info().misses
    assert 'role="img"' in reader.get("/trends?language=sv").text
    assert 'role="img"' in reader.get("/trends?language=en").text
    assert pictures._drawn.cache_info().misses == drawn
