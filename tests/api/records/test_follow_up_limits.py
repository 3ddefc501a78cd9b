"""The limits of following up are those of the domain, hold on every day, and are those that the pages speak of."""

from datetime import date, timedelta

import pytest

from api.cases.follow_up_limits import DEFINITIONS, follow_up_limits, meeting_due_after, noticed_until
from instruments.messages import LANGUAGES, Catalogue
from instruments.registry import read_lock
from tests.api.records.world import TODAY

API = DEFINITIONS.parents[1]
LOCALES = (API / "cases" / "locale", API / "trends" / "locale")


def test_the_network_meets_every_fourth_week_and_a_day_is_reminded_of_two_weeks_before() -> None:
    """Domain 2.3: the reminder comes at 28 days from the last meeting."""
    assert meeting_due_after(TODAY) == TODAY + timedelta(days=28)
    assert noticed_until(TODAY) == TODAY + timedelta(days=14)


def test_a_day_before_the_first_version_is_followed_up_by_it() -> None:
    long_ago = date(1990, 1, 1)
    assert meeting_due_after(long_ago) == long_ago + timedelta(days=28)


def test_every_version_is_locked_and_says_who_decided_it_and_on_what_ground() -> None:
    versions = list(follow_up_limits())
    assert read_lock(DEFINITIONS) == {each.reference: each.sha256 for each in versions}
    for each in versions:
        assert {limit.id for limit in each.content.limits} == {"days_between_meetings", "days_of_notice"}
        assert all(limit.reading.sv and limit.reading.en and limit.decided_by for limit in each.content.limits)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["work.follow_up.overdue", "trends.panel.meetings"])
def test_what_the_pages_say_of_overdue_meetings_is_the_limit(key: str, language: str) -> None:
    words = Catalogue.from_folders(*LOCALES).text(key, language)
    assert str((meeting_due_after(TODAY) - TODAY).days) in words
