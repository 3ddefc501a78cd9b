"""`underlag screen`: a recommendation for every row of a table."""

from datetime import date
from pathlib import Path

import click

from api.cli.options import FILE, open_library, progress, request_of, table_options
from api.cli.reporting import ReportingCommand, Words, in_language


@click.command(cls=ReportingCommand)
@click.argument("input", type=FILE)
@click.option("-o", "--output", type=FILE, required=True, help="Result: a .csv, .tsv or .parquet file.")
@click.option("--guidance", required=True, help="Guidance to test against; see `underlag guidance list`.")
@table_options
@click.option("--explain", type=FILE, help="Folder for a full explanation of each row (.jsonl: one file for all).")
@click.option("--scheduler", help="Address of a Dask scheduler to screen on, or `local`.")
@in_language
def screen(
    input: Path,
    output: Path,
    guidance: str,
    on: date,
    instrument: str | None,
    mapping: Path | None,
    explain: Path | None,
    scheduler: str | None,
    language: str,
) -> None:
    """Test every row of a table against a guidance.

    INPUT is a .csv, .tsv or .parquet file. Without a mapping its columns are `key`, facts and `item.<id>`, with
    `<fact>.observed_on` and `offence_count.window_months` beside them; an empty cell was not asked, `saknas` was looked
    for and not found. In Parquet an int8 column may hold codes: -1 not asked, -2 not applicable, -3 not found.

    The result keeps the order of the rows: key, outcome, gate, flags, criterion.<id> and open_questions. In CSV a key
    that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    from importlib.metadata import version

    from instruments.table_files import open_table
    from screening.batch.pipeline import Explainer, screen_part, screen_table
    from screening.batch.preparation import prepare
    from screening.batch.results import require_writable

    words = Words(language)
    require_writable(output, input)
    library, request = open_library(), request_of((guidance,), on, instrument, mapping)
    table = open_table(input.absolute())
    prepared = prepare(library, table, request)
    engine = f"underlag {version('underlag')}" if explain is not None else None
    if scheduler is not None:
        from screening.batch.distributed import screen_on_workers

        screened = screen_on_workers(request, prepared, table, scheduler, engine=engine)
    else:
        screened = screen_part(prepared, table, explainer=Explainer(library, engine) if engine else None)
    with progress(words.say("cli.screening"), table.rows) as advance:
        summary = screen_table(prepared, table, output, screened, explanations=explain, advance=advance)
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
