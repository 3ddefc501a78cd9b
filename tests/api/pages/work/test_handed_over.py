"""A device that is handed over with the questions on the work shows them and nothing else, whatever is tried on it."""

import html
import re
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import delete, select

from api.access.declarations import routes
from api.cases.journal import entries
from api.context.context import LOCALE_OF_CASES
from api.store.account_tables import HandedOverForm
from api.store.schema import Entry
from instruments.messages import Catalogue
from screening.library import Library
from tests.api.accounts.people import HOST, House, Visitor
from tests.api.pages.work.working import ANNA, BO, Worker, at_work

CATALOGUE = Catalogue.from_folders(LOCALE_OF_CASES)
FORM = "/handed-over"
#: What stands in the form and on no other page.
FIELD = 'name="answers.'
YES = {"answers.listened_to": "agree", "own_words": "Lotsen ringer alltid tillbaka."}
#: What somebody who has the device may reach: the form, what pages look like, and logging in.
OPEN = re.compile(r"/(handed-over|log-in|oidc|static|bootstrap|municipality|go-on)")
_KEY = "0" * 32


@pytest.fixture
def anna(house: House) -> Worker:
    return at_work(house)


@pytest.fixture
def case(anna: Worker) -> str:
    case = anna.open_case()
    begun = {"started_on": "2026-10-01", "part_of_decision": "yes", "court_ordered": "no"}
    assert anna.send(f"{case}/follow-up/participation_started", begun).status_code == 303
    return case


def hand_over(anna: Worker, case: str, respondent: str = "youth", language: str = "sv") -> Visitor:
    answer = anna.send(f"{case}/experience", {"respondent": respondent, "language": language})
    assert (answer.status_code, answer.headers["Location"]) == (303, FORM), html.unescape(answer.text)
    return anna.visitor


def told(house: House, case: str) -> list[Entry]:
    with house.database.looking() as session:
        return list(entries(session, case.rpartition("/")[2], "experience_told"))


def addresses(house: House) -> Iterator[tuple[str, str]]:
    """Every address of the service that is not the form or a way to log in, with each of its methods."""
    for _, rule, method, _ in routes(house.app):
        address = re.sub(r'<any\("?([a-z_]+)"?[^>]*>', r"\1", rule)
        address = re.sub(r"<int[^>]*>", "1", address)
        address = re.sub(r"<[^>]+>", _KEY, address)
        if not OPEN.match(address) and method != "HEAD":
            yield method, address


def test_the_answers_are_kept_with_who_answered_and_no_name(house: House, anna: Worker, case: str) -> None:
    device = hand_over(anna, case)
    page = device.get(FORM).text
    assert "Lyssnar vi på dig när vi ses?" in page
    assert 'name="answers.listened_to"' in page
    assert "checked" not in page, "no answer has a default"
    sent = device.post(FORM, YES)
    assert sent.headers["Location"] == f"{FORM}/thanks"
    [entry] = told(house, case)
    assert entry.content == {
        "told_on": "2026-11-21",
        "told_by": "youth",
        "way": "screen",
        "definition": "experience@1.0",
        "answers": {"listened_to": "agree"},
        "own_words": "Lotsen ringer alltid tillbaka.",
    }
    assert device.log_in(ANNA, house.passwords[ANNA]).status_code == 303
    page = anna.see(f"{case}/follow-up")
    assert "Lyssnar vi på dig när vi ses? Ja" in page
    assert "den unge, på skärm. Ingen slutsats om orsak." in page


def test_the_page_shows_nothing_of_the_case_and_no_menu(anna: Worker, case: str) -> None:
    device = hand_over(anna, case, "guardian", "en")
    page = device.get(FORM).text
    for known in ("2026-117", case.rpartition("/")[2], "anna", "<nav", "<header", "<footer", '"/work', "SIG"):
        assert known not in page, known
    assert re.findall(r'<a [^>]*href="([^"]*)"', page) == ["/log-in"]
    assert "Do we listen to you when we meet?" in page


def test_every_other_address_answers_with_log_in(house: House, anna: Worker, case: str) -> None:
    device = hand_over(anna, case)
    tried = list(addresses(house))
    assert len(tried) > 150
    for method, address in tried:
        answer = device.client.open(address, method=method, base_url=HOST, buffered=True)
        if answer.status_code == 303:
            assert answer.headers["Location"].startswith("/log-in"), (method, address)
        else:
            assert answer.status_code in (401, 406), (method, address, answer.status_code)
    assert device.get(FORM).status_code == 200, "the form is still there"


