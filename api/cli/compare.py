"""`underlag compare`: the same people under several guidances."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE, open_library, progress, request_of, table_options
from api.cli.reporting import ReportingCommand, Words, in_language

if TYPE_CHECKING:
    from rich.table import Table as RichTable

    from screening.batch.comparison import Compared
    from screening.comparison import Comparison
    from screening.library import BoundGuidance


@click.command(cls=ReportingCommand)
@click.argument("input", type=FILE)
@click.option(
    "--guidance", "guidances", multiple=True, required=True, help="Two or more; the first is held against each."
)
@click.option("-o", "--output", type=FILE, help="Outcomes of every row: a .csv, .tsv, .parquet or .json file.")
@table_options
@in_language
def compare(
    input: Path,
    guidances: tuple[str, ...],
    output: Path | None,
    on: date,
    instrument: str | None,
    mapping: Path | None,
    language: str,
) -> None:
    """Show who enters and leaves under other guidances.

    INPUT is a table as for `underlag screen`. The outcomes under the first guidance are held against each of the
    others: who enters the target group, who may still enter, who leaves, and by which criterion.
    """
    from instruments.faults import Fault, InputError
    from instruments.table_files import open_table
    from screening.batch.comparison import ENDINGS, compare_table
    from screening.batch.preparation import prepare
    from screening.batch.results import require_writable

    words = Words(language)
    if len(set(guidances)) < 2:
        raise InputError([Fault("two-guidances", "")])
    if output is not None:
        require_writable(output, input, endings=ENDINGS)
    library = open_library()
    table = open_table(input)
    prepared = prepare(library, table, request_of(tuple(dict.fromkeys(guidances)), on, instrument, mapping))
    with progress(words.say("cli.screening"), table.rows) as advance:
        compared = compare_table(prepared, table, output, advance)
    _print(compared, prepared.bounds, words)
    counted = words.say(
        "cli.compared",
        rows=words.rows(compared.rows),
        ignored=len(compared.ignored),
        definitions=list(compared.definitions),
    )
    more = words.say("cli.written", output=output) if output is not None else ""
    click.echo(" ".join((counted, more)).strip(), err=True)


def _print(compared: "Compared", bounds: "Mapping[str, BoundGuidance]", words: Words) -> None:
    from api.cli.printing import console, new_table
    from screening.recommendation import OUTCOMES

    out = console()
    outcomes = [words.say(f"cli.outcome.{outcome}") for outcome in OUTCOMES]
    totals = new_table(None, [words.say("cli.guidance")], outcomes)
    for name, counts in compared.outcomes.items():
        totals.add_row(name, *map(str, counts))
    out.print(totals)
    first = next(iter(compared.outcomes))
    for name, comparison in compared.comparisons.items():
        title = words.say("cli.from_to", first=first, second=name)
        moves = new_table(title, [words.say("cli.was")], outcomes)
        for outcome, row in zip(outcomes, comparison.transitions.tolist(), strict=True):
            moves.add_row(outcome, *map(str, row))
        out.print()
        out.print(moves)
        movements = {key: getattr(comparison, key) for key in ("enters", "may_still_enter", "leaves")}
        out.print(words.say("cli.movements", **movements))
        out.print(_criteria(comparison, [bounds[first], bounds[name]], words) or words.say("cli.no_difference"))


def _criteria(comparison: "Comparison", bounds: "list[BoundGuidance]", words: Words) -> "RichTable | None":
    from api.cli.printing import new_table

    titles = {}
    for bound in bounds:
        titles.update({name: text.in_language(words.language) for name, text in bound.words().items()})
    columns = [words.say(f"cli.{key}") for key in ("differs", "enters", "may_still_enter", "leaves")]
    shown = new_table(None, [words.say("cli.criterion")], columns)
    for name, change in comparison.criteria.items():
        if change.differs:
            shown.add_row(f"{titles[f'criterion.{name}']} ({name})", *map(str, change.as_data().values()))
    return shown if shown.row_count else None
