"""Whom to consider asking into the group: the list fits the definitions, and what is not known suggests nothing."""

from datetime import date

import pytest

from api.cases.participation.suggesting import Suggestion, the_suggestions
from tests.cases.reading import library

LIBRARY = library()
ON = date(2026, 11, 22)


def by_id(name: str) -> Suggestion:
    return next(each for each in the_suggestions().suggestions if each.id == name)


def test_every_recipient_item_and_fact_is_one_that_exists() -> None:
    items = {item.id: each.content.levels(item) for each in LIBRARY.instruments for item in each.content.items}
    facts = LIBRARY.facts(ON).by_id
    for each in the_suggestions().suggestions:
        assert each.recipient in LIBRARY.consent_rules(ON).recipient_ids, each.id
        for name, levels in each.items.items():
            assert set(levels) <= set(items[name]), (each.id, name)
        for name, values in each.facts.items():
            assert set(values) <= set(facts[name].codes), (each.id, name)


@pytest.mark.parametrize(
    ("name", "age", "levels", "facts", "holds"),
    [
        ("police", None, {}, {}, True),
        ("school", 17, {}, {}, True),
        ("school", 18, {}, {}, False),
        ("school", None, {}, {}, False),
        ("leisure", 15, {"prosocial_involvement": "absent"}, {}, True),
        ("leisure", 15, {"prosocial_involvement": "present"}, {}, False),
        ("leisure", 15, {}, {}, False),
        ("employment_service", 15, {}, {"fixed_employment": "no"}, False),
        ("employment_service", 16, {}, {"fixed_employment": "no"}, True),
        ("violence_prevention", 15, {"anger_management": "high"}, {}, True),
        ("violence_prevention", 15, {"anger_management": "low"}, {}, False),
        ("addiction_care_before_work", 16, {"substance_use": "moderate"}, {}, True),
        ("addiction_care_before_work", 15, {"substance_use": "moderate"}, {}, False),
        ("sis", 16, {}, {"institution_release_within_months": 6}, True),
        ("sis", 16, {}, {"institution_release_within_months": 7}, False),
        ("sis", 16, {}, {"institution_release_within_months": "not_applicable"}, False),
    ],
)
def test_each_is_suggested_where_its_conditions_are_known_to_hold(
    name: str, age: int | None, levels: dict[str, str], facts: dict[str, object], holds: bool
) -> None:
    assert by_id(name).holds(age, levels, facts) is holds
