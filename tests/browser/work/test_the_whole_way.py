"""From log-in to a signed review, with and without JavaScript, by keyboard, and when things fail on the way."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.work.conftest import Open, Workplace

SUMMARY = {"summary.reasons": "Täta händelser.", "own_view": "Vill byta umgänge.", "best_interests": "Skolan."}
NOBODY = {"sv": "Ingen har granskat rekommendationen än", "en": "Nobody has reviewed the recommendation yet"}
AGREES = {"sv": "Instämmer", "en": "Agree"}
SAVED = "#save-state.is-saved"


def speak(page: Page, language: str) -> None:
    """Change the language of the pages, if it is another, by the link in the header."""
    if page.locator("html").get_attribute("lang") != language:
        with page.expect_navigation():
            page.click(f'header button[lang="{language}"]')
    expect(page.locator("html")).to_have_attribute("lang", language)


def rate_and_sign(page: Page, draft: str) -> None:
    page.goto(f"{draft}/summary")
    for name, text in {**SUMMARY, "completeness_reason": "Det är bråttom."}.items():
        page.fill(f'[name="{name}"]', text)
    for name, value in (("summary.reoffending_risk", "high"), ("agrees", "partly"), ("confidence", "low")):
        page.check(f'input[name="{name}"][value="{value}"]')
    page.click("#main-form .actions .btn-primary")
    page.wait_for_url("**/counts*")
    page.click('main form:has(input[name="version"]) .btn-primary')
    page.wait_for_url("**done=signed")


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("has_scripts", [True, False])
def test_from_log_in_to_a_signed_review_and_its_pdf(
    workplace: Workplace, open_page: Open, has_scripts: bool, language: str
) -> None:
    options: dict[str, Any] = {"java_script_enabled": has_scripts, "reduced_motion": "no-preference"}
    anna = open_page(**options)
    workplace.log_in(anna, "anna")
    speak(anna, language)
    case = workplace.open_case(anna)
    anna.goto(f"{case}/facts")
    anna.check("#fact-recruitment_risk-yes")
    anna.click("#main-form .actions button")
    anna.wait_for_url("**done=facts_saved")
    rate_and_sign(anna, workplace.begin(anna, case))
    anna.goto(f"{case}/screen")
    anna.click("#main-form .actions button")
    anna.wait_for_url("**done=screened")
    recommendation = anna.url.partition("?")[0]
    cecilia = open_page(**options)
    workplace.log_in(cecilia, "cecilia")
    speak(cecilia, language)
    cecilia.goto(f"{recommendation}/review")
    expect(cecilia.locator("#review")).to_contain_text(NOBODY[language])
    cecilia.check('input[name="verdict"][value="agree"]')
    cecilia.click("#review .if-signing .btn-primary")
    cecilia.wait_for_url("**done=reviewed*")
    expect(cecilia.locator("#review")).to_contain_text(AGREES[language])
    cecilia.goto(case)
    cecilia.click(f'a[href="{case.removeprefix(workplace.origin)}/documents"]')
    with cecilia.expect_download() as fetched:
        cecilia.click(f'a[href*="/recommendation/"][href*=".pdf"][href*="language={language}"]')
    document = PdfReader(fetched.value.path())
    assert document.trailer["/Root"]["/Lang"].startswith(language)
    text = " ".join(page.extract_text() for page in document.pages)
    assert AGREES[language].lower() in text.lower()


def test_the_keyboard_alone_rates_and_the_page_says_when_it_was_saved(workplace: Workplace, open_page: Open) -> None:
    page = open_page("anna")
    draft = workplace.begin(page, workplace.open_case(page))
    page.focus("#item-prosocial_involvement")
    page.keyboard.press("2")
    expect(page.locator(SAVED)).to_have_text("Sparat 12:00")
    expect(page.locator('[data-part="protective"]')).to_have_text("1 av 6 besvarade")
    page.keyboard.press("Tab")
    page.keyboard.type("Spelar 2 gånger i veckan.")  # a digit in a text is a digit
    expect(page.locator("#item-prosocial_involvement-note")).to_have_value("Spelar 2 gånger i veckan.")
    page.wait_for_function("document.querySelector('#save-state').textContent.startsWith('Sparat')")
    page.wait_for_timeout(1500)
    page.goto(draft)
    assert page.url.endswith("/protective#rate-prosocial_involvement")
    expect(page.locator("#item-prosocial_involvement-note")).to_have_value("Spelar 2 gånger i veckan.")


def test_a_lost_network_and_a_closed_tab_lose_nothing(workplace: Workplace, open_page: Open) -> None:
    page = open_page("anna")
    draft = workplace.begin(page, workplace.open_case(page))
    context = page.context
    context.set_offline(True)
    page.fill("#item-prosocial_involvement-note", "Skrivet utan nät.")
    expect(page.locator("#save-state")).to_contain_text("Ingen kontakt")
    kept = "Object.entries(localStorage).map((each) => each.join(' ')).join(' ')"
    page.wait_for_function(f"({kept}).includes('underlag.kept')")
    assert "Skrivet" not in page.evaluate(kept)
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(f"{draft}/protective")
    expect(again.locator(SAVED)).to_be_visible()
    expect(again.locator("#item-prosocial_involvement-note")).to_have_value("Skrivet utan nät.")
    again.click(".log-out button")
    again.wait_for_url("**/log-in")
    assert again.evaluate("localStorage.length + sessionStorage.length") == 0


def test_an_expired_log_in_loses_nothing_while_one_rates(workplace: Workplace, open_page: Open) -> None:
    page = open_page("anna")
    workplace.begin(page, workplace.open_case(page))
    workplace.house.clock.pass_by(hours=9)
    page.fill("#item-prosocial_involvement-note", "Skrivet för sent.")
    expect(page.locator("#save-state")).to_contain_text("Inloggningen har gått ut")
    other = page.context.new_page()
    workplace.log_in(other, "anna")
    other.close()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator(SAVED)).to_be_visible()
    page.reload()
    expect(page.locator("#item-prosocial_involvement-note")).to_have_value("Skrivet för sent.")


@pytest.mark.parametrize("has_scripts", [True, False])
def test_an_expired_log_in_loses_nothing_in_any_form(workplace: Workplace, open_page: Open, has_scripts: bool) -> None:
    page = open_page("anna", java_script_enabled=has_scripts)
    case = workplace.open_case(page)
    page.goto(f"{case}/intake/feedback_to_reporter")
    page.check('input[name="due"][value="no"]')
    page.fill("#reasons", "Anmälaren vill inte.\nInget mer.")
    workplace.house.clock.pass_by(hours=9)
    page.click("#main-form .actions button")
    expect(page.locator("h1")).to_have_text("Inloggningen har gått ut")
    other = page.context.new_page()
    workplace.log_in(other, "anna")
    other.close()
    page.click("main form .btn-primary")
    expect(page.locator("h1")).to_have_text("Du är inloggad igen")
    page.click("main form .btn-primary")
    page.wait_for_url("**done=recorded")
    expect(page.locator(".timeline")).to_contain_text("Inget mer.")


def test_two_browsers_on_one_draft_are_told_of_each_other(workplace: Workplace, open_page: Open) -> None:
    anna, bo = open_page("anna"), open_page("bo")
    draft = workplace.begin(anna, workplace.open_case(anna))
    bo.goto(f"{draft}/protective")
    bo.fill("#item-prosocial_involvement-note", "Bo skrev först.")
    expect(bo.locator(SAVED)).to_be_visible()
    anna.fill("#item-prosocial_involvement-note", "Anna skrev sedan.")
    expect(anna.locator("#save-state")).to_contain_text("bo har skrivit något annat")
    anna.click("#save-state button")
    expect(anna.locator("#item-prosocial_involvement-note-error")).to_contain_text("Bo skrev först.")
    expect(anna.locator("#item-prosocial_involvement-note")).to_have_value("Anna skrev sedan.")
