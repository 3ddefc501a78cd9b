"""Whoever follows a recipe of CONTRIBUTING, by its blocks alone, ends green and has touched one room."""

from pathlib import Path

import pytest

from instruments.messages import LANGUAGES
from tests.recipes.copying import Copy, recipes
from tests.rooms import the_table

RECIPES = recipes()
#: Where the worked cases lie.
CASES = "screening/definitions/cases/"
#: What is there when a recipe has been followed, in the words of the copy: a line of Python, and what it prints.
LIBRARY = "from datetime import date; from screening.library import Library; day = date(2027, 1, 1); "
MADE = {
    "Add a recipient of information": (
        "print(*(each.label.sv for each in Library().consent_rules(day).recipients if each.id == 'youth_clinic'))",
        "Ungdomsmottagningen",
    ),
    "Change the wording of a flag": (
        "print(Library().bind('skl_2015', on=day).rules.flag_set.flags[0].statement.en.rpartition('; ')[2])",
        "the question of the target group will have to wait.",
    ),
    "Add a criterion": (
        "print(Library().bind('skl_2015', on=day).rules.by_name['age_seen_in_practice'].criterion.title.en)",
        "Of an age that has been observed",
    ),
    "Add a guidance": ("print('exempelby_2027' in Library().names())", "True"),
    "Add a language": (
        "from api.application import create_app; from api.web.further_languages import family_languages; "
        "from api.settings.service import Settings; context = create_app(Settings()).extensions['underlag']; "
        "known = Library().consent_rules(date(2026, 11, 28)).recipients; "
        "print(*(each.label.in_language('qaa') for each in known if each.id in ('police', 'school')), "
        "'qaa' in family_languages(context.catalogue))",
        "Polisen Lari True",
    ),
    "Add a kind of entry": (
        "from api.application import create_app; from api.settings.service import Settings; "
        "app = create_app(Settings()); from api.cases.kinds import RECORDABLE; print(RECORDABLE['home_visit'].KIND)",
        "home_visit",
    ),
    "Add an item": (
        "print(Library().instruments.find('youth_spj', on=day).content.item('sleep_at_night').title.en)",
        "Too little sleep",
    ),
}


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy.make(tmp_path)


def rooms_of(paths: set[str]) -> set[str]:
    """The rooms that paths lie in: a room of the table, or a folder of definitions; worked cases come beside them."""
    rooms = set()
    for path in paths:
        parts = path.split("/")
        if parts[0] == "api" and parts[1] in the_table("api"):
            rooms.add(f"api/{parts[1]}")
        elif path.startswith(CASES):
            continue
        elif "definitions" in parts[:-1]:
            rooms.add("/".join(parts[: parts.index("definitions") + 2 - (parts[0] == "instruments")]))
        else:
            rooms.add(path)
    return rooms


def test_every_recipe_is_tried() -> None:
    assert RECIPES.keys() == MADE.keys()


#: What has a place in several rooms and makes no version: all that it touches.
IN_SEVERAL_ROOMS = {
    "Add a language": {
        "screening/locale/qaa.yaml",
        "screening/definitions/consent/languages/qaa/consent@1.1.yaml",
        "api/documents/locale/qaa.yaml",
    },
    "Add a kind of entry": {
        "api/cases/event_kinds.py",
        *(f"api/{room}/locale/{language}.yaml" for room in ("cases", "frame") for language in LANGUAGES),
    },
}
OF_ONE_ROOM = [title for title in RECIPES if title not in IN_SEVERAL_ROOMS]


@pytest.mark.parametrize("title", RECIPES)
def test_every_recipe_names_its_tests(title: str) -> None:
    assert RECIPES[title].tests


@pytest.mark.parametrize("title", IN_SEVERAL_ROOMS)
def test_what_has_a_place_in_several_rooms_is_one_file_of_code_at_most_and_its_words(copy: Copy, title: str) -> None:
    copy.follow(RECIPES[title])
    question, answer = MADE[title]
    assert copy.ask(LIBRARY + question) == answer
    assert copy.changed() == IN_SEVERAL_ROOMS[title]
    assert "lock.yaml" not in {path.rpartition("/")[2] for path in copy.edited()}


@pytest.mark.parametrize("title", OF_ONE_ROOM)
def test_every_version_that_a_recipe_makes_is_checked_and_locked(title: str) -> None:
    assert RECIPES[title].names_a_check_and_a_lock


@pytest.mark.parametrize("title", OF_ONE_ROOM)
def test_a_recipe_touches_one_room_and_no_version_that_was_there(copy: Copy, title: str) -> None:
    copy.follow(RECIPES[title])
    question, answer = MADE[title]
    assert copy.ask(LIBRARY + question) == answer
    changed = copy.changed()
    assert len(rooms_of(changed)) == 1, changed
    assert copy.edited() <= {path for path in changed if path.endswith("/lock.yaml") or path.startswith(CASES)}


def test_who_follows_every_recipe_ends_green(copy: Copy) -> None:
    for recipe in RECIPES.values():
        copy.follow(recipe)
    copy.run_tests(*sorted({test for recipe in RECIPES.values() for test in recipe.tests}))


@pytest.mark.soak
@pytest.mark.parametrize("title", RECIPES)
def test_after_each_recipe_every_test_of_definitions_and_of_deciding_is_green(copy: Copy, title: str) -> None:
    copy.follow(RECIPES[title])
    copy.run_tests("tests/screening", "tests/instruments", "--ignore=tests/instruments/research")
