"""A digest by mail: chosen by each, at most one a day, a number and nothing about anyone, by a real mail server."""

from collections.abc import Iterator
from datetime import date
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from api.accounts.mail import EXTENSION as OUTBOX
from api.accounts.mail import Outbox, sender_of
from api.cli import main
from api.digest.sending import is_due
from api.store.digest_tables import DigestChoice
from tests.api.accounts.mail_server import MailServer, running
from tests.api.accounts.people import Clock, House, Visitor
from tests.api.oversight.cases import ANNA, LO, REFERENCE, Town, make_town

CHOOSE = "/account/digest"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with running(MailServer()) as server:
        yield server


@pytest.fixture
def town(house: House, mail: MailServer) -> Town:
    """A municipality with a case whose comparison waits to be reviewed, and letters that go by the mail server."""
    made = make_town(house)
    house.add("rut@kommun.example", "reviewer")
    house.app.extensions[OUTBOX] = Outbox(sender_of(f"smtp://{mail.address}"), house.app.logger)
    return made


def digest(house: House) -> Result:
    with patch("api.wsgi.app_of_environment", lambda: house.app):
        return CliRunner().invoke(main, ["digest", "--language", "en"])


def choose(town: Town, every: str, email: str = "rut@kommun.example") -> Visitor:
    visitor = town.visitor(email)
    assert visitor.post(CHOOSE, {"every": every}, shown_at="/account").status_code == 303
    return visitor


def test_nobody_is_told_who_has_not_chosen_it(town: Town, mail: MailServer) -> None:
    assert digest(town.house).stdout == "Sent: 0. Nothing waits: 0. Could not be sent: 0.\n"
    assert mail.taken == []


def test_a_digest_says_a_number_and_nothing_about_anyone_and_the_same_day_has_one(
    town: Town, mail: MailServer, clock: Clock
) -> None:
    shown = choose(town, "daily").get("/account").text
    assert 'value="daily" id="every-daily" checked' in shown
    assert digest(town.house).stdout.startswith("Sent: 1.")
    assert digest(town.house).stdout.startswith("Sent: 0.")
    recipient, letter = mail.taken[0]
    assert (recipient, letter["Subject"]) == ("rut@kommun.example", "Ett ärende väntar på dig i Underlag")
    assert len(mail.taken) == 1
    for secret in (REFERENCE, town.case, "2010", "rut", "http"):
        assert secret not in letter.get_content()
    clock.pass_by(hours=24)
    assert digest(town.house).stdout.startswith("Sent: 1.")
    told = [(row.actor, row.outcome) for row in town.house.audit(action="send", kind="digest")]
    assert told == [("underlag", "done"), ("underlag", "done")]


def test_the_letter_is_written_in_the_language_in_which_it_was_chosen(town: Town, mail: MailServer) -> None:
    visitor = town.visitor("rut@kommun.example")
    visitor.post(f"{CHOOSE}?language=en", {"every": "weekly"}, shown_at="/account")
    digest(town.house)
    assert mail.taken[0][1]["Subject"] == "One case waits for you in Underlag"


@pytest.mark.parametrize("why", ["ended", "closed", "nothing", "no_role"])
def test_nothing_comes_when_it_was_ended_or_nothing_waits(town: Town, mail: MailServer, why: str) -> None:
    email = LO if why == "nothing" else "rut@kommun.example"
    choose(town, "daily", email) if why != "nothing" else _chosen(town, LO)
    if why == "ended":
        choose(town, "never")
    if why == "closed":
        town.house.close(email)
    if why == "no_role":
        town.house.set_roles(email, "statistics")
    assert "Sent: 0." in digest(town.house).stdout
    assert mail.taken == []


def _chosen(town: Town, email: str) -> None:
    account = town.house.audit(action="make", kind="account")[-2].record_id
    with town.house.database.unit_of_work() as session:
        session.add(
            DigestChoice(account_id=account, every="daily", language="sv", chosen_at=town.house.clock(), sent_on=None)
        )


def test_a_letter_that_the_server_does_not_take_is_sent_by_the_next_call(town: Town, mail: MailServer) -> None:
    choose(town, "weekly")
    mail.is_refusing = True
    failed = digest(town.house)
    assert (failed.exit_code, "Could not be sent: 1." in failed.stdout) == (1, True)
    mail.is_refusing = False
    assert digest(town.house).stdout.startswith("Sent: 1.")
    outcomes = [row.outcome for row in town.house.audit(action="send", kind="digest")]
    assert outcomes == ["done", "not_sent", "done"]


def test_choosing_again_on_the_same_day_brings_no_second_letter(town: Town, mail: MailServer) -> None:
    choose(town, "daily")
    digest(town.house)
    choose(town, "never")
    choose(town, "daily")
    digest(town.house)
    assert len(mail.taken) == 1
    with town.house.database.looking() as session:
        assert session.scalars(select(DigestChoice.every)).all() == ["daily"]


@pytest.mark.parametrize(
    ("every", "last", "today", "expected"),
    [
        ("daily", None, date(2026, 11, 23), True),
        ("daily", date(2026, 11, 23), date(2026, 11, 23), False),
        ("daily", date(2026, 11, 23), date(2026, 11, 24), True),
        ("weekly", date(2026, 11, 23), date(2026, 11, 29), False),
        ("weekly", date(2026, 11, 29), date(2026, 11, 30), True),
        ("weekly", date(2025, 12, 29), date(2026, 1, 4), False),
    ],
)
def test_a_weekly_digest_comes_once_in_a_calendar_week(
    every: str, last: date | None, today: date, expected: bool
) -> None:
    assert is_due(DigestChoice(every=every, sent_on=last), today) is expected


def test_whoever_has_no_cases_is_not_asked(town: Town) -> None:
    assert CHOOSE not in town.visitor(LO).get("/account").text
    shown = town.visitor(ANNA).get("/account").text
    assert CHOOSE in shown
    assert "väntar på dig" in shown
    assert "enhetens ärenden som är utan handläggare" not in shown


def test_who_leads_a_unit_is_told_how_it_stands_in_numbers(town: Town, mail: MailServer) -> None:
    town.house.add("mia@kommun.example", "unit_manager")
    town.house.close(ANNA)
    town.consent(valid_to="2026-11-29")
    shown = town.visitor("mia@kommun.example").get("/account").text
    assert f'action="{CHOOSE}"' in shown
    assert "enhetens ärenden som är utan handläggare, är försenade eller har ett samtycke som snart går ut" in shown
    assert "väntar på dig" not in shown
    choose(town, "daily", "mia@kommun.example")
    assert digest(town.house).stdout.startswith("Sent: 1.")
    _, letter = mail.taken[0]
    assert letter["Subject"] == "Enhetens arbete i Underlag"
    lines = letter.get_content().splitlines()
    assert lines[0] == "Ett ärende i enheten är utan handläggare."
    assert "I ett ärende i enheten går ett samtycke snart ut." in lines
    assert "öppna Enhetens arbete" in letter.get_content()
    for secret in (REFERENCE, town.case, "anna", "mia", "Mitt arbete", "väntar på dig"):
        assert secret not in letter.get_content()
