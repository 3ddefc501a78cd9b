"""What looks like a personal number in a text that is kept for good."""

import pytest

from api.store.identity import holds_personal_number


@pytest.mark.parametrize(
    "text",
    [
        "20100314-2397",
        "100314-2397",
        "1003142397",
        "201003142397",
        "Anna 2010-03-14 2397",
        "20100314\N{EN DASH}2397",
        "２０１００３１４２３９７",
        "100374+2398",
        "dnr 7, 100314 - 2398.",
    ],
)
def test_a_personal_number_is_seen_wherever_it_stands_in_a_text(text: str) -> None:
    assert holds_personal_number(text)


@pytest.mark.parametrize(
    "text", ["SN 2026/117", "2026-01234-01", "2026-117", "2026-11-21", "070-123 45 67", "2026110117", "Öppenvård 12"]
)
def test_registration_numbers_dates_and_telephones_are_none(text: str) -> None:
    assert not holds_personal_number(text)
