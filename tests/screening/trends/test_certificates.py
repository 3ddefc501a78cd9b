"""Certificates: what a reader can at most conclude, and that nothing is published without it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import ceil, floor, inf

import numpy as np
import pandas as pd
import pytest

from screening.trends import publishing
from screening.trends.blocks import Block, Mask, Sum
from screening.trends.certificates import Known, Reader, Reading, _is_told, unprotected
from screening.trends.counting import Cohort, Counted
from screening.trends.disclosure import least_hidden
from screening.trends.lattice import Period, periods_between
from screening.trends.optimum import Optimum
from screening.trends.publishing import Published, publish
from tests.screening.trends.attacking import Attacker, Table, relations
from tests.screening.trends.cohorts import FIRST, LATTICE, UNITS, some_cohort
from tests.screening.trends.least_hidden import some_table
from tests.screening.trends.test_publishing import count_year, with_more
from tests.thoroughness import a_few

PROTECTION = LATTICE.limit("protection")
YEAR = Period(FIRST, 12)


def published_in_turn(counted: Counted) -> tuple[dict[Table, Published], publishing.Publication]:
    """Everything that was published of a year, and the last publication, which is that of the year."""
    shown: dict[Table, Published] = {}
    for level in counted.measure.levels():
        for period in periods_between(FIRST, FIRST + 12, level):
            made = publish(LATTICE, counted, period, shown)
            shown |= {(period, dims): cells for dims, cells in made.tables.items()}
    return shown, made


def whole(low: float, high: float) -> tuple[float, float]:
    """The whole numbers between two bounds."""
    return (float(ceil(low - 1e-6)), float(floor(high + 1e-6)) if high < inf else inf)


@pytest.mark.thorough
@pytest.mark.parametrize("measure", ["intakes", "recommendations", "endings"])
@pytest.mark.parametrize(("seed", "rows"), [(21, 60), (22, 700)])
def test_the_intervals_are_those_that_another_reader_finds(measure: str, seed: int, rows: int) -> None:
    shown, made = published_in_turn(count_year(some_cohort(seed, rows), measure))
    known = {(table, key): number for table, cells in shown.items() for key, number in cells.items()}
    attacker, reading = Attacker(list(relations(LATTICE, shown)), known), Reading(LATTICE, shown)
    hidden = [cell for cell, number in known.items() if number is None]
    chosen = np.random.default_rng(seed).permutation(len(hidden))[:60]
    for table, key in (hidden[place] for place in chosen):
        assert reading.interval(table, key) == whole(*attacker.bounds((table, key)))
    assert reading.certificates() == made.certificates
    assert set(made.certificates) == set(shown)


@pytest.mark.parametrize("period", [Period(FIRST + 3, 3), YEAR], ids=["quarter", "year"])
def test_the_intervals_of_a_corrected_period_are_those_of_a_reader_with_both_revisions(period: Period) -> None:
    before = some_cohort(11, 1500)
    first = publish(LATTICE, count_year(before, "decisions"), period, {})
    shown = {(period, dims): cells for dims, cells in first.tables.items()}
    counted = count_year(with_more(before, "decisions", period.first, 40), "decisions")
    made = publish(LATTICE, counted, period, shown)
    now = {(period, dims): cells for dims, cells in made.tables.items()}
    attacker = Attacker.of_two(list(relations(LATTICE, shown)), shown, list(relations(LATTICE, now)), now)
    reading = Reading(LATTICE, now, [shown])
    hidden = [(table, key) for table, cells in now.items() for key, number in cells.items() if number is None]
    for table, key in hidden[::3]:
        assert reading.interval(table, key) == whole(*attacker.bounds(("new", (table, key))))
    assert reading.certificates() == made.certificates
    alone = Reading(LATTICE, now)
    assert any(reading.interval(*cell) != alone.interval(*cell) for cell in hidden)


@pytest.mark.parametrize("measure", a_few(measure.id for measure in LATTICE.measures))
def test_a_certificate_counts_what_is_shown_and_hidden_and_no_interval_is_narrower_than_the_protection(
    measure: str,
) -> None:
    _, made = published_in_turn(count_year(some_cohort(23, 600), measure))
    for dims, cells in made.tables.items():
        certificate = made.certificates[YEAR, dims]
        numbers = list(cells.values())
        assert (certificate.hidden, certificate.shown) == (numbers.count(None), len(numbers) - numbers.count(None))
        assert certificate.narrowest is None or certificate.narrowest >= PROTECTION
        assert certificate.hidden or certificate.narrowest is None


def test_what_a_longer_period_shows_narrows_what_is_known_of_the_shorter_ones() -> None:
    counted = count_year(some_cohort(24, 500), "recommendations")
    shown: dict[Table, Published] = {}
    first: dict[Table, int | None] = {}
    for level in counted.measure.levels():
        for period in periods_between(FIRST, FIRST + 12, level):
            made = publish(LATTICE, counted, period, shown)
            shown |= {(period, dims): cells for dims, cells in made.tables.items()}
            first |= {(period, dims): made.certificates[period, dims].narrowest for dims in made.tables}
    last = {table: certificate.narrowest for table, certificate in made.certificates.items()}
    pairs = [(was if was is not None else inf, last[table] or inf) for table, was in first.items()]
    assert all(now <= was for was, now in pairs)
    assert any(now < was for was, now in pairs)


@pytest.mark.parametrize(
    ("months", "total", "hidden", "expected"),
    [
        ([10, None, 14], 30, 1, (6, 6)),
        ([10, None, 14], None, 1, (0, inf)),
        # As where a correction of a month is held back: the total is hidden since it is not the sum of what is shown.
        ([10, 12, 14], None, 3, (0, inf)),
    ],
)
def test_a_hidden_total_of_months_that_are_all_shown_is_not_taken_for_their_sum(
    months: list[int | None], total: int | None, hidden: int, expected: tuple[float, float]
) -> None:
    periods = [*(Period(FIRST + place, 1) for place in range(3)), Period(FIRST, 3)]
    shown: dict[Table, Published] = {
        (period, ()): {(): number} for period, number in zip(periods, [*months, total], strict=True)
    }
    assert Reading(LATTICE, shown).interval((periods[hidden], ()), ()) == expected


def test_a_sum_known_to_be_no_more_than_its_total_lets_a_part_come_to_what_the_others_leave() -> None:
    values, none = np.array([4, 0, 10]), np.zeros(3, dtype=np.int64)
    known = Known(values, np.array([False, True, False]), none, sums=(), at_most=[Sum(2, np.array([0, 1]))])
    assert Reader(known).interval({1: 1.0}) == (0, 6)


def test_where_not_every_case_has_a_value_to_be_divided_by_a_longer_period_is_still_the_sum_of_the_shorter() -> None:
    """By the units the one that is hidden comes to 7, by its own outcomes to 6: some have no outcome, or no unit."""
    months = [Period(FIRST + place, 1) for place in range(3)]
    quarter = Period(FIRST, 3)
    shown: dict[Table, Published] = {
        (months[0], ()): {(): 10},
        (months[0], ("unit",)): {("north",): None, ("south",): 3},
        (months[0], ("unit", "outcome")): {("north", "met"): 4, ("north", "not_met"): 2},
        (months[1], ("unit",)): {("north",): 5},
        (months[2], ("unit",)): {("north",): 5},
        (quarter, ("unit",)): {("north",): None},
    }
    reading = Reading(LATTICE, shown)
    assert reading.interval((months[0], ("unit",)), ("north",)) == (6, 7)
    assert reading.interval((quarter, ("unit",)), ("north",)) == (16, 17)


def corrected(was: Published, became: Published) -> Reading:
    """A month by units, whose total of 20 grew to 22."""
    month = Period(FIRST, 1)
    before: dict[Table, Published] = {(month, ()): {(): 20}, (month, ("unit",)): was}
    now: dict[Table, Published] = {(month, ()): {(): 22}, (month, ("unit",)): became}
    return Reading(LATTICE, now, [before])


@pytest.mark.parametrize("became", [{("north",): None, ("south",): None}, {("north",): 8, ("south",): 14}])
def test_a_correction_tells_by_how_little_a_hidden_number_grew(became: Published) -> None:
    """By 0 to 2, also where it is shown now and is known not to have been small: it was 6 to 8, or 12 to 14."""
    reading = corrected({("north",): None, ("south",): None}, became)
    assert reading.tells_of_a_correction(PROTECTION, LATTICE.limit("smallest_revision"))


def test_a_correction_tells_nothing_of_a_growth_that_lies_within_as_much_as_the_protection() -> None:
    reading = corrected({("north",): None, ("south",): None}, {("north",): None, ("south",): None})
    assert not reading.tells_of_a_correction(2, LATTICE.limit("smallest_revision"))


@pytest.mark.parametrize(
    ("was", "became", "tells"),
    [
        ((None, None, 10), (None, 18, None), True),  # the first is 2, and nobody was added
        ((None, None, 10), (None, None, 10), False),
        ((None, 16, 10), (None, 16, 10), False),  # the first is 4 by either alone, which is no fault of the other
    ],
)
def test_where_nothing_grew_what_is_hidden_now_and_what_was_hidden_tell_together_what_neither_tells(
    was: tuple[int | None, ...], became: tuple[int | None, ...], *, tells: bool
) -> None:
    month = Period(FIRST, 1)
    before, now = (
        {(month, ()): {(): 30}, (month, ("unit",)): {(unit,): number for unit, number in zip(UNITS, each, strict=True)}}
        for each in (was, became)
    )
    reading = Reading(LATTICE, now, [before])
    assert reading.tells_of_a_correction(PROTECTION, LATTICE.limit("smallest_revision")) is tells


@pytest.mark.parametrize(
    ("interval", "is_told"),
    [
        ((0, 4), True),
        ((0, 5), False),  # as wide as the protection
        ((4, 5), True),
        ((5, 6), False),  # not small
        ((0, 0), False),  # none at all: nobody is in it
        ((0, 1), True),
        ((1, 1), True),
    ],
)
def test_a_number_is_told_that_may_be_small_and_is_known_to_within_less_than_the_protection(
    interval: tuple[float, float], is_told: bool
) -> None:
    assert _is_told(interval, protection=5, smallest=5) is is_told


# --- planted faults --------------------------------------------------------------------------------------------------


def only_the_small(block: Block, hidden: Mask) -> Mask:
    return block.is_small | (block.states == publishing.State.HIDDEN)


def one_less(block: Block, hidden: Mask) -> Mask:
    return without_first(hidden, hidden & ~block.is_small & (block.states == publishing.State.OPEN))


def one_small(block: Block, hidden: Mask) -> Mask:
    return without_first(hidden, block.is_small & (block.states == publishing.State.OPEN))


def without_first(hidden: Mask, of: Mask) -> Mask:
    less = hidden.copy()
    less[np.flatnonzero(of)[:1]] = False
    return less


@pytest.mark.parametrize("fault", [only_the_small, one_less, one_small])
def test_what_does_not_protect_is_not_published(
    fault: Callable[[Block, Mask], Mask], monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_fault(block: Block, protection: int) -> Optimum:
        choice = least_hidden(block, protection)
        return replace(choice, hidden=fault(block, choice.hidden))

    counted = count_year(some_cohort(25, 400), "recommendations")
    quarter = Period(FIRST + 3, 3)
    assert not publish(LATTICE, counted, quarter, {}).is_withheld
    monkeypatch.setattr(publishing, "least_hidden", at_fault)
    made = publish(LATTICE, counted, quarter, {})
    assert made.is_withheld
    assert all(number is None for cells in made.tables.values() for number in cells.values())
    assert all(certificate.shown == 0 for certificate in made.certificates.values())


def test_every_single_cell_that_is_shown_too_much_is_noticed() -> None:
    for seed in range(4):
        block = some_table(seed)
        hidden = least_hidden(block, PROTECTION).hidden
        assert unprotected(block, hidden, PROTECTION) == []
        for cell in np.flatnonzero(hidden):
            less = hidden.copy()
            less[cell] = False
            assert unprotected(block, less, PROTECTION), (seed, cell)


def test_a_correction_that_tells_with_what_stood_before_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a table in which something was hidden were not hidden whole when it is corrected; see decision 63."""
    place = publishing._place

    def leave_open(*given: object) -> object:
        places, (values, behind, states, room, loss) = place(*given)  # type: ignore[arg-type]
        states = np.where(states == publishing.State.HIDDEN, int(publishing.State.OPEN), states)
        return places, (values, behind, states, room, loss)

    quarter = Period(FIRST + 3, 3)
    before = some_cohort(10, 300)
    counted = count_year(before, "recommendations")
    recounted = count_year(with_more(before, "recommendations", quarter.first, 12), "recommendations")
    first = publish(LATTICE, counted, quarter, {})
    shown: Mapping[Table, Published] = {(quarter, dims): cells for dims, cells in first.tables.items()}
    assert not publish(LATTICE, recounted, quarter, shown).is_withheld
    monkeypatch.setattr(publishing, "_place", leave_open)
    assert publish(LATTICE, recounted, quarter, shown).is_withheld


# --- the first year --------------------------------------------------------------------------------------------------


def test_nobody_is_found_by_taking_it_that_nothing_was_recorded_before_the_first_month() -> None:
    """What December hides, the first quarter hides too: it has the same cases."""
    last = FIRST + 11
    units = ["north"] * 2 + ["south"] * 10 + ["west"] * 40
    intakes = pd.DataFrame({"case": range(len(units)), "month": last, "unit": units, "reporter": "own"})
    columns = some_cohort(1, 5).events["intakes"].columns
    counted = count_year(Cohort({"intakes": intakes.reindex(columns=columns)}, UNITS), "intakes")
    december, quarter = Period(last, 1), Period(last - 2, 3)
    # not what would be chosen, but it protects
    shown: dict[Table, Published] = {
        (december, ()): {(): 52},
        (december, ("unit",)): {("north",): None, ("south",): 10, ("west",): None},
    }
    made = publish(LATTICE, counted, quarter, shown)
    assert made.tables["unit",] == {("north",): None, ("south",): 10, ("west",): None}