def test_the_case_is_out_of_reach_by_the_back_button_another_tab_and_the_api(
    house: House, anna: Worker, case: str
) -> None:
    before = anna.visitor.client.get_cookie("__Host-underlag", domain="underlag.example")
    token = anna.visitor.csrf_token(f"{case}/hold")
    assert before is not None
    device = hand_over(anna, case)
    key = case.rpartition("/")[2]
    assert device.get(case).headers["Location"].startswith("/log-in")
    assert device.get(f"/api/v1/cases/{key}").status_code == 401
    assert device.get("/").headers["Location"].startswith("/log-in"), "the first page too, which is open to all"
    late = device.client.post(f"{case}/hold", base_url=HOST, data={"csrf_token": token, "reason": "x"})
    assert late.status_code == 401
    device.client.set_cookie("__Host-underlag", before.value, domain="underlag.example", secure=True)
    assert device.get(case).headers["Location"].startswith("/log-in"), "a copy of the cookie of before is worth nothing"
    assert device.get(f"/api/v1/cases/{key}").status_code == 401


def test_no_page_is_left_in_the_cache_to_go_back_to(anna: Worker, case: str) -> None:
    assert anna.visitor.get(case).headers["Cache-Control"] == "no-store"
    answer = anna.send(f"{case}/experience", {"respondent": "youth", "language": "sv"})
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_another_site_cannot_answer_for_the_young_person(house: House, anna: Worker, case: str) -> None:
    device = hand_over(anna, case)
    token = device.csrf_token(FORM)
    for sent, headers in (
        ({**YES}, {}),
        ({**YES, "csrf_token": "x" * 40}, {}),
        ({**YES, "csrf_token": token}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        refused = device.client.post(FORM, base_url=HOST, data=sent, headers=headers)
        assert refused.status_code in (400, 403), refused.status_code
    assert told(house, case) == []


def test_the_form_is_answered_once(house: House, anna: Worker, case: str) -> None:
    device = hand_over(anna, case)
    sent = {**YES, "csrf_token": device.csrf_token(FORM)}
    for _ in range(2):
        answer = device.client.post(FORM, base_url=HOST, data=sent)
        assert answer.headers["Location"] == f"{FORM}/thanks"
    assert len(told(house, case)) == 1
    assert device.get(FORM).headers["Location"] == f"{FORM}/thanks"
    assert device.get("/work").headers["Location"].startswith("/log-in"), "it stays locked once it is answered"


def test_logging_in_again_opens_the_service_and_ends_the_form(house: House, anna: Worker, case: str) -> None:
    device = hand_over(anna, case)
    copied = device.client.get_cookie("__Host-underlag", domain="underlag.example")
    assert device.log_in(ANNA, house.passwords[ANNA]).status_code == 303
    assert device.get(case).status_code == 200
    assert device.get(FORM).headers["Location"] == "/log-in"
    assert copied is not None
    device.client.set_cookie("__Host-underlag", copied.value, domain="underlag.example", secure=True)
    assert "Tiden har gått ut" in device.get(FORM).text, "a copy of the form's cookie opens nothing"
    assert device.get(f"{FORM}/thanks").headers["Location"] == FORM, "nobody is thanked for what was never sent"
    with house.database.looking() as session:
        assert [row.until <= row.began_at for row in session.scalars(select(HandedOverForm))] == [True]


@pytest.mark.parametrize("language", ["sv", "en", "ar", "so", "sv-simple"])
def test_after_its_time_the_form_is_not_shown_and_what_was_written_goes_to_whoever_logs_in(
    house: House, anna: Worker, case: str, language: str
) -> None:
    device = hand_over(anna, case, language=language)
    token = device.csrf_token(FORM)
    house.clock.pass_by(minutes=31)
    assert CATALOGUE.text("work.handed_over.ended", "sv") == "Tiden har gått ut"
    assert FIELD not in device.get(FORM).text
    late = device.client.post(FORM, base_url=HOST, data={**YES, "csrf_token": token})
    assert late.status_code == 401
    assert "Lotsen ringer alltid tillbaka." in html.unescape(late.text)
    assert told(house, case) == []
    held = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', late.text))
    assert device.log_in(ANNA, house.passwords[ANNA]).status_code == 303
    gone_on = device.client.post(
        "/go-on",
        base_url=HOST,
        data={name: html.unescape(value) for name, value in held.items()},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert f'action="{case}/experience/youth"' in gone_on.text
    assert "Lotsen ringer alltid tillbaka." in html.unescape(gone_on.text)


def test_questions_are_not_put_to_guardians_of_somebody_who_is_of_age(house: House) -> None:
    bo = at_work(house, BO)
    grown = bo.open_case("2026-118", birth_date="2005-03-14")
    begun = {"started_on": "2026-10-01", "part_of_decision": "yes", "court_ordered": "no"}
    assert bo.send(f"{grown}/follow-up/participation_started", begun).status_code == 303
    refused = bo.send(f"{grown}/experience", {"respondent": "guardian", "language": "sv"})
    assert refused.status_code == 409
    on_paper = {"told_on": "2026-11-20", "answers.better_now": "in_part"}
    assert bo.send(f"{grown}/experience/guardian", on_paper).status_code == 409
    assert told(house, grown) == []


def test_whoever_may_no_longer_record_has_handed_over_nothing(house: House, anna: Worker, case: str) -> None:
    device = hand_over(anna, case)
    house.close(ANNA)
    answer = device.post(FORM, YES)
    assert answer.status_code == 401
    assert told(house, case) == []


def test_a_form_without_an_answer_is_shown_again_and_keeps_what_was_chosen(anna: Worker, case: str) -> None:
    device = hand_over(anna, case)
    blank = device.post(FORM, {"own_words": " "})
    assert blank.status_code == 422
    assert "Ingen fråga är besvarad" in html.unescape(blank.text)
    wrong = device.post(FORM, {**YES, "answers.gets_help": "mostly"})
    assert wrong.status_code == 422
    assert 'value="agree" checked' in wrong.text
    assert "Lotsen ringer alltid tillbaka." in wrong.text


def test_what_was_answered_on_paper_is_copied_with_its_day(house: House, anna: Worker, case: str) -> None:
    page = f"{case}/experience/guardian"
    ahead = anna.send(page, {"told_on": "2026-11-22", "answers.better_now": "in_part"})
    assert ahead.status_code == 422
    assert 'value="in_part" checked' in ahead.text
    assert anna.send(page, {"told_on": "2026-11-20", "answers.better_now": "in_part"}).status_code == 303
    [entry] = told(house, case)
    content = entry.content
    assert (content["told_by"], content["way"], content["answers"]) == ("guardian", "paper", {"better_now": "in_part"})


def test_nothing_is_asked_before_the_work_begins(house: House) -> None:
    anna = at_work(house)
    case = anna.open_case("2026-118")
    assert "Arbetet i gruppen har inte börjat." in anna.see(f"{case}/experience")
    refused = anna.send(f"{case}/experience/youth", {"told_on": "2026-11-20", "answers.better_now": "agree"})
    assert refused.status_code == 409


@pytest.mark.parametrize("language", ["ar", "so", "sv-simple"])
def test_the_questions_are_asked_in_a_language_of_the_family(
    house: House, anna: Worker, case: str, language: str
) -> None:
    asked = Library().experience_form(date(2026, 11, 21))
    device = hand_over(anna, case, "guardian", language)
    page = html.unescape(device.get(FORM).text)
    turned = ' dir="rtl"' if language == "ar" else ""
    assert f'<html lang="{language}"{turned}>' in page
    for text in (asked.title, asked.lead.guardian, *(each.guardian for each in asked.questions), asked.words.guardian):
        assert text.in_language(language) in page
    assert all(label.in_language(language) in page for label in asked.labels.values())
    in_swedish = re.findall(r'<span lang="sv" dir="ltr">([^<]*)</span>', page)
    assert in_swedish == ["Översättningen är inte granskad av någon som talar språket."]
    long = device.post(FORM, {"own_words": "x" * 20_000})
    assert long.status_code in (400, 422)
    assert f'<html lang="{language}"{turned}>' in long.text
    assert "<span" not in re.findall(r"<title>(.*)</title>", long.text)[0]
    assert device.post(FORM, YES).headers["Location"] == f"{FORM}/thanks"
    thanks = html.unescape(device.get(f"{FORM}/thanks").text)
    assert CATALOGUE.text("work.handed_over.thanks", language) in thanks
    [entry] = told(house, case)
    assert entry.content["answers"] == {"listened_to": "agree"}


def test_a_language_that_is_not_offered_is_refused(anna: Worker, case: str) -> None:
    answer = anna.send(f"{case}/experience", {"respondent": "youth", "language": "qaa"})
    assert answer.status_code == 400


def test_a_form_that_is_gone_with_its_case_opens_nothing(house: House, anna: Worker, case: str) -> None:
    device = hand_over(anna, case)
    with house.database.unit_of_work() as session:
        session.execute(delete(HandedOverForm))
    assert device.get(FORM).headers["Location"] == "/log-in"
    assert device.get("/").headers["Location"].startswith("/log-in"), "it stays locked though the form is gone"
