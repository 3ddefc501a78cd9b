"""The whole way by the keyboard alone: from log-in to a signed review and its PDF."""

from playwright.sync_api import Page, expect

from tests.browser.test_pages_in_a_browser import press_until_focused
from tests.browser.work.conftest import Open, Workplace


def go(page: Page, selector: str, expected: str) -> None:
    """Tab to something, press Enter, and wait for the page that it leads to."""
    press_until_focused(page, selector, most=400)
    page.keyboard.press("Enter")
    page.wait_for_url(expected)


def choose(page: Page, selector: str) -> None:
    """Tab to a group of answers and choose one in it with the arrow keys."""
    group = page.locator(selector).get_attribute("name")
    first = f'input[name="{group}"]'
    press_until_focused(page, f"{first} >> nth=0", most=400)
    page.keyboard.press("Space")
    press_until_focused(page, selector, "ArrowRight", most=10)
    expect(page.locator(selector)).to_be_checked()


def write(page: Page, selector: str, text: str) -> None:
    press_until_focused(page, selector, most=400)
    page.keyboard.type(text)


def log_in(page: Page, workplace: Workplace, name: str) -> None:
    page.goto(f"{workplace.origin}/log-in")
    write(page, "#email", f"{name}@kommun.example")
    page.keyboard.press("Tab")
    page.keyboard.type(workplace.house.passwords[f"{name}@kommun.example"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{workplace.origin}/work")


def log_out(page: Page) -> None:
    go(page, ".log-out button", "**/log-in")


def test_from_log_in_to_a_signed_review_and_its_pdf(workplace: Workplace, open_page: Open) -> None:
    page = open_page()
    log_in(page, workplace, "anna")
    go(page, "main a[href='/cases/new']", "**/cases/new")
    write(page, "#reference", "2026-tangent")
    choose(page, 'input[name="reporter"][value="school"]')
    choose(page, 'input[name="preliminary_assessment"][value="not_needed"]')
    go(page, "main .actions .btn-primary", "**done=opened")

    go(page, ".next a[href$='/facts']", "**/facts")
    choose(page, 'input[name="fact.recruitment_risk"][value="yes"]')
    go(page, "#main-form .actions button", "**done=facts_saved")
    go(page, "nav.trail a >> nth=1", "**/cases/*")

    go(page, ".next a[href$='/assess']", "**/assess")
    choose(page, 'input[name="instrument"][value="youth_spj"]')
    go(page, "#main-form .actions .btn-primary", "**/protective")
    for section in page.locator(".item[data-item]:has(.scale)").all():
        name = section.get_attribute("data-item")
        press_until_focused(page, f"#item-{name}", most=400)
        page.keyboard.press("2")
    expect(page.locator("#save-state.is-saved")).to_be_visible()
    expect(page.locator('[data-part="protective"]')).to_have_text("6 av 6 besvarade")
    go(page, 'nav.parts-of button[value="individual"]', "**/individual")
    go(page, 'nav.parts-of button[value="summary"]', "**/summary")
    choose(page, 'input[name="summary.reoffending_risk"][value="moderate"]')
    write(page, "#summary-reasons", "Skolan håller.")
    write(page, "#own_view", "Vill byta umgänge.")
    choose(page, 'input[name="agrees"][value="yes"]')
    write(page, "#best_interests", "Skolan.")
    choose(page, 'input[name="confidence"][value="low"]')
    write(page, "#completeness_reason", "Det är bråttom.")
    go(page, "#main-form .actions .btn-primary", "**/counts*")
    go(page, 'main form:has(input[name="version"]) .btn-primary', "**done=signed")

    go(page, ".next a[href$='/screen']", "**/screen")
    go(page, "#main-form .actions button", "**done=screened")
    log_out(page)

    log_in(page, workplace, "cecilia")
    write(page, "#reference", "2026-tangent")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*")
    go(page, ".next a[href*='/screenings/']", "**/screenings/*/review")
    choose(page, 'input[name="verdict"][value="agree"]')
    go(page, "#review .if-signing .btn-primary", "**done=reviewed*")
    expect(page.locator("#review")).to_contain_text("Instämmer")
    go(page, "nav.trail a >> nth=1", "**/cases/*")
    go(page, "main a[href$='/documents']", "**/documents")
    press_until_focused(page, 'a[href*="/recommendation/"][href*=".pdf"] >> nth=0')
    with page.expect_download() as fetched:
        page.keyboard.press("Enter")
    assert fetched.value.path().read_bytes().startswith(b"%PDF")
