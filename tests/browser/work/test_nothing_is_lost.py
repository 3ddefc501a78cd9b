"""Whoever types, waits, leaves and returns finds what was typed, or was asked before it was lost: in every form."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Dialog, Frame, Page, expect

from api.settings.clock import ZONE
from tests.browser.work.conftest import Open, Workplace
from tests.browser.work.test_the_whole_way import rate_and_sign

FORM = 'main form[method="post"]:not([data-transient])'
UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
#: What every field that a person fills holds. That nobody has asked is the same as nothing.
HELD = """() => [...document.querySelectorAll('main form[method="post"]:not([data-transient])')].flatMap((form) =>
  [...form.elements]
    .filter((each) => each.matches('textarea, select, input:not([type="hidden"], [value="not_asked"])'))
    .map((each) => [
      each.name, ["radio", "checkbox"].includes(each.type) ? `${each.value}=${each.checked}` : each.value.trim()
    ]))"""
#: The places of those of the fields that can be seen.
VISIBLE = """(fields) => [...fields.keys()].filter((place) => {
  const { width, height } = fields[place].getBoundingClientRect();
  return width && height && fields[place].checkVisibility({ visibilityProperty: true });
})"""
WORDS = ("fotboll", "farmor", "skolan", "kvällar", "praktik", "sover bättre", "nya vänner")
#: Some as short as a glance, some longer than it takes to save; where nothing is saved meanwhile, time does nothing.
PAUSES = (0, 40, 300, 1_200)
SAVES_MEANWHILE = "main form:is([data-autosave], [data-kept])"


def held(page: Page) -> list[tuple[str, str]]:
    """What the forms hold; of fields that there are several alike of, without saying which of them."""
    return sorted((re.sub(r"\.\d\.", ".", name), value) for name, value in page.evaluate(HELD))


def write(page: Page, chance: random.Random) -> None:
    """Fill some of the fields of the page's forms, with pauses as a person makes."""
    page.evaluate(UNFOLD)
    fields = page.locator(f'{FORM} :is(textarea, select, input:not([type="hidden"]))')
    places = fields.evaluate_all(VISIBLE)
    pauses = PAUSES if page.locator(SAVES_MEANWHILE).count() else (0,)
    for place in sorted(chance.sample(places, min(len(places), 6))):
        field = fields.nth(place)
        match field.evaluate("(each) => each.type"):
            case "radio" | "checkbox":
                field.check()
            case "select-one":
                options = field.locator("option").count()
                field.select_option(index=chance.randrange(options))
            case "date":
                field.fill(f"2026-11-{chance.randrange(10, 21)}")
            case "number":
                field.fill(str(chance.randrange(1, 9)))
            case _:
                field.press_sequentially(f" {chance.choice(WORDS)}")
        page.wait_for_timeout(chance.choice(pauses))


@dataclass
class Asked:
    """Answers the question whether to leave, and counts how often it was put."""

    may_leave: bool = False
    times: int = 0

    def __call__(self, dialog: Dialog) -> None:
        assert dialog.type == "beforeunload"
        self.times += 1
        if self.may_leave:
            dialog.accept()
        else:
            dialog.dismiss()


def leave(page: Page, asked: Asked) -> None:
    """Leave a page by a link of it, and wait until it is left or the question was put."""
    before = asked.times
    left: list[Frame] = []
    page.once("framenavigated", lambda frame: left.append(frame))
    page.locator("header .brand a").click()
    while asked.times == before and not left:
        page.wait_for_timeout(20)


def lost(page: Page, address: str, chance: random.Random) -> list[str]:
    """What is wrong after somebody wrote in the forms of a page, left by a link of it and came back."""
    asked = Asked()
    page.on("dialog", asked)
    page.goto(address)
    before = held(page)
    write(page, chance)
    written = held(page)
    leave(page, asked)
    found = []
    if asked.times:
        if held(page) != written:
            found.append(f"{address}: changed though the page was not left")
        asked.may_leave = True
    elif written != before:
        page.wait_for_url("**/work")
        page.wait_for_timeout(200)  # nobody is back sooner
        page.goto(address)
        page.evaluate(UNFOLD)
        kept = held(page)
        found += [f"{address}: {was} became {now}" for was, now in zip(written, kept, strict=True) if was != now]
    page.goto("about:blank")
    page.remove_listener("dialog", asked)
    return found


def forms_of(page: Page, workplace: Workplace) -> Iterator[str]:
    """Every page with a form that a person fills, found by following the links of a case and its drafts."""
    case = workplace.open_case(page)
    rate_and_sign(page, workplace.begin(page, case))
    page.goto(f"{case}/screen")
    page.click("#main-form .actions button")
    page.wait_for_url("**done=screened")
    recommendation = page.url.partition("?")[0]
    draft = workplace.begin(page, case)
    page.goto(draft)
    waiting = [f"{workplace.origin}{path}" for path in ("/work", "/cases/new", "/training", "/account")]
    waiting += [
        case,
        recommendation,
        *(f"{case}/{each}" for each in ("ground", "hand-over", "hold")),
        *(f"{draft}/{part}" for part in ("protective", "summary")),
    ]
    inside = (
        case,
        draft,
        *(f"{workplace.origin}{path}" for path in ("/training/", "/account/", "/entries/", "/holds/")),
    )
    seen = set(waiting)
    while waiting:
        address = waiting.pop(0)
        answer = page.goto(address)
        if answer is None or not answer.ok or "html" not in answer.headers.get("content-type", ""):
            continue
        if page.locator(f'{FORM} :is(textarea, select, input:not([type="hidden"]))').count():
            yield address
        links = page.evaluate(
            "[...document.querySelectorAll('main a[href]')].map((each) => each.href.split(/[?#]/)[0])"
        )
        new = [link for link in links if link.startswith(inside) and link not in seen and "." not in link[-5:]]
        seen.update(new)
        waiting += new


