"""Every state of the pages, at two widths and in both languages, against the rules and against what the rules miss."""

from itertools import cycle
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.states import STATES

#: What automatic rules let pass: choices without a group, descriptions that lead nowhere, faults without a mark.
STRUCTURE = """() => {
  const found = [];
  const name = (e) => e.outerHTML.slice(0, 120);
  for (const radio of document.querySelectorAll('input[type="radio"]')) {
    const group = radio.closest('fieldset');
    if (!group || !group.querySelector(':scope > legend')?.textContent.trim()) found.push('no group: ' + name(radio));
  }
  for (const field of document.querySelectorAll('input:not([type="hidden"]), select, textarea')) {
    if (!field.labels.length) found.push('no label: ' + name(field));
  }
  for (const e of document.querySelectorAll('[aria-describedby], [aria-labelledby]')) {
    for (const attribute of ['aria-describedby', 'aria-labelledby']) {
      for (const id of (e.getAttribute(attribute) || '').split(/ +/).filter(Boolean)) {
        if (!document.getElementById(id)?.textContent.trim()) found.push(attribute + ' leads nowhere: ' + name(e));
      }
    }
  }
  for (const error of document.querySelectorAll('.field-error')) {
    const described = document.querySelector('[aria-describedby~="' + error.id + '"]');
    if (!described) { found.push('nothing is described by: ' + name(error)); continue; }
    const fields = described.matches('fieldset') ? described.querySelectorAll('input') : [described];
    if (![...fields].every((e) => e.getAttribute('aria-invalid') === 'true')) found.push('not invalid: ' + name(error));
  }
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    if (!document.getElementById(link.hash.slice(1))) found.push('link leads nowhere: ' + name(link));
  }
  const errors = [...document.querySelectorAll('.field-error')];
  if (errors.length && !/^(Fel|Error):/.test(document.title)) found.push('the title does not tell of errors');
  for (const error of errors) {
    const link = document.querySelector('#error-summary a[href="#' + error.id.replace(/-error$/, '') + '"]');
    if (!link) found.push('not in the list of errors: ' + name(error));
  }
  for (const e of document.querySelectorAll('body *')) {
    if (e.tabIndex > 0) found.push('takes the focus out of turn: ' + name(e));
    const style = getComputedStyle(e);
    const isMoved = style.order !== '0' || /reverse/.test(style.flexDirection + style.flexWrap);
    if (isMoved && (e.matches('a, button, input') || e.querySelector('a, button, input'))) {
      found.push('stands where the focus does not come: ' + name(e));
    }
  }
  const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((h) => Number(h.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) found.push('not one main heading');
  return found;
}"""


#: What the rules of axe find follows from a width, a ground or a language, hardly from two of them together: every run
#: holds them against the wide page in one language and the narrow one in the other, `make soak` against all.
EVERYWHERE = pytest.mark.parametrize(
    "everywhere", [pytest.param(False, id="chosen"), pytest.param(True, id="everywhere", marks=pytest.mark.soak)]
)


#: Axe with some options: what it finds, without all that it found in order, which would be brought over for nothing.
RUN_AXE = "(options) => axe.run(options).then((found) => found.violations)"


def violations(page: Page, *rules: str, colours: bool = True) -> list[str]:
    """What axe finds; of some rules, or of all that say what WCAG asks and what is good practice.

    Parameters
    ----------
    colours : bool
        Whether the contrast of colours is among the rules.
    """
    options: dict[str, Any] = {
        "resultTypes": ["violations"],
        "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    if not colours:
        options["rules"] = {"color-contrast": {"enabled": False}}
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"{AXE_SCRIPT}; null")
    found = page.evaluate(RUN_AXE, options)
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
DARK = "rgb(20, 25, 27)"


def faults_on_the_screen(page: Page, width: int, *, colours: bool) -> list[str]:
    """What is wrong with the page that is shown, as it came and with all that it folds."""
    structure = page.evaluate(STRUCTURE)
    page.evaluate(UNFOLD)
    return [*structure, *violations(page, colours=colours), *scrolls_sideways(page, width)]


def scrolls_sideways(page: Page, width: int) -> list[str]:
    return [f"scrolls sideways at {width}"] if page.evaluate("document.documentElement.scrollWidth") > width else []


def faults_on_a_dark_ground(page: Page) -> list[str]:
    page.emulate_media(color_scheme="dark")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return [*([] if ground == DARK else [f"the ground is {ground}"]), *violations(page, "color-contrast")]


#: The language of the visit that looks at a dark ground too: the narrow page and the wide one take turns.
DARK_IN = dict(zip(STATES, cycle(["sv", "en"])))


# One visit of a state answers several questions, since coming to it takes longer than most of the answers.
@pytest.mark.parametrize(
    ("width", "language"),
    [
        (390, "sv"),
        (1280, "en"),
        pytest.param(1280, "sv", marks=pytest.mark.soak),
        pytest.param(390, "en", marks=pytest.mark.soak),
    ],
)
@pytest.mark.parametrize("state", STATES)
def test_every_state_can_be_used_by_everyone(state: str, width: int, language: str, page: Page, origin: str) -> None:
    """WCAG 1.4.10: 1280 pixels at 400 % are 320."""
    page.set_viewport_size({"width": width, "height": 900})
    STATES[state](page, origin, language)
    faults = faults_on_the_screen(page, width, colours=language == "sv")
    if language == DARK_IN[state]:
        faults += faults_on_a_dark_ground(page)
    if language == "sv":
        page.set_viewport_size({"width": 320, "height": 256})
        faults += scrolls_sideways(page, 320)
    assert faults == []


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_every_component_of_the_design_can_be_used_by_everyone(ground: Any, page: Page, origin: str) -> None:
    page.set_viewport_size({"width": 320, "height": 600})
    page.emulate_media(color_scheme=ground)
    page.goto(f"{origin}/design")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
