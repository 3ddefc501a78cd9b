"""`underlag guidance`: what is tested, and why."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.definition_files import is_found_anyway, kind_of, mounted, mounted_with, opened
from api.cli.options import (
    FILE,
    definitions_folder,
    first_day,
    open_library,
    reference_date,
    request_of,
    require_file,
    table_options,
)
from api.cli.reporting import INPUT_AT_FAULT, ReportingCommand, Words, in_language

if TYPE_CHECKING:
    from rich.tree import Tree

    from instruments.registry import Definition, Versioned
    from screening.guidance import Guidance, Overlay
    from screening.library import BoundGuidance
    from screening.rules import Citation, Criterion, Source


@click.group()
def guidance() -> None:
    """List, show, draft, check, prove, test, compare and lock guidances, and what they rest on."""


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
@click.argument("id")
@click.option("--to", "kind", type=click.Choice(["sql", "polars"]), required=True, help="What is written.")
@click.option("--table", default="intakes", help="Table that the SQL reads; `intakes` by default.")
@click.option("--columns-of", type=FILE, help="Table whose columns are read, where it lacks some; else all are.")
@table_options
@in_language
def export(
    id: str,
    kind: str,
    table: str,
    columns_of: Path | None,
    on: date,
    instrument: str | None,
    mapping: Path | None,
    language: str,
) -> None:
    """Print the guidance ID (ID@VERSION, ID/OVERLAY) as a query that is run where the data lie.

    The SQL runs in DuckDB, PostgreSQL (12 or later) and SQLite (3.35 or later), the Python in polars. Both read the
    table that `underlag screen` reads, and give its columns key, outcome and criterion.<id>, without gate, flags and
    open questions. A row with a cell that cannot be read has no answer, and not_readable names the column.
    """
    from api.cli.exporting import exported_text

    request = request_of((id,), on, instrument, mapping)
    click.echo(exported_text(open_library(), request, kind, table, columns_of, Words(language)), nl=False)


@guidance.command(cls=ReportingCommand)
@click.argument("file", type=FILE)
@in_language
def check(file: Path, language: str) -> None:
    """Check a FILE: a guidance or overlay of your own, or any other definition; tells every fault with its line."""
    from instruments.loading import load, read_yaml

    kind = kind_of(read_yaml(require_file(file)).data, file)
    content, document = load(file, kind)
    reference = f"{content.id}@{content.version}"
    with mounted(file, kind) as folder:
        _require_proofs(reference, document.sha256, content.valid_from, folder)
    click.echo(Words(language).say("cli.file_is_sound", name=file, reference=f"{reference}, SHA-256 {document.sha256}"))


def _require_proofs(reference: str, sha256: str, on: date, folder: Path | None) -> None:
    """Bind and prove what a file is, or every guidance with what it is where guidances rest on it."""
    from screening.library import Library
    from screening.proof.proving import require_proof

    library = Library(folder)
    is_guidance = reference.partition("@")[0] in library.names()
    names, recorded = ([reference], {}) if is_guidance else (library.names(), {reference: sha256})
    for name in names:
        require_proof(library.bind(name, on=on, recorded=recorded, must_be_proved=False).rules, on)


@guidance.command(cls=ReportingCommand)
@click.argument("id")
@click.option("--examples", is_flag=True, help="Show an example of everything, not only of what does not hold.")
@reference_date
@in_language
def prove(id: str, examples: bool, on: date, language: str) -> None:
    """Prove the guidance ID (ID@VERSION, ID/OVERLAY): what must hold of it in every conceivable case.

    Every criterion can be met, not met and unknown; no required one and no part of one follows from the others; more or
    higher rated risk factors never lower the outcome, and more protective ones never raise it (facts are not meant); no
    flag contradicts the outcome; whatever a required criterion asks for can change the outcome.
    """
    from api.cli.proving import print_proof
    from screening.proof.proving import prove as try_out
    from screening.proof.rendering import render_proof

    library = open_library()
    bound = library.bind(id, on=on, must_be_proved=False)
    proof = try_out(bound.rules, on)
    click.echo(f"{bound.title.in_language(language)}: {_list(bound.definitions)}")
    print_proof(render_proof(bound, proof, library.catalogue), Words(language), with_examples=examples)
    if not proof.is_complete:
        raise click.exceptions.Exit(INPUT_AT_FAULT)


@guidance.command(cls=ReportingCommand)
@click.argument("file")
@click.argument("cases", nargs=-1, type=FILE)
@click.option("--missing", type=FILE, help="A new file for the cases that are missing, to be filled in.")
@reference_date
@in_language
def test(file: str, cases: tuple[Path, ...], missing: Path | None, on: date, language: str) -> None:
    """Test a FILE of your own, or a guidance by its id, with worked CASES.

    CASES are files in which somebody has said what ought to come out; a file can build on the bases of those before
    it. Without any, those that ship and those in the folder cases of your own definitions are used. Tells what comes
    out otherwise, what the cases touch, and what they do not. Exit code 1 where something comes out otherwise.
    """
    from api.cli.case_testing import report_cases
    from instruments.faults import Fault, InputError

    if missing is not None and missing.exists():
        raise InputError([Fault("cases-file-exists", missing.name)])
    with opened(file, on) as (library, bound):
        code = report_cases(library, bound, cases, missing, language)
    if code:
        raise click.exceptions.Exit(code)


@guidance.command(cls=ReportingCommand)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--rows", type=click.IntRange(1, 1_000_000), default=20_000, help="Invented young people to try.")
@click.option("--seed", type=click.IntRange(0), default=1, help="Another seed invents others.")
@reference_date
@in_language
def diff(first: str, second: str, rows: int, seed: int, on: date, language: str) -> None:
    """Tell what differs between A and B: guidances by their ids or versions (ID@VERSION), or files of your own.

    In words, and on an invented cohort: which statuses and outcomes shift and for how many, each with an intake in
    which nothing is known that is not needed for it.
    """
    from api.cli.guidance_diff import report_differences

    with opened(first, on) as (library, before), opened(second, on) as (other, after):
        day = max(on, before.version.valid_from, after.version.valid_from)
        names = before.reference, after.reference
        instrument = before.rules.instrument.id
        bound = library.bind(names[0], on=day), other.bind(names[1], on=day, instrument=instrument)
        report_differences(*bound, library.catalogue, Words(language), rows=rows, seed=seed, on=day)


@guidance.command(cls=ReportingCommand)
@click.argument("folder", type=FILE)
@first_day
@in_language
def draft(folder: Path, valid_from: date, language: str) -> None:
    """Copy the latest version in FOLDER to a draft of the next, and print its path."""
    from api.cli.locking import print_draft

    print_draft(folder, _kind_in(folder), valid_from)


@guidance.command(cls=ReportingCommand)
@click.argument("folder", type=FILE)
@in_language
def lock(folder: Path, language: str) -> None:
    """Add what is published in a FOLDER of guidances, overlays, facts, flags, consent or questions to its lock."""
    from api.cli.locking import report_lock
    from screening.guidance import Guidance, Overlay
    from screening.library import Library

    def require(added: "Iterable[Definition[Versioned]]") -> None:
        shipped = Library()
        known = {each.sha256 for each in (*shipped.guidances, *shipped.overlays)}
        with mounted_with(folder, kind) as local:
            for each in added:
                if is_found_anyway(folder, definitions_folder()) or each.sha256 not in known:
                    _require_proofs(each.reference, each.sha256, each.content.valid_from, local)

    kind = _kind_in(folder)
    is_bound = is_found_anyway(folder, definitions_folder()) or kind in (Guidance, Overlay)
    report_lock(folder, kind, language, require if is_bound else lambda added: None)


def _kind_in(folder: Path) -> "type[Versioned]":
    """The kind of what lies in a folder: the kinds lie in folders of their own, and their names are the layout's."""
    from screening.definition_folders import KINDS

    place = folder.resolve()
    return next((KINDS[each.name] for each in (place, *place.parents) if each.name in KINDS), KINDS["guidance"])
