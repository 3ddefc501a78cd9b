"""The service's own sentences."""

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import yaml
from flask import Flask

from api.context.context import LOCALE, current_context
from instruments.loading import read_yaml
from instruments.messages import Catalogue
from tests.api.shapes import assert_says_nothing_banned

API = Path(__file__).parents[2] / "api"


@pytest.fixture(scope="module")
def catalogue(app: Flask) -> Catalogue:
    with app.app_context():
        return current_context().catalogue


@pytest.fixture(scope="module")
def own() -> dict[str, dict[str, str]]:
    return {language: read_yaml(LOCALE / f"{language}.yaml").data for language in ("sv", "en")}


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys_in_the_same_order(own: dict[str, dict[str, str]]) -> None:
    assert list(own["sv"]) == list(own["en"])


def test_both_languages_put_the_same_things_into_a_sentence(own: dict[str, dict[str, str]]) -> None:
    assert [key for key in own["sv"] if gaps(own["sv"][key]) != gaps(own["en"][key])] == []


def test_nothing_in_any_catalogue_decides_or_labels(catalogue: Catalogue) -> None:
    keys = catalogue.keys()
    for key in keys:
        for language in ("sv", "en"):
            assert_says_nothing_banned(catalogue.text(key, language))


def keys_used() -> set[str]:
    """Every key that a template or a module of the pages names, and the beginnings of those that it puts together."""
    used = set()
    for path in [*(API / "templates").glob("*.html"), *API.rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        used |= set(re.findall(r'"((?:page|problem|level|status|blank)\.[a-z_0-9.]*)', text))
    return {key for key in used if not key.endswith(".html")}


def test_every_key_that_a_page_names_has_words(catalogue: Catalogue) -> None:
    keys = set(catalogue.keys())
    missing = [key for key in keys_used() if key not in keys and not any(known.startswith(key) for known in keys)]
    assert missing == []


def test_every_word_of_the_pages_is_used(own: dict[str, dict[str, str]]) -> None:
    used = keys_used()
    whole = {key for key in used if not key.endswith((".", "_"))}
    beginnings = tuple(key for key in used if key.endswith((".", "_")))
    unused = [
        key for key in own["sv"] if key.startswith("page.") and key not in whole and not key.startswith(beginnings)
    ]
    assert unused == []


def test_a_page_speaks_of_no_keys_or_levels_of_code(own: dict[str, dict[str, str]]) -> None:
    for texts in own.values():
        for key, text in texts.items():
            if key.startswith("page."):
                assert not re.search(r"\b[a-z]+_[a-z_]+\b|\bnull\b", re.sub(r"{.*?}", "", text)), key


TERMS = yaml.safe_load((Path(__file__).parent / "terms.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sentences() -> list[tuple[str, str, str]]:
    """Every sentence of every catalogue and of the latest of each document: its key, its language, its words."""
    in_catalogues = [
        (key, path.stem, text)
        for package in ("instruments", "screening", "api")
        for path in (API.parent / package).rglob("locale/**/*.yaml")
        if path.stem in ("sv", "en")
        for key, text in read_yaml(path).data.items()
    ]
    latest = {path.parent if path.stem[0].isdigit() else path: path for path in sorted(API.rglob("*.yaml"))}
    paths = [path for path in latest.values() if "locale" not in path.parts]
    return in_catalogues + [each for path in paths for each in sentences_in(read_yaml(path).data, named(path))]


def named(path: Path) -> str:
    """How a document is named here: by its place, without its version."""
    place = path.relative_to(API)
    return str(place.parent if path.stem[0].isdigit() else place.with_suffix(""))


def sentences_in(part: Any, key: str) -> Iterator[tuple[str, str, str]]:
    """Whatever is said in both languages within a part of a document."""
    if isinstance(part, list):
        for number, each in enumerate(part):
            yield from sentences_in(each, f"{key}/{each.get('id', number) if isinstance(each, dict) else number}")
    elif isinstance(part, dict):
        yield from ((key, language, part[language]) for language in ("sv", "en") if isinstance(part.get(language), str))
        for name, each in part.items():
            yield from sentences_in(each, f"{key}/{name}")


@pytest.mark.parametrize("term", TERMS, ids=[term["thing"] for term in TERMS])
def test_one_thing_has_one_term(term: dict[str, Any], sentences: list[tuple[str, str, str]]) -> None:
    other_words = [
        (key, language, match[0])
        for key, language, text in sentences
        for form in term["never"].get(language, ())
        if key not in term.get("but", {}) and (match := re.search(form, text, re.IGNORECASE))
    ]
    assert other_words == []


@pytest.mark.parametrize("term", TERMS, ids=[term["thing"] for term in TERMS])
def test_a_term_is_none_of_the_forms_that_are_not_used(term: dict[str, Any]) -> None:
    for language, forms in term["never"].items():
        assert [form for form in forms if re.search(form, term["use"][language], re.IGNORECASE)] == []


def test_an_exception_from_a_term_is_needed(sentences: list[tuple[str, str, str]]) -> None:
    texts = {(key, language): text for key, language, text in sentences}
    idle = [
        (term["thing"], key)
        for term in TERMS
        for key in term.get("but", {})
        if not any(
            re.search(form, texts.get((key, language), ""), re.IGNORECASE)
            for language, forms in term["never"].items()
            for form in forms
        )
    ]
    assert idle == []
