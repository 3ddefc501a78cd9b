"""`underlag guidance`: what is tested, and why."""

from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from shutil import copyfile, copytree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE, definitions_folder, open_library, reference_date, require_file
from api.cli.reporting import ReportingCommand, Words, in_language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.tree import Tree

    from screening.guidance import Guidance, Overlay
    from screening.library import BoundGuidance
    from screening.rules import Citation, Criterion, Source


@click.group()
def guidance() -> None:
    """List, show, check and lock guidances."""


@guidance.command("list", cls=ReportingCommand)
@in_language
def list_guidances(language: str) -> None:
    """List every version of every guidance and overlay."""
    from api.cli.printing import console, in_force, new_table

    words, library = Words(language), open_library()
    table = new_table(None, [words.say(f"cli.{key}") for key in ("id", "version", "title", "in_force", "issuer")])
    contents: list[Guidance | Overlay] = [each.content for each in library.guidances]
    contents += [each.content for each in library.overlays]
    for content in sorted(contents, key=lambda each: (each.id, each.valid_from)):
        title = content.title.in_language(language)
        table.add_row(content.id, content.version, title, in_force(content, words), content.issuer)
    console().print(table)


@guidance.command(cls=ReportingCommand)
@click.argument("id")
@reference_date
@in_language
def show(id: str, on: date, language: str) -> None:
    """Show the guidance ID (ID@VERSION, ID/OVERLAY): its criteria, readings and limits."""
    _print(open_library().bind(id, on=on), Words(language))


def _print(bound: "BoundGuidance", words: Words) -> None:
    from api.cli.printing import console, in_force

    out, language, content = console(), words.language, bound.rules.guidance
    shown = bound.overlay or content
    out.print(f"{bound.title.in_language(language)} ({shown.id}@{shown.version}, {in_force(shown, words)})")
    out.print(shown.summary.in_language(language))
    if bound.overlay is not None:
        base = bound.overlay.base
        out.print(f"{words.say('cli.base')}: {base.guidance}@{base.version}")
    if bound.deviations:
        out.print(words.say("cli.deviations", names=list(bound.deviations)))
    out.print()
    for criterion in content.criteria:
        out.print(_tree(criterion, bound.sources, words))
    out.print()
    _print_parameters(bound, words)
    for note in (*content.notes, *(bound.overlay.notes if bound.overlay else ())):
        out.print(f"{words.say('cli.notes')}: {note.text.in_language(language)}")


def _tree(criterion: "Criterion", sources: "Mapping[str, Source]", words: Words, *, is_top: bool = True) -> "Tree":
    from rich.tree import Tree

    weight = f" [{words.say('cli.required' if criterion.required else 'cli.advisory')}]" if is_top else ""
    tree = Tree(f"{criterion.id}: {criterion.title.in_language(words.language)}{weight}")
    if criterion.quote:
        tree.add(f"”{criterion.quote}” ({_citation(criterion.source, sources)})")
    if criterion.reading:
        tree.add(criterion.reading.text.in_language(words.language))
    for child in criterion.rule.children:
        tree.children.append(_tree(child, sources, words, is_top=False))
    return tree


def _citation(citation: "Citation | None", sources: "Mapping[str, Source]") -> str:
    return f"{sources[citation.document].title}: {citation.section}" if citation else ""


def _print_parameters(bound: "BoundGuidance", words: Words) -> None:
    from api.cli.printing import console, new_table

    columns = [words.say(f"cli.{key}") for key in ("parameter", "value", "default", "permitted", "set_by")]
    table = new_table(None, columns)
    for parameter in bound.rules.guidance.parameters:
        setting = bound.rules.settings[parameter.id]
        table.add_row(
            f"{parameter.title.in_language(words.language)} ({parameter.id})",
            _written(setting.value),
            _written(parameter.default),
            "–".join(map(str, parameter.permitted)) if parameter.kind != "choice" else _list(parameter.permitted),
            f"{setting.set_by}, {setting.set_on}",
        )
    if table.row_count:
        console().print(table)


def _written(value: object) -> str:
    return "" if value is None else str(value)


def _list(values: Iterable[object]) -> str:
    return ", ".join(map(str, values))


@guidance.command(cls=ReportingCommand)
@click.argument("file", type=FILE)
@in_language
def check(file: Path, language: str) -> None:
    """Check a guidance or overlay FILE of your own; tells every fault with its line."""
    from instruments.faults import Fault, InputError
    from instruments.loading import load, read_yaml
    from screening.guidance import Guidance, Overlay
    from screening.library import Library

    document = read_yaml(require_file(file))
    if not isinstance(document.data, Mapping) or not {"base", "criteria"} & set(document.data):
        raise InputError([Fault("other-definition-kind", file.name)])
    kind: type[Guidance] | type[Overlay] = Overlay if "base" in document.data else Guidance
    content, _ = load(file, kind)
    with _mounted(file, "overlays" if kind is Overlay else "guidance") as folder:
        Library(folder).bind(f"{content.id}@{content.version}", on=content.valid_from)
    reference = f"{content.id}@{content.version}, SHA-256 {document.sha256}"
    click.echo(Words(language).say("cli.file_is_sound", name=file, reference=reference))


@guidance.command(cls=ReportingCommand)
@click.argument("folder", type=FILE)
@in_language
def lock(folder: Path, language: str) -> None:
    """Add what is published in a FOLDER of guidances, or of overlays, to its lock."""
    from api.cli.locking import report_lock
    from screening.guidance import Guidance, Overlay

    # The two kinds lie in folders of their own, and their names are the layout's.
    report_lock(folder, Overlay if folder.resolve().name == "overlays" else Guidance, language)


@contextmanager
def _mounted(file: Path, kind: str) -> "Iterator[Path | None]":
    """A folder of local definitions with the file in it; None where the file is one that is found anyway."""
    from screening.library import DEFINITIONS

    local = definitions_folder()
    known = [DEFINITIONS, *([local] if local else [])]
    if any(file.resolve().is_relative_to(folder.resolve()) for folder in known):
        yield local
        return
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "definitions"
        if local is not None:
            copytree(local, folder)
        (folder / kind).mkdir(parents=True, exist_ok=True)
        copyfile(file, folder / kind / file.name)
        yield folder
