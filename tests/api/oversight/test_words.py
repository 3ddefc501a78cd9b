"""Every sentence of oversight, in both languages."""

import ast
import re
from pathlib import Path

from api.cases.kinds import KINDS
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
    *(f"{group}." for group in ("log.column", "suggestion", "action", "kind", "outcome", "chain", "field", "value")),
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
    return events


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


def test_everything_that_the_audit_is_told_of_has_words() -> None:
    keys = sentences().keys()
    assert len(audited()) > 20
    actions = {action for action, _ in audited()}
    kinds = {kind for action, kind in audited() if action != "refused"} | set(KINDS)
    assert [action for action in sorted(actions) if f"oversight.action.{action}" not in keys] == []
    assert [kind for kind in sorted(kinds) if f"oversight.kind.{kind}" not in keys] == []
