"""Whatever the records refuse is said in both languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import api.store.database
import api.store.refusals
from api.cases.content import read_content
from api.cases.kinds import KINDS
from instruments.faults import Fault, InputError
from instruments.messages import LANGUAGES, Catalogue, Message
from tests.api.records.world import LIBRARY

API = Path(api.store.refusals.__file__).parents[1]
TEXTS = Catalogue.from_folders(API / "cases" / "locale", API / "locale")
WORDS = LIBRARY.catalogue.with_words({})


def codes(*calls: str) -> Iterator[str]:
    """The first argument of every call of these names in the store, in the rooms of cases and in the export."""
    for folder in ("cases", "disclosure", "retention", "store", "policies", "context", "research_export"):
        for path in sorted((API / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if not any(f"{call}(" in text for call in calls):
                continue
            for node in ast.walk(ast.parse(text)):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in calls:
                    continue
                if node.args and isinstance(node.args[0], ast.Constant):
                    yield str(node.args[0].value)


REFUSED = sorted({*codes("RuleError", "ForbiddenError"), "stale-draft", "stale-explanation", "store-unavailable"})
SETTINGS = {
    each
    for path in (*API.rglob("*settings.py"), *API.glob("settings/*.py"), API / "accounts" / "mail.py")
    for each in re.findall(r'SettingsError\("([a-z-]+)"', path.read_text(encoding="utf-8"))
}
FAULTS = sorted(
    {
        *codes("Fault"),
        *SETTINGS,
        "entry-too-long",
        "not-a-choice",
        "wrong-type",
        "unknown-key",
        "finer-step",
        "follow-up-without-period",
        "bands-across",
    }
)


@pytest.mark.parametrize("code", REFUSED)
def test_a_refusal_has_a_title_and_says_what_to_do(code: str) -> None:
    for language in LANGUAGES:
        assert TEXTS.text(f"problem.{code}.title", language)
        assert TEXTS.text(f"problem.{code}.detail", language).endswith((".", "upgrade"))


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_has_its_sentence(code: str) -> None:
    assert any(key in TEXTS or key in WORDS for key in (f"fault.{code}", f"work.fault.{code}"))


def faults_of(kind: str, raw: dict[str, object]) -> tuple[Fault, ...]:
    try:
        read_content(KINDS[kind], raw)
    except InputError as error:
        return error.faults
    return ()


@pytest.mark.parametrize("kind", KINDS)
def test_the_faults_of_an_empty_or_odd_entry_can_be_said(kind: str) -> None:
    names = KINDS[kind].model_fields
    assert faults_of(kind, {})
    for raw in ({}, {"unknown": 1}, *(dict.fromkeys(names, odd) for odd in (3, "x", " ", "\0", [], {"a": 1}, None))):
        for fault in faults_of(kind, raw):
            catalogue = TEXTS if f"fault.{fault.code}" in TEXTS else WORDS
            for language in LANGUAGES:
                assert catalogue.render(Message(f"fault.{fault.code}", fault.parameters), language)
