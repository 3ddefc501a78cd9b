"""Every problem and every fault can be looked up, in both languages."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context.context import current_context
from api.frame.problem_pages import fault_codes, with_gaps
from api.web.problems import KINDS

PACKAGES = Path(__file__).parents[2]


#: What reads requests. Files of rows, mappings and definitions have their own readers and tests.
READERS = [
    "api/evaluation/*.py",
    "api/web/*.py",
    "api/cases/**/*.py",
    "instruments/ratings.py",
    "instruments/registry.py",
    "screening/fact_reading.py",
    "screening/gate.py",
    "screening/library.py",
]


def codes_in_the_source() -> set[str]:
    """Every code that a reader of requests gives to a Fault."""
    words = set()
    for path in (path for pattern in READERS for path in PACKAGES.glob(pattern)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault" and node.args:
                values = ast.walk(node.args[0])
                words |= {
                    each.value for each in values if isinstance(each, ast.Constant) and isinstance(each.value, str)
                }
    return {code for code in words if re.fullmatch(r"[a-z]+(-[a-z]+)+", code)}


def test_every_fault_in_the_source_has_a_sentence_in_both_languages(app: Flask) -> None:
    with app.app_context():
        catalogue = current_context().catalogue
    missing = [
        code
        for code in codes_in_the_source()
        if not any(f"{kind}fault.{code}" in catalogue for kind in ("", "page.", "work."))
    ]
    assert missing == []
    assert len(codes_in_the_source()) > 25


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_problem_has_a_page_in_both_languages(kind: str, client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        catalogue = current_context().catalogue
    page = client.get(f"/problems/{kind}")
    assert page.status_code == 200
    for language in ("sv", "en"):
        assert catalogue.text(f"problem.{kind}.title", language) in page.text
        assert catalogue.text(f"problem.{kind}.detail", language) in page.text
        assert f"problem.{kind}.title" in catalogue


def test_every_fault_has_a_page_in_both_languages(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        codes = fault_codes(current_context().catalogue)
    index = client.get("/problems/").text
    for code in codes:
        page = client.get(f"/problems/{code}")
        assert page.status_code == 200
        assert "{" not in page.text
        assert f'href="/problems/{code}"' in index


def test_what_is_put_into_a_sentence_is_shown_as_a_gap() -> None:
    assert with_gaps("{name} is {length:level|or} long.") == "‹name› is ‹length› long."


def test_a_problem_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    assert client.get("/problems/nothing-of-the-kind").status_code == 404
