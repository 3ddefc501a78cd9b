"""The way from log-in to a signed review as one fixed script of inputs, with every click, key and page counted."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.work.conftest import Workplace

BIRTH_DATE = "2010-03-14"
PERSONS, RECIPIENTS = ("youth", "g1", "g2"), ("police", "school")
SCOPE, LAST_DAY = "Närvaro, umgänge och hur planen går.", "2027-05-21"
#: Each with the source and day of the report.
FACTS = {
    "current_threat": "no",
    "recruitment_risk": "yes",
    "leave_support_need": "no",
    "motivation_to_leave": "ambivalent",
    "gang_ties": "suspected",
    "coordinated_need": "yes",
}
COORDINATED = "Skola och socialtjänst behövs båda."
NOTES = 15
NOTE = "Skolan och hemmet berättar samma sak."
SUMMARY = {
    "summary.reasons": "Täta händelser i samma sällskap; hemmet håller.",
    "own_view": "Vill byta umgänge.",
    "best_interests": "Skolan och hemmet.",
}
CHOSEN = {"summary.reoffending_risk": "moderate", "agrees": "partly", "confidence": "moderate"}


@dataclass
class Counted:
    """A page whose clicks, keys and loads are counted; nothing is done on it but through these.

    An activating key does something by itself: it answers, chooses, presses, opens or moves. The signs of a text that
    is typed are no such keys, and are counted apart.
    """

    page: Page
    clicks: int = 0
    keys: int = 0
    signs: int = 0
    loads: int = 0

    def __post_init__(self) -> None:
        self.page.on("load", self._loaded)

    def _loaded(self, _: object) -> None:
        self.loads += 1

    def click(self, selector: str) -> None:
        """Click something."""
        self.page.locator(selector).click()
        self.clicks += 1

    def press(self, key: str) -> None:
        """Press a key that does something by itself."""
        self.page.keyboard.press(key)
        self.keys += 1

    def type(self, text: str) -> None:
        """Type a text where the focus is."""
        self.page.keyboard.type(text)
        self.signs += len(text)

    def write(self, selector: str, text: str) -> None:
        """Click a field and type a text in it."""
        self.click(selector)
        self.type(text)

    def set_day(self, selector: str, day: str) -> None:
        """Click a field for a day and type one in it."""
        self.click(selector)
        self.page.fill(selector, day)
        self.signs += len(day)

    def choose(self, name: str, value: str) -> None:
        """Click an answer."""
        self.click(f'input[name="{name}"][value="{value}"]')

    def go(self, selector: str, expected: str) -> None:
        """Click something and wait for the page that it leads to."""
        self.click(selector)
        self.arrive(expected)

    def arrive(self, expected: str) -> None:
        """Wait for the page that is led to, and let it be loaded."""
        self.page.wait_for_url(expected)
        self.page.wait_for_load_state("load")


def log_in(at: Counted, workplace: Workplace, name: str) -> None:
    """From the address of the service to what waits."""
    at.page.goto(f"{workplace.origin}/log-in")
    at.write("#email", f"{name}@kommun.example")
    at.press("Tab")
    at.type(workplace.house.passwords[f"{name}@kommun.example"])
    at.press("Enter")
    at.arrive(f"{workplace.origin}/work")


def take_in(at: Counted, reference: str) -> None:
    """Open the case, with how it came and how many guardians there are."""
    at.go("main a[href='/cases/new']", "**/cases/new")
    at.write("#reference", reference)
    at.set_day("#birth_date", BIRTH_DATE)
    at.choose("reporter", "police")
    at.choose("preliminary_assessment", "not_needed")
    at.choose("guardians", "2")
    at.go('main .actions button[value="consents"]', "**/consents*")


def record_consents(at: Counted) -> None:
    """Record the consent of three persons towards two recipients."""
    for person in PERSONS:
        for recipient in RECIPIENTS:
            at.choose(f"consent.{person}.{recipient}", "given")
    at.choose("form", "written")
    at.write("#content", SCOPE)
    at.set_day("#valid_to", LAST_DAY)
    at.go('#main-form .actions button[value="facts"]', "**/facts")


def record_facts(at: Counted) -> None:
    """Record six facts with source and day of the report, which are offered; they are saved as they are written."""
    for name, value in FACTS.items():
        at.choose(f"fact.{name}", value)
        if name == "coordinated_need":
            at.write("#fact-coordinated_need-reason", COORDINATED)
        at.click(f".question:has(#fact-{name}) .offers button >> nth=0")


def rate(at: Counted, *, by_mouse: bool) -> None:
    """Rate every item in the list, with a note on the first fifteen, and give the summary rating."""
    at.choose("instrument", "youth_spj")
    at.go('form.begin button[value="list"]', "**/list")
    names = [each.get_attribute("id").removeprefix("rate-") for each in at.page.locator(".list-item").all()]
    if by_mouse:
        _rate_by_mouse(at, names)
    else:
        _rate_by_keys(at, names)
    for name, value in CHOSEN.items():
        at.choose(name, value)
    for name, text in SUMMARY.items():
        at.write(f'[name="{name}"]', text)
    at.go("#main-form .actions .btn-primary", "**/counts*")


def _rate_by_keys(at: Counted, names: list[str]) -> None:
    """A digit answers and goes on; N and Escape go to the note and back."""
    at.click(f'main a[href="#item-{names[0]}"]')
    for place, name in enumerate(names):
        expect(at.page.locator(f"#item-{name}")).to_be_focused()
        if place < NOTES:
            at.press("n")
            at.type(NOTE)
            at.press("Escape")
        at.press("2")


def _rate_by_mouse(at: Counted, names: list[str]) -> None:
    """A click answers; another one unfolds the note and goes to it."""
    for place, name in enumerate(names):
        at.click(f'#rate-{name} label[for^="item-{name}"].anchor >> nth=0')
        if place < NOTES:
            at.click(f"#rate-{name} details.note > summary")
            expect(at.page.locator(f"#item-{name}-note")).to_be_focused()
            at.type(NOTE)


def sign_and_compare(at: Counted) -> str:
    """Sign, and compare with the guidance; the address of the recommendation."""
    at.go('main form:has(input[name="version"]) button[value="screen"]', "**done=screened")
    return at.page.url.partition("?")[0]


def review(at: Counted, reference: str) -> None:
    """Find the recommendation among what waits, and sign that one agrees."""
    at.go(f"tr:has(a:text-is('{reference}')) .to-do a", "**/screenings/*/review")
    at.choose("verdict", "agree")
    at.go("#review .if-signing .btn-primary", "**done=reviewed*")
    expect(at.page.locator("#review")).to_contain_text("Instämmer")


def walk(open_blank: Callable[[], Page], workplace: Workplace, *, reference: str, by_mouse: bool) -> list[Counted]:
    """The whole way, by the one who assesses and the one who reviews."""
    anna = Counted(open_blank())
    log_in(anna, workplace, "anna")
    take_in(anna, reference)
    record_consents(anna)
    record_facts(anna)
    rate(anna, by_mouse=by_mouse)
    sign_and_compare(anna)
    cecilia = Counted(open_blank())
    log_in(cecilia, workplace, "cecilia")
    review(cecilia, reference)
    return [anna, cecilia]
