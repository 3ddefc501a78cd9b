"""Every sentence of research stands in both languages and is asked for, and every code that is raised has words."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

import instruments.research
import screening.reliability
from instruments.messages import LANGUAGES, Catalogue
from instruments.research.coverage import coverage
from instruments.shipped import LOCALE as INSTRUMENT_LOCALE
from instruments.shipped import TABLE_LOCALE
from tests.instruments.research.simulated import cases

PACKAGE = Path(instruments.research.__file__).parent
COMMANDS = PACKAGE.parents[1] / "api" / "cli" / "research"
RELIABILITY = Path(screening.reliability.__file__).parent
WORDS = PACKAGE / "locale"
FOLDERS = [WORDS, *(path for path in sorted(WORDS.iterdir()) if path.is_dir())]
RESEARCH = Catalogue.from_folders(*FOLDERS)
KEYS = list(RESEARCH.keys())
ALL = Catalogue.from_folders(INSTRUMENT_LOCALE, TABLE_LOCALE, *FOLDERS)


def sources() -> list[ast.Module]:
    paths = [*PACKAGE.rglob("*.py"), *COMMANDS.glob("*.py"), *PACKAGE.parent.glob("*.py")]
    paths += [*RELIABILITY.glob("*.py"), RELIABILITY.parent / "recommendation.py"]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in paths]


def texts() -> set[str]:
    """Every text in the source, and every one that a page asks for."""
    nodes = [node for tree in sources() for node in ast.walk(tree)]
    named = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    for page in PACKAGE.rglob("templates/*.html"):
        named |= set(re.findall(r"""["']([a-z0-9_.-]+)["']""", page.read_text(encoding="utf-8")))
    for each in (*coverage().intervals, *coverage().tests):
        named |= {each.figure, each.method, each.setting}
    return named


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_both_languages_have_the_same_keys_in_the_same_order(folder: Path) -> None:
    orders = [
        re.findall(r"^([a-z0-9._-]+):", (folder / f"{language}.yaml").read_text(encoding="utf-8"), re.MULTILINE)
        for language in LANGUAGES
    ]
    assert orders[0] == orders[1]
    assert len(orders[0]) == len(set(orders[0]))


def test_both_languages_put_in_the_same_parameters() -> None:
    for key in KEYS:
        fields = [
            sorted({name for _, name, _, _ in Formatter().parse(RESEARCH.text(key, language)) if name})
            for language in LANGUAGES
        ]
        assert fields[0] == fields[1], key


def test_every_sentence_is_asked_for() -> None:
    used = texts() | {case.setting for case in cases()} | {"reliability_curve"}  # named by the table of coverage
    ends = ("", "_bootstrap", "_total", "_difference", "_ratio")
    for key in KEYS:
        name = key.partition(".")[2]
        said = {name.removesuffix(end) for end in ends} | {re.sub(r"_\d+$", "_", name), key, f"{name}_"}
        said.add(name.rpartition(".")[2])
        assert said & used, key


def test_every_fault_that_is_raised_has_words() -> None:
    for tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault" and node.args:
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    assert f"fault.{code.value}" in ALL, code.value
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "code":
                value = node.value
                assert not isinstance(value, ast.Constant) or f"fault.{value.value}" in ALL, ast.dump(value)
