"""Every sentence of oversight, in both languages."""

import ast
import re
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic import BaseModel

from api.cases.kinds import KINDS
from api.context.context import LOCALE_OF_CASES
from api.documents.document import ENTRY_KINDS
from api.frame.oversight import LOCALE, sentences
from instruments.loading import read_yaml
from instruments.messages import LANGUAGES
from tests.api.shapes import assert_says_nothing_banned

API = LOCALE.parents[1]
#: What says the sentences of oversight; each looks after something else.
MODULES = (
    "frame/oversight",
    *(f"audit/{name}" for name in ("audit_log", "log_filter", "pages")),
    *(f"disclosure/{name}" for name in ("entry_words", "person_document", "pages")),
    "retention/pages",
)
_SAID = re.compile(r"""\b(?:say|o)\(\s*"([a-z_.]+)\"""")
#: Said by a key that is put together.
GROUPS = (
    *(f"{group}." for group in ("log.column", "suggestion", "action", "kind", "outcome", "chain", "field")),
    "consent.",
    "document.right_",
    "document.file.",
)


def said_in_code() -> set[str]:
    files = [API / f"{name}.py" for name in MODULES] + [*(API / "templates" / "oversight").rglob("*.html")]
    texts = [path.read_text(encoding="utf-8") for path in files]
    return {key for text in texts for key in _SAID.findall(text) if not key.endswith(".")}


def audited() -> set[tuple[str, str]]:
    """The action and kind of every audit event in the code, where they stand as words."""
    events = set()
    for path in Path(API).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            words = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if name in ("event", "audit_event") and len(words) >= 2:
                events.add((words[0], words[1]))
    return events | {("export", f"{kind}_document") for kind in ENTRY_KINDS}


def test_every_sentence_that_is_said_is_there_and_every_one_that_is_there_is_said() -> None:
    keys = {key.removeprefix("oversight.") for key in sentences().keys()}  # noqa: SIM118
    said = said_in_code()
    assert said - keys == set()
    assert {key for key in keys - said if not key.startswith(GROUPS)} == set()


def test_both_languages_have_the_same_keys_in_the_same_order() -> None:
    by_language = {language: read_yaml(LOCALE / f"{language}.yaml").data for language in LANGUAGES}
    assert list(by_language["sv"]) == list(by_language["en"])


def test_nothing_decides_or_labels() -> None:
    for key in sentences().keys():  # noqa: SIM118
        for language in LANGUAGES:
            assert_says_nothing_banned(sentences().text(key, language))


def choices_in(kind: type[BaseModel]) -> set[tuple[str, str]]:
    """The names of the parts of an entry that are chosen, with each choice."""
    choices: set[tuple[str, str]] = set()
    for name, part in kind.model_fields.items():
        waiting = [part.annotation]
        while waiting:
            shape = waiting.pop()
            if isinstance(shape, type) and issubclass(shape, BaseModel):
                choices |= choices_in(shape)
            elif get_origin(shape) is Literal:
                choices |= {(name, str(each)) for each in get_args(shape)}
            else:
                waiting += get_args(shape)
    return choices


def test_every_choice_of_an_entry_is_worded_where_it_is_made_and_in_extracts_alike() -> None:
    """But outcomes and levels, which have words of their own."""
    otherwise = {"outcome", "applies", "reoffending_risk", "violence_risk", "confidence"}
    choices = {each for kind in KINDS.values() for each in choices_in(kind) if each[0] not in otherwise}
    assert len(choices) > 40
    for language in LANGUAGES:
        words = read_yaml(LOCALE_OF_CASES / f"{language}.yaml").data
        assert [each for each in sorted(choices) if f"work.option.{each[0]}.{each[1]}" not in words] == [], language


def test_everything_that_the_audit_is_told_of_has_words() -> None:
    keys = sentences().keys()
    assert len(audited()) > 20
    actions = {action for action, _ in audited()}
    kinds = {kind for action, kind in audited() if action != "refused"} | set(KINDS)
    assert [action for action in sorted(actions) if f"oversight.action.{action}" not in keys] == []
    assert [kind for kind in sorted(kinds) if f"oversight.kind.{kind}" not in keys] == []
