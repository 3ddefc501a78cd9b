"""Every state that the pages can be in, and how to get there."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.api.test_pages import PATHS

State = Callable[[Page, str, str], None]
REASONS = "Täta händelser i samma sällskap väger tyngst; familjen är ett skydd."


def at_start(page: Page, origin: str, language: str) -> None:
    page.goto(origin + PATHS[language]["start"])


def at_try_out(page: Page, origin: str, language: str) -> None:
    page.goto(origin + PATHS[language]["try_out"])


def at_evidence(page: Page, origin: str, language: str) -> None:
    at_empty_form(page, origin, language)
    page.locator(".context a").first.click()


def at_empty_form(page: Page, origin: str, language: str) -> None:
    page.goto(f"{origin}{PATHS[language]['form']}?guidance=stockholm_2012/norrmalm")


def at_form(page: Page, origin: str, language: str, example: str = "clear") -> None:
    """The form with every part unfolded, so that all of it is looked at."""
    page.goto(f"{origin}{PATHS[language]['form']}?example={example}")
    unfold(page)


def unfold(page: Page) -> None:
    """Open every part of the form."""
    closed = page.locator("details.folded:not([open]) > summary")
    while closed.count():
        closed.first.click()


def go_on(page: Page) -> None:
    """Press the main button of the page and wait for the next page."""
    with page.expect_navigation():
        page.locator("main .actions button").first.click()


def at_form_with_faults(page: Page, origin: str, language: str) -> None:
    at_form(page, origin, language)
    page.locator("#fact-age-number").fill("sexton")
    page.locator("#item-resilient_traits-not_found").check()
    page.locator("#consent-g2-police").select_option("given")
    page.locator("#guardians-1").check()
    go_on(page)


def at_summary(page: Page, origin: str, language: str, example: str = "clear") -> None:
    at_form(page, origin, language, example)
    go_on(page)


def at_summary_with_faults(page: Page, origin: str, language: str) -> None:
    at_summary(page, origin, language)
    go_on(page)


def rate(page: Page, level: str = "high") -> None:
    page.locator(f'input[name="fact.reoffending_risk"][value="{level}"]').check()
    page.locator("#fact-reoffending_risk-reason").fill(REASONS)


def at_result(page: Page, origin: str, language: str, example: str = "clear") -> None:
    at_summary(page, origin, language, example)
    rate(page)
    go_on(page)


def result_of(example: str) -> State:
    return lambda page, origin, language: at_result(page, origin, language, example)


def at_summary_in_danger(page: Page, origin: str, language: str) -> None:
    at_summary(page, origin, language, "wants_to_leave")


def at_problems(page: Page, origin: str, language: str) -> None:
    page.goto(f"{origin}/problems/")


def at_one_problem(page: Page, origin: str, language: str) -> None:
    page.goto(f"{origin}/problems/guidance-not-in-force")


def at_nothing(page: Page, origin: str, language: str) -> None:
    page.goto(f"{origin}{PATHS[language]['start']}nowhere")


def at_governance(page: Page, origin: str, language: str) -> None:
    page.goto(f"{origin}/governance?language={language}")


def at_document(name: str) -> State:
    return lambda page, origin, language: page.goto(f"{origin}/governance/{name}?language={language}") and None


def at_guidance(rest: str) -> State:
    def show(page: Page, origin: str, language: str) -> None:
        page.goto(f"{origin}/guidance{rest}{'&' if '?' in rest else '?'}language={language}")
        page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true })")

    return show


def at_api(rest: str) -> State:
    def show(page: Page, origin: str, language: str) -> None:
        page.goto(f"{origin}/api/docs{rest}?language={language}")
        unfold(page)

    return show


def at_help(topic: str = "") -> State:
    paths = {"sv": "/hjalp", "en": "/en/help"}
    return lambda page, origin, language: page.goto(origin + paths[language] + topic) and None


STATES: dict[str, State] = {
    "evidence": at_evidence,
    "start": at_start,
    "try_out": at_try_out,
    "empty_form": at_empty_form,
    "form": at_form,
    "form_with_faults": at_form_with_faults,
    "summary": at_summary,
    "summary_with_faults": at_summary_with_faults,
    "summary_in_danger": at_summary_in_danger,
    "result_clear": result_of("clear"),
    "result_borderline": result_of("borderline"),
    "result_missing_information": result_of("missing_information"),
    "result_wants_to_leave": result_of("wants_to_leave"),
    "result_no_match": result_of("no_match"),
    "problems": at_problems,
    "one_problem": at_one_problem,
    "nothing": at_nothing,
    "help": at_help(),
    "help_three_values": at_help("/three_values"),
    "help_accessibility": at_help("/accessibility"),
    "governance": at_governance,
    "risk_file": at_document("risk_file"),
    "dpia_template": at_document("dpia_template"),
    "law_references": at_document("law_references"),
    "guidances": at_guidance(""),
    "guidance_whole": at_guidance("/socialstyrelsen_2012/under_15"),
    "guidances_side_by_side": at_guidance("/side-by-side?one=stockholm_2012@1.1&other=stockholm_2012/norrmalm@1.1"),
    "api": at_api(""),
    "api_operation": at_api("/evaluateIntake"),
    "api_schema": at_api("/schemas/Explanation"),
}