def test_nothing_that_is_typed_is_lost_in_any_form(workplace: Workplace, open_page: Open) -> None:
    chance = random.Random(1)  # noqa: S311
    page = open_page("anna")
    forms = list(forms_of(page, workplace))
    places = {address.removeprefix(workplace.origin).partition("?")[0] for address in forms}
    for part in ("/cases/new", "/facts", "/consents", "/disclosure", "/protective", "/summary", "/training/milo"):
        assert any(place.endswith(part) for place in places), (part, places)
    assert [fault for address in forms for fault in lost(page, address, chance)] == []


def test_a_review_that_is_half_written_is_not_left_unasked(workplace: Workplace, open_page: Open) -> None:
    anna = open_page("anna")
    case = workplace.open_case(anna)
    rate_and_sign(anna, workplace.begin(anna, case))
    anna.goto(f"{case}/screen")
    anna.click("#main-form .actions button")
    anna.wait_for_url("**done=screened")
    cecilia = open_page("cecilia")
    assert lost(cecilia, f"{anna.url.partition('?')[0]}/review", random.Random(3)) == []  # noqa: S311


def test_missing_material_stays_chosen_while_the_reason_is_thought_about(workplace: Workplace, open_page: Open) -> None:
    page = open_page("anna")
    draft = workplace.begin(page, workplace.open_case(page))
    page.goto(f"{draft}/protective")
    answer = page.locator('input[name="item.prosocial_involvement"][value="not_found"]')
    answer.check()
    expect(page.locator("#save-state.is-saved")).to_contain_text("inte fullständiga")
    expect(answer).to_be_checked()
    page.fill("#item-prosocial_involvement-note", "Skolan svarar inte.")
    expect(page.locator("#save-state.is-saved")).not_to_contain_text("inte fullständiga")
    page.reload()
    expect(answer).to_be_checked()
    expect(page.locator("#item-prosocial_involvement-note")).to_have_value("Skolan svarar inte.")


def test_a_form_that_was_refused_is_not_left_unasked(workplace: Workplace, open_page: Open) -> None:
    page = open_page("anna")
    page.goto(f"{workplace.origin}/cases/new")
    page.fill("#note", "Ringde i morse.")
    page.click("main .actions button")
    expect(page.locator("#error-summary")).to_be_visible()
    asked = Asked()
    page.on("dialog", asked)
    leave(page, asked)
    assert asked.times == 1
    expect(page.locator("#note")).to_have_value("Ringde i morse.")
    asked.may_leave = True


def test_a_case_that_is_not_opened_yet_is_kept_in_the_browser_until_it_is(
    workplace: Workplace, open_page: Open
) -> None:
    page = open_page("anna")
    context = page.context
    page.goto(f"{workplace.origin}/cases/new")
    page.fill("#note", "Ringde i morse.")
    page.wait_for_timeout(1_500)
    assert page.evaluate("Object.keys(localStorage).length") == 1
    assert "Ringde" not in page.evaluate("JSON.stringify(localStorage)")
    page.close()
    again = context.new_page()
    again.goto(f"{workplace.origin}/cases/new")
    expect(again.locator("#note")).to_have_value("Ringde i morse.")
    again.fill("#reference", "2026-kvar")
    again.check('input[name="reporter"][value="police"]')
    again.click("main .actions .btn-primary")
    expect(again.locator("#error-summary")).to_be_visible()  # refused: it is still kept
    assert again.evaluate("Object.keys(localStorage).length") == 1
    again.check('input[name="preliminary_assessment"][value="not_needed"]')
    again.click("main .actions .btn-primary")
    again.wait_for_url("**done=opened")
    assert again.evaluate("Object.keys(localStorage).length") == 0


def test_a_fact_is_saved_when_its_question_is_left_and_its_source_is_one_act_away(
    workplace: Workplace, open_page: Open
) -> None:
    page = open_page("anna")
    case = workplace.open_case(page)
    page.goto(f"{case}/facts")
    page.check("#fact-recruitment_risk-yes")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the offer stands after the answer
    expect(page.locator("#fact-recruitment_risk-source")).to_have_value("Anmälan från polisen")
    page.focus("#fact-current_threat")
    expect(page.locator("#save-state.is-saved")).to_be_visible()
    page.goto(case)
    today = workplace.house.clock().astimezone(ZONE).date()  # other tests of the run may have moved the clock
    expect(page.locator("main")).to_contain_text(f"Källa: Anmälan från polisen · {today}")
