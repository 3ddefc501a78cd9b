"""Whoever follows CONTRIBUTING ends green: each recipe is followed in a copy, and its tests run there."""

import re
from pathlib import Path

import pytest

from tests.recipes.copying import Copy, commands, replaced, sections

#: A day after everything that has been published.
LATER = "2026-12-15"
DEFINITIONS = "screening/definitions"

ITEM = """\
  - id: sleep_at_night
    domain: individual
    kind: risk
    dynamic: true
    own_behaviour: false
    look_back: P6M
    title:
      sv: Sömn som inte räcker
      en: Too little sleep
    description:
      sv: Den unge sover så lite att dagarna påverkas. Ett exempel som är påhittat för ett test.
      en: The young person sleeps so little that the days suffer. An example made up for a test.
    ask:
      sv: Hur har du sovit den senaste tiden?
      en: How have you slept lately?
    anchors:
      low:
        sv: Den unge sover tillräckligt de flesta nätter.
        en: The young person sleeps enough on most nights.
      moderate:
        sv: Den unge sover för lite några nätter i veckan.
        en: The young person sleeps too little on some nights a week.
      high:
        sv: Den unge sover för lite nästan varje natt.
        en: The young person sleeps too little on nearly every night.
    evidence:
      sv: Påhittat för ett test; ingen källa.
      en: Made up for a test; no source.
"""


def next_version(text: str) -> tuple[str, str]:
    """A copy of a version as the recipe wants it: a draft, of a new version, that holds from a later day."""
    before = re.search(r'^version: "([0-9]+)\.([0-9]+)"$', text, re.MULTILINE)
    assert before is not None
    version = f"{before[1]}.{int(before[2]) + 1}"
    text = replaced(text, before[0], f'version: "{version}"')
    text = replaced(text, "\nstatus: published\n", "\nstatus: draft\n")
    text = re.sub(r"^valid_from: .*$", f"valid_from: {LATER}", text, count=1, flags=re.MULTILINE)
    return version, text


def check_and_publish(copy: Copy, title: str, path: str) -> None:
    """The commands of the section: the check, then the lock, with the file published in between."""
    check, lock = commands(title)
    copy.run(check, path)
    copy.replace(path, "\nstatus: draft\n", "\nstatus: published\n")
    copy.run(lock, path)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy.make(tmp_path)


def add_item(copy: Copy) -> None:
    version, text = next_version(copy.latest("instruments/definitions/youth_spj"))
    place = text.index("  - id:", text.index("    domain: individual\n"))
    path = f"instruments/definitions/youth_spj/{version}.yaml"
    copy.write(path, text[:place] + ITEM + text[place:])
    check_and_publish(copy, "Add an item", path)


CRITERION = """\
  - id: age_seen_in_practice
    title:
      sv: I den ålder som har iakttagits
      en: Of an age that has been observed
    quote: Deltagarna var 13–32 år.
    source:
      document: rps_final_report_2014
      section: 3. De sociala insatsgrupperna
    reading:
      text:
        sv: Spannet är en iakttagelse och utesluter ingen.
        en: The span is an observation and excludes nobody.
      decided_by: Underlag
      decided_on: 2026-12-01
    rule:
      between: {fact: age, min: seen_age_min, max: seen_age_max}
"""
PARAMETERS = """\
  - id: seen_age_min
    kind: whole_number
    title: {sv: Yngsta som har iakttagits, en: Youngest observed}
    unit: {sv: år, en: years}
    default: 13
    permitted: [12, 29]
    set_by: Underlag
    set_on: 2026-12-01
  - id: seen_age_max
    kind: whole_number
    title: {sv: Äldsta som har iakttagits, en: Oldest observed}
    unit: {sv: år, en: years}
    default: 32
    permitted: [12, 40]
    set_by: Underlag
    set_on: 2026-12-01
"""
CASES = """\

  # Ålder som har iakttagits, från 2026-12-15
  - name: Dagen innan åldern iakttas
    why: Kriteriet finns inte än.
    from: grundfall
    on: 2026-12-14
    expect: {outcome: supports_offer, flags_open: [stated_no]}
  - name: Åldern är lägre än den som har iakttagits
    why: Ett år under spannet, som inte utesluter någon.
    from: grundfall
    on: 2026-12-15
    facts: {age: 12}
    expect:
      outcome: supports_offer
      criteria: {age_seen_in_practice: not_met}
      flags_open: [stated_no]
  - name: Åldern är den lägsta som har iakttagits
    why: Gränsen hör till spannet.
    from: grundfall
    on: 2026-12-15
    facts: {age: 13}
    expect:
      outcome: supports_offer
      criteria: {age_seen_in_practice: met}
      flags_open: [stated_no]
  - name: Åldern är den högsta som har iakttagits
    why: Gränsen hör till spannet.
    from: grundfall
    on: 2026-12-15
    facts: {age: 32}
    expect:
      outcome: supports_offer
      criteria: {age_seen_in_practice: met}
      flags: [outside_design_age]
      flags_open: [stated_no]
  - name: Åldern är högre än den som har iakttagits
    why: Ett år över spannet, som inte utesluter någon.
    from: grundfall
    on: 2026-12-15
    facts: {age: 33}
    expect:
      outcome: supports_offer
      criteria: {age_seen_in_practice: not_met}
      flags: [outside_design_age]
      flags_open: [stated_no]
  - name: Åldern är inte angiven
    why: Ett kriterium vid sidan av ändrar inte utfallet.
    from: grundfall
    on: 2026-12-15
    facts: {age: null}
    expect:
      outcome: supports_offer
      criteria: {age_seen_in_practice: unknown}
      flags_open: [outside_design_age, stated_no]
  - name: Åldern gick inte att få fram
    why: Det som inte går att klarlägga står för sig.
    from: grundfall
    on: 2026-12-15
    facts: {age: {missing: not_found, reason: Inget svar på tre kallelser.}}
    expect:
      outcome: supports_offer
      criteria: {age_seen_in_practice: unknown}
      flags_open: [outside_design_age, stated_no]
"""


