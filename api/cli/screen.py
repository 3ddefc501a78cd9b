"""`underlag screen`: a recommendation for every row of a table."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE, open_library, progress, request_of, table_options
from api.cli.reporting import ReportingCommand, Words, in_language

if TYPE_CHECKING:
    from screening.batch.row_explanations import Form
    from screening.library import BoundGuidance, Library


@click.command(cls=ReportingCommand)
@click.argument("input", type=FILE)
@click.option("-o", "--output", type=FILE, required=True, help="Result: a .csv, .tsv or .parquet file.")
@click.option("--guidance", required=True, help="Guidance to test against; see `underlag guidance list`.")
@table_options
@click.option("--best-before", is_flag=True, help="Also tell until when each result stands if nothing is added.")
@click.option("--explain", type=FILE, help="Folder for a full explanation of each row (.jsonl: one file for all).")
@click.option(
    "--explain-as",
    type=click.Choice(["json", "text", "html"]),
    default="json",
    help="How the files in that folder are written; text and HTML are in the language of --language.",
)
@click.option("--scheduler", help="Address of a Dask scheduler to screen on, or `local`.")
@in_language
def screen(
    input: Path,
    output: Path,
    guidance: str,
    on: date,
    instrument: str | None,
    mapping: Path | None,
    best_before: bool,
    explain: Path | None,
    explain_as: str,
    scheduler: str | None,
    language: str,
) -> None:
    """Test every row of a table against a guidance.

    INPUT is a .csv, .tsv or .parquet file. Without a mapping its columns are `key`, facts and `item.<id>`, with
    `<fact>.observed_on` and `offence_count.window_months` beside them; an empty cell was not asked, `saknas` was looked
    for and not found. In Parquet an int8 column may hold codes: -1 not asked, -2 not applicable, -3 not found.

    The result keeps the order of the rows: key, outcome, gate, flags, criterion.<id> and open_questions. In CSV a key
    that a spreadsheet would take for a formula gets an apostrophe before it. With --best-before, stands_through is the
    last day on which the result surely is what it is, stands_through_latest the same for the latest birth date that
    agrees with an age, ends_by what changes it then (birthday, stale or definition, with what), and undated what time
    changes on a day that nobody can tell; a day is empty where time alone changes nothing. It takes milliseconds a row.
    """
    from importlib.metadata import version

    from instruments.table_files import open_table
    from screening.batch.pipeline import Explainer, screen_part, screen_table
    from screening.batch.preparation import prepare
    from screening.batch.results import require_writable
    from screening.batch.row_explanations import ONE_FILE_ENDING

    words = Words(language)
    if explain_as != "json" and (explain is None or explain.suffix == ONE_FILE_ENDING):
        raise click.UsageError("--explain-as needs --explain with the name of a folder.")
    require_writable(output, input)
    library, request = open_library(), request_of((guidance,), on, instrument, mapping)
    table = open_table(input.absolute())
    prepared = prepare(library, table, request)
    engine = f"underlag {version('underlag')}" if explain is not None else None
    if scheduler is not None:
        from screening.batch.distributed import screen_on_workers

        screened = screen_on_workers(
            request, prepared, table, scheduler, engine=engine, dated_by=library if best_before else None
        )
    else:
        explainer = Explainer(library, engine) if engine else None
        screened = screen_part(prepared, table, explainer=explainer, dated_by=library if best_before else None)
    form = _form_of(explain_as, library, prepared.bound, language)
    with progress(words.say("cli.screening"), table.rows) as advance:
        summary = screen_table(
            prepared, table, output, screened, explanations=explain, explained_as=form, advance=advance
        )
    counted = words.say(
        "cli.screened",
        rows=words.rows(summary.rows),
        guidance=guidance,
        ignored=len(summary.ignored),
        definitions=list(summary.definitions),
        output=output,
        **summary.outcomes,
    )
    more = words.say("cli.explained", place=summary.explanations) if summary.explanations else ""
    click.echo(" ".join((counted, more)).strip(), err=True)


def _form_of(name: str, library: "Library", bound: "BoundGuidance", language: str) -> "Form":
    """How explanations are written."""
    from screening.batch.row_explanations import JSON, Form

    if name == "json":
        return JSON
    from api.evaluation.readable import Readable

    readable = Readable(library, bound, language)
    return Form("txt", readable.as_text) if name == "text" else Form("html", readable.as_html)
