"""Every sentence of the pages of work: there in both languages, reachable, and of the same shape."""

import re
from pathlib import Path
from string import Formatter

import pytest

from api.cases.deadlines import KINDS as DEADLINES
from api.cases.kinds import KINDS, RECORDABLE
from api.cases.next_step import STEPS
from api.cases.pages import DONE
from api.cases.recorded_kinds import parts_of_kind
from api.cases.shown_steps import PAGES
from api.cases.worklist import SORTS
from api.context.context import LOCALE_OF_CASES
from instruments.loading import read_yaml
from tests.api.shapes import assert_says_nothing_banned

API = LOCALE_OF_CASES.parents[1]
_NAMED = re.compile(r"""["'](work\.[a-z_0-9.+-]*)""")


@pytest.fixture(scope="module")
def own() -> dict[str, dict[str, str]]:
    """The sentences of the pages; those of refusals and faults stand in the same catalogue."""
    both = {language: read_yaml(LOCALE_OF_CASES / f"{language}.yaml").data for language in ("sv", "en")}
    return {
        language: {key: text for key, text in texts.items() if key.startswith("work.")}
        for language, texts in both.items()
    }


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def named() -> set[str]:
    """Every key that a page names, and the beginnings of those that it puts together."""
    files: list[Path] = [path for kind in ("*.py", "*.html") for path in API.rglob(kind)]
    keys = {key for path in files for key in _NAMED.findall(path.read_text(encoding="utf-8"))}
    return {key for key in keys if not key.endswith(".html")}


def test_both_languages_have_the_same_keys_in_the_same_order(own: dict[str, dict[str, str]]) -> None:
    assert list(own["sv"]) == list(own["en"])


def test_both_languages_put_the_same_things_into_a_sentence(own: dict[str, dict[str, str]]) -> None:
    assert [key for key in own["sv"] if gaps(own["sv"][key]) != gaps(own["en"][key])] == []


def test_no_sentence_decides_or_labels(own: dict[str, dict[str, str]]) -> None:
    for texts in own.values():
        for text in texts.values():
            assert_says_nothing_banned(text)


def test_every_sentence_is_named_by_a_page(own: dict[str, dict[str, str]]) -> None:
    used = named()
    beginnings = tuple(key for key in used if key.endswith("."))
    assert [key for key in own["sv"] if key not in used and not key.startswith(beginnings)] == []


def test_every_question_answer_and_event_has_words(own: dict[str, dict[str, str]]) -> None:
    wanted = {f"work.next.where.{step}" for step in STEPS} | {f"work.next.do.{step}" for step in PAGES}
    wanted |= {f"work.deadline.{kind}" for kind in DEADLINES} | {f"work.own.sort.{sort}" for sort in SORTS}
    wanted |= {f"work.done.{done}" for done in DONE} | {f"work.entry.{kind}" for kind in KINDS if kind != "fact"}
    for name, kind in RECORDABLE.items():
        if kind.RECORDED_AT.page is not None:
            wanted |= {f"work.event.{name}", f"work.event.lead.{name}"}
            for part in parts_of_kind(kind):
                label = f"work.field.{part.name}.{name}"
                wanted |= {label if label in own["sv"] else f"work.field.{part.name}"}
                wanted |= {f"work.option.{part.name}.{option}" for option in part.options}
    assert wanted - own["sv"].keys() == set()
