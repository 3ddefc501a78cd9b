"""The way through the pages: by mouse, by keyboard, and without JavaScript."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import states


def test_the_way_from_the_first_page_to_the_recommendation(page: Page, origin: str) -> None:
    page.goto(f"{origin}/prova")
    page.get_by_role("link", name="Öppna Robin, 16 år").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Uppgifter och skattningar")
    page.get_by_role("button", name="Vidare till samlad bedömning").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Din samlade bedömning")
    expect(page.get_by_text("talar för att pröva")).to_have_count(0)
    page.get_by_label("Hög", exact=True).check()
    page.get_by_label("Dina skäl").fill(states.REASONS)
    page.get_by_role("button", name="Visa rekommendationen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Underlaget talar för att pröva ett erbjudande om SIG")
    expect(page.get_by_text(states.REASONS).first).to_be_visible()
    assert page.url == f"{origin}/resultat"
    page.get_by_role("button", name="Tillbaka och ändra").click()
    expect(page.locator("#fact-age-number")).to_have_value("16")


def test_own_choice_of_guidance_and_instrument(page: Page, origin: str) -> None:
    page.goto(f"{origin}/en/try-out")
    page.get_by_label("Guidance").select_option("young_adults_2013")
    page.get_by_label("Instrument").select_option("none")
    page.get_by_role("button", name="Open the form").click()
    expect(page.get_by_role("heading", name="Protective")).to_have_count(0)
    page.locator("#fact-age-number").fill("31")
    page.get_by_role("button", name="Show the recommendation").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("does not match the target group")


def test_the_way_without_javascript(page_without_scripts: Page, origin: str) -> None:
    page = page_without_scripts
    page.goto(f"{origin}/prova")
    page.get_by_role("link", name="Öppna Sam, ålder okänd").click()
    states.unfold(page)
    page.locator("#fact-age-number").fill("femton")
    page.get_by_role("button", name="Vidare till samlad bedömning").click()
    expect(page.locator("#error-summary")).to_be_focused()
    page.locator("#fact-age-number").fill("15")
    page.get_by_role("button", name="Vidare till samlad bedömning").click()
    page.locator("#fact-reoffending_risk-not_found").check()
    page.get_by_label("Dina skäl").fill(states.REASONS)
    page.get_by_role("button", name="Visa rekommendationen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mer underlag behövs")
    expect(page.get_by_role("button", name="Skriv ut")).to_be_hidden()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("More information is needed")


def press_until_focused(page: Page, selector: str, key: str = "Tab", most: int = 200) -> None:
    for _ in range(most):
        if page.locator(selector).evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press(key)
    pytest.fail(f"{selector} was not reached with {key}")


def test_the_way_with_the_keyboard_alone(page: Page, origin: str) -> None:
    page.goto(f"{origin}/prova")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    press_until_focused(page, 'a[href="/formular?example=clear"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/formular?example=clear")

    press_until_focused(page, "#fact-current_threat")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#fact-current_threat-yes")).to_be_checked()
    press_until_focused(page, "#facts > summary")
    page.keyboard.press("Enter")
    press_until_focused(page, "#fact-age-number")
    page.keyboard.press("Enter")  # Enter in a field goes on, and does not change the language or the guidance
    page.wait_for_url("**/samlad-bedomning")

    press_until_focused(page, "#fact-reoffending_risk")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Vägt för hand.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/resultat")
    expect(page.get_by_role("heading", name="Säkerheten först")).to_be_visible()
    expect(page.get_by_text("Medel. Vägt för hand.")).to_be_visible()

    press_until_focused(page, ".criterion > summary >> nth=0")
    page.keyboard.press("Enter")
    expect(page.locator(".criterion blockquote").first).to_be_visible()


def test_the_focus_can_always_be_seen(page: Page, origin: str) -> None:
    states.at_form(page, origin, "sv")
    page.locator(".skip").focus()
    for _ in range(60):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML.slice(0, 120)")


def test_the_list_of_faults_takes_the_focus_and_leads_to_the_fields(page: Page, origin: str) -> None:
    states.at_form_with_faults(page, origin, "sv")
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#error-summary h2")).to_have_text("3 saker behöver rättas")
    page.get_by_role("link", name="Reser sig efter motgångar").click()
    expect(page.locator("#item-resilient_traits-note")).to_be_focused()
    page.get_by_role("link", name="Ålder", exact=True).click()
    expect(page.locator("#fact-age-number")).to_be_focused()
    assert page.title().startswith("Fel:")


def test_a_link_to_a_folded_field_unfolds_it(page: Page, origin: str) -> None:
    states.at_form(page, origin, "sv")
    page.locator("#fact-current_threat-not_found").check()
    folded = page.locator(".question", has=page.locator("#fact-current_threat")).locator("details.more")
    expect(folded).to_have_attribute("open", "")
    states.go_on(page)
    page.locator(".question", has=page.locator("#fact-current_threat")).locator("details.more").evaluate(
        "e => e.open = false"
    )
    page.locator("#error-summary a").first.click()
    expect(page.locator("#fact-current_threat-reason")).to_be_focused()
    expect(page.locator("#fact-current_threat-reason")).to_be_visible()


def test_changing_the_language_keeps_the_place_and_what_was_filled_in(page: Page, origin: str) -> None:
    states.at_form(page, origin, "sv")
    page.locator("#fact-age-number").fill("17")
    page.get_by_role("button", name="English").click()
    assert page.url == f"{origin}/en/form"
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#fact-age-number")).to_have_value("17")
    states.go_on(page)
    states.rate(page)
    page.get_by_role("button", name="Svenska").click()
    assert page.url == f"{origin}/samlad-bedomning"
    expect(page.get_by_label("Hög", exact=True)).to_be_checked()
    states.go_on(page)
    digest = page.locator(".digest code").inner_text()
    page.get_by_role("button", name="English").click()
    assert page.url == f"{origin}/en/result"
    assert page.locator(".digest code").inner_text() == digest


def test_changing_the_guidance_keeps_what_was_filled_in(page: Page, origin: str) -> None:
    states.at_form(page, origin, "sv")
    page.get_by_label("Vägledning", exact=True).select_option("stockholm_2019")
    page.get_by_role("button", name="Visa formuläret för valet").click()
    expect(page.locator(".context").first).to_contain_text("Stockholms stads vägledning 2019")
    expect(page.locator("#fact-age-number")).to_have_value("16")


@pytest.mark.parametrize("example", ["clear", "missing_information"])
def test_on_paper_everything_that_is_folded_is_shown(example: str, page_without_scripts: Page, origin: str) -> None:
    page = page_without_scripts
    states.at_result(page, origin, "sv", example)
    quotes = page.locator(".criterion blockquote")
    expect(quotes.first).to_be_hidden()
    page.emulate_media(media="print")
    for quote in quotes.all():
        expect(quote).to_be_visible()
    expect(page.locator(".notice")).to_be_hidden()
    expect(page.get_by_role("button", name="Tillbaka och ändra")).to_be_hidden()
