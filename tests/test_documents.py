"""What the documents point at is there: links, paths, make targets, commands and their options, definitions."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.routing import MapAdapter

from api.application import create_app
from api.cli import main
from api.settings.service import Settings
from screening.library import Library
from tests.notebooks.running import NOTEBOOKS, read
from tests.rooms import modules

ROOT = Path(__file__).resolve().parent.parent
#: What is committed as text for people, wherever it lies.
NAMES = tuple(
    subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()  # noqa: S607
)
#: What tells of settings that there once were.
HISTORIES = ("CHANGELOG.md", "DECISIONS.md")
CODE = {path: path.read_text(encoding="utf-8") for path in modules().values()}

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
MAKE_TARGET = re.compile(r"(?:^|[\s;&])make ([a-z]+)")
SUB_COMMAND = re.compile(r"(?:^|[\s/])underlag((?: +[a-z]+(?:-[a-z]+)*(?![\w/.=-]))+)(?P<rest>[^\n]*)", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
ADDRESS = re.compile(r"(?:http://127\.0\.0\.1:8000(?=/)|\b(?P<method>GET|POST) (?=/))(?P<path>/[\w/.-]*)")
SETTING = re.compile(r"\bUNDERLAG_[A-Z_]*[A-Z]\b")
DOTTED = re.compile(r"^(?:instruments|screening|api)(?:\.\w+)+$")
PATH = re.compile(r"^[\w.<>*-]+(?:/[\w.<>*-]*)+$|^[\w-]+\.(?:py|yaml|md|toml|sh)$")


def documents() -> dict[str, str]:
    """Every document, and the text of every notebook."""
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in NAMES}
    for path in NOTEBOOKS:
        cells = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
        texts[path.relative_to(ROOT).as_posix()] = "\n\n".join(cells)
    return texts


DOCUMENTS = documents()
each_document = pytest.mark.parametrize("name", DOCUMENTS)


def code_in(text: str) -> list[str]:
    """What stands as code in a document: the blocks, and the spans outside them."""
    return [*BLOCK.findall(text), *SPAN.findall(BLOCK.sub("", text))]


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


@cache
def addresses() -> MapAdapter:
    return create_app(Settings()).url_map.bind("127.0.0.1:8000")


@cache
def known_definitions() -> set[str]:
    library = Library()
    return {*library.names(), *library.instruments.ids()}


@cache
def help_of(command: str) -> str:
    run = CliRunner().invoke(main, [*command.split(), "--help"])
    assert run.exit_code == 0, f"underlag {command} --help: {run.output}"
    return run.stdout


def commands_in(text: str) -> Iterator[tuple[str, list[str]]]:
    """Every sub-command that a document names, with the options given to it there."""
    for code in code_in(text):
        for command in SUB_COMMAND.finditer(code):
            yield " ".join(command[1].split()), OPTION.findall(command["rest"])


@each_document
def test_every_link_leads_somewhere(name: str) -> None:
    folder = (ROOT / name).parent
    for link in LINK.finditer(DOCUMENTS[name]):
        target, _, heading = link["target"].partition("#")
        if re.match(r"[a-z]+:", target):
            continue  # out into the world, which a test does not visit
        path = folder / target if target else ROOT / name
        assert path.exists(), f"{name} links to {link['target']}"
        if heading:
            headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in map(slug, headings), f"{name} links to {link['target']}"


def test_every_path_in_the_table_of_the_architecture_is_there() -> None:
    rows = re.findall(r"^\|[^|]*\|([^|]*)\|$", DOCUMENTS["api/manual/architecture.en.md"], re.MULTILINE)
    named = [(row, path) for row in rows for path in SPAN.findall(row)]
    assert named
    folder = ROOT
    for row, path in named:
        if "/" in path:
            folder = (ROOT / path).parent  # the next names of the row, if bare, are its neighbours
            assert (ROOT / path).exists(), f"{path} in: {row}"
        else:
            assert (folder / path).exists(), f"{path} in: {row}"


def test_the_index_of_the_decisions_holds_every_decision_once() -> None:
    index, _, decisions = DOCUMENTS["DECISIONS.md"].partition("## Index\n")[2].partition("\n## ")
    listed = [link["target"].removeprefix("#") for link in LINK.finditer(index)]
    assert sorted(listed) == sorted(map(slug, re.findall(r"^(?:## )?(\d+\. .*)$", decisions, re.MULTILINE)))


def test_every_decision_has_one_context_one_choice_and_at_most_one_consequence() -> None:
    """Two decisions that a merge has run together have more."""
    for decision in re.split(r"^## (?=\d)", DOCUMENTS["DECISIONS.md"], flags=re.MULTILINE)[1:]:
        told = [decision.count(f"*{part}.*") for part in ("Context", "Choice", "Consequence")]
        is_list = decision.startswith("13. Files above")
        assert is_list or told in ([1, 1, 0], [1, 1, 1]), decision.partition("\n")[0]


@pytest.mark.parametrize("name", HISTORIES)
def test_nothing_is_told_twice(name: str) -> None:
    openings = [line[:80] for line in DOCUMENTS[name].splitlines() if len(line) > 80 and not line.startswith("- [")]
    assert sorted(openings) == sorted(set(openings))


@each_document
def test_what_is_written_like_a_path_is_a_file_a_folder_or_a_definition(name: str) -> None:
    for code in SPAN.findall(BLOCK.sub("", DOCUMENTS[name])):
        if not PATH.match(code) or code.startswith(".venv/") or code in known_definitions() or is_ignored(code):
            continue
        pattern = re.sub(r"<\w+>", "*", code).rstrip("/")
        assert any(ROOT.glob(pattern)) or any(places_below(pattern)), f"{name} names {code}"


@cache
def settings_of_the_code() -> set[str]:
    return {setting for text in CODE.values() for setting in SETTING.findall(text)}


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name not in HISTORIES])
def test_every_setting_is_one_that_the_code_reads(name: str) -> None:
    """The code names each in full where it describes it."""
    assert set(SETTING.findall(DOCUMENTS[name])) <= settings_of_the_code()


@each_document
def test_what_is_written_like_a_module_is_one_or_stands_in_one(name: str) -> None:
    for code in SPAN.findall(BLOCK.sub("", DOCUMENTS[name])):
        if DOTTED.match(code) and code not in modules():
            module, _, part = code.rpartition(".")
            assert module in modules(), f"{name} names {code}"
            assert re.search(rf"^(?:class|def) {part}\b|^{part}\b", CODE[modules()[module]], re.MULTILINE), code


def test_every_defence_is_tried_by_tests_that_are_there() -> None:
    rows = re.findall(r"^\|(.*)\|$", DOCUMENTS["SECURITY.md"], re.MULTILINE)[2:]
    assert len(rows) > 10
    for row in rows:
        against, by, tried = (cell.strip() for cell in row.split("|"))
        assert against, row
        assert by, row
        tests = [span for span in SPAN.findall(tried) if span.startswith("test")]
        assert tests, f"no test is named for: {against}"


def places_below(pattern: str) -> Iterator[Path]:
    for folder in ("instruments", "screening", "api", "notebooks", "tests", ".ci"):
        yield from (ROOT / folder).rglob(pattern)


def is_ignored(path: str) -> bool:
    """Whether git leaves it out: a place that only comes to be when the program runs."""
    return subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT).returncode == 0  # noqa: S603, S607


@each_document
def test_every_make_target_is_in_the_makefile(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for code in code_in(DOCUMENTS[name]):
        for target in MAKE_TARGET.findall(code):
            assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), f"{name} says make {target}"


@each_document
def test_every_command_has_its_help_and_every_option_is_in_it(name: str) -> None:
    for command, options in commands_in(DOCUMENTS[name]):
        text = help_of(command)
        for option in options:
            assert option in text, f"{name}: underlag {command} {option}"


@each_document
def test_every_address_of_the_service_is_answered(name: str) -> None:
    for address in ADDRESS.finditer(DOCUMENTS[name]):
        addresses().match(address["path"], method=address["method"] or "GET")


def test_the_documents_name_commands_at_all() -> None:
    named = {command for text in DOCUMENTS.values() for command, _ in commands_in(text)}
    assert {"screen", "compare", "instruments check", "guidance lock"} <= named


def test_every_option_named_on_its_own_belongs_to_a_command_of_the_document() -> None:
    for name, text in DOCUMENTS.items():
        helps = [help_of(command) for command, _ in commands_in(text)]
        for span in SPAN.findall(BLOCK.sub("", text)):
            if span.startswith("--"):
                assert any(OPTION.findall(span)[0] in each for each in helps), f"{name} names {span}"
