"""Sex, origin, citizenship, religion and place of living are refused under their usual names."""

import pytest

from instruments.never_inputs import is_never_an_input
from instruments.shipped import instrument_registry


@pytest.mark.parametrize(
    "name",
    [
        "sex", "Gender", "youth_sex", "kön", "Kön", "KON", "origin", "ursprung", "country_of_birth", "Födelseland",
        "mothers-country-of-birth", "citizenship", "medborgarskap", "religion", "parental religion", "trossamfund",
        "postcode", "Postnummer", "zip", "zip_code", "area_statistics", "områdestyp", "utsatt område", "etnicitet",
        "foreign_born", "utrikesfödd", "mother_tongue", "modersmål", "race",
    ],
)  # fmt: skip
def test_a_name_that_says_so_is_refused(name: str) -> None:
    assert is_never_an_input(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "age", "sex_offences", "sexual_violence", "origin_of_the_report", "community_disorganisation", "trace",
        "district", "area", "faithful_attendance", "konflikt", "ekonomi", "trovardighet", "trust", "residence",
    ],
)  # fmt: skip
def test_an_ordinary_name_is_let_through(name: str) -> None:
    assert not is_never_an_input(name)


def test_no_shipped_item_has_such_a_name() -> None:
    for definition in instrument_registry():
        assert not [item.id for item in definition.content.items if is_never_an_input(item.id)]
