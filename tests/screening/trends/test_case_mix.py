"""Comparing units: the same young people under each rule, and each unit's under one rule."""

import pytest

from screening.trends.case_mix import mixes, under_each_rule
from screening.trends.microaggregates import microaggregate
from screening.trends.what_if import DIVIDED_BY, Arm, what_if
from tests.screening.trends.test_what_if import LATTICE, LIBRARY, ON, UNITS, some_rows

RULES = ["stockholm_2012", "stockholm_2012/kungsholmen", "stockholm_2012/norrmalm"]
ROWS = microaggregate(some_rows(5, 600), LIBRARY, ON)


def test_every_rule_is_held_against_the_same_young_people() -> None:
    ruled = under_each_rule(ROWS, LIBRARY, LATTICE, ON, RULES)
    assert [each.guidance for each in ruled] == RULES
    assert {each.people for each in ruled} == {5 * len(ROWS)}
    first = ruled[0]
    assert (first.enters, first.leaves) == (0, 0)
    for each in ruled[1:]:
        answer = what_if(ROWS, LIBRARY, LATTICE, ON, Arm(RULES[0], {}), Arm(each.guidance, {}), units=UNITS)
        assert (each.supported, each.enters, each.leaves) == (
            answer.total.supported_after,
            answer.total.enters,
            answer.total.leaves,
        )


def test_units_add_up_to_everybody_under_the_same_rule() -> None:
    case_mixes = mixes(ROWS, LIBRARY, LATTICE, ON, RULES[0], UNITS)
    everybody = what_if(ROWS, LIBRARY, LATTICE, ON, Arm(RULES[0], {}), Arm(RULES[0], {}), units=UNITS)
    assert sum(mix.people for mix in case_mixes) == everybody.people
    assert sum(mix.supported for mix in case_mixes) == everybody.total.supported_before
    assert {mix.unit for mix in case_mixes} <= {*UNITS, ""}
    for dimension in set(DIVIDED_BY) - {"unit"}:
        for mix in case_mixes:
            assert sum(mix.shares(dimension).values()) == pytest.approx(1)
            assert all(round(share * mix.people) % 5 == 0 for share in mix.shares(dimension).values())


def test_a_unit_that_nobody_comes_to_is_left_out() -> None:
    assert "nowhere" not in {mix.unit for mix in mixes(ROWS, LIBRARY, LATTICE, ON, RULES[0], [*UNITS, "nowhere"])}