def add_criterion(copy: Copy) -> None:
    copy.append("tests/cases/skl_2015.yaml", CASES)
    version, text = next_version(copy.latest(f"{DEFINITIONS}/guidance/skl_2015"))
    text = replaced(text, "\nfreshness:\n", f"\n{PARAMETERS}freshness:\n")
    text = replaced(text, "\nnotes:\n", f"\n{CRITERION}notes:\n")
    path = f"{DEFINITIONS}/guidance/skl_2015/{version}.yaml"
    copy.write(path, text)
    check_and_publish(copy, "Add a criterion", path)


def add_guidance(copy: Copy) -> None:
    """A guidance of a made-up town: what the Government's assignment asks for, from a later day on."""
    cases = copy.read("tests/cases/assignment_2011.yaml").replace("assignment_2011", "exempelby_2026")
    for day, moved in (("2011-03-02", "2026-12-14"), ("2011-03-03", LATER), ("2026-11-21", "2026-12-16")):
        cases = cases.replace(f"on: {day}", f"on: {moved}")
    # The flags have a version of their own by now.
    cases = replaced(cases, "flags_open: []", "flags_open: [stated_no]")
    supports = "    expect: {outcome: supports_offer"
    for age in ("9", "45"):
        old = f"    facts: {{age: {age}}}\n{supports}"
        cases = replaced(cases, old, f"{old}, flags: [outside_design_age]")
    old = f"    facts: {{age: null}}\n{supports}"
    cases = replaced(cases, old, f"{old}, flags_open: [outside_design_age, stated_no]")
    copy.write("tests/cases/exempelby_2026.yaml", cases)
    text = copy.read(f"{DEFINITIONS}/guidance/assignment_2011/1.0.yaml")
    text = replaced(text, "id: assignment_2011\n", "id: exempelby_2026\n").replace(
        "\nstatus: published", "\nstatus: draft"
    )
    text = replaced(text, "valid_from: 2011-03-03", f"valid_from: {LATER}")
    path = f"{DEFINITIONS}/guidance/exempelby_2026/1.0.yaml"
    copy.write(path, text)
    check_and_publish(copy, "Add a guidance", path)


RECIPES = {"an item": add_item, "a criterion": add_criterion, "a guidance": add_guidance}
#: The tests that hold every definition.
OF_DEFINITIONS = ("tests/screening/test_definitions.py", "tests/instruments/test_definitions.py")


def test_every_recipe_with_commands_is_followed() -> None:
    assert [title for title in sections() if commands(title)] == [f"Add {name}" for name in RECIPES]


def test_who_follows_every_recipe_ends_green(copy: Copy) -> None:
    for follow in RECIPES.values():
        follow(copy)
    copy.run_tests(*OF_DEFINITIONS)
    copy.run_tests("tests/screening/test_cases.py", "-k", "skl_2015 or exempelby_2026 or a_name_of_its_own")


@pytest.mark.soak
@pytest.mark.parametrize("name", RECIPES)
def test_after_each_recipe_every_test_of_definitions_and_of_deciding_is_green(copy: Copy, name: str) -> None:
    RECIPES[name](copy)
    copy.run_tests("tests/screening", "tests/instruments", "--ignore=tests/instruments/research")
