"""`underlag guidance export`: the text, with a heading that says what it is, what it reads and who set its limits."""

from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path
from textwrap import wrap

from api.cli.reporting import Words
from instruments.ratings import BLANK
from instruments.table_files import open_table
from screening.batch.plan import NOT_FOUND, NOT_FOUND_WORD, Input
from screening.batch.preparation import Request, prepare_columns
from screening.library import BoundGuidance, Library
from screening.portable.polars_code import write_polars
from screening.portable.query import Exported, every_column, export_rules
from screening.portable.sql import write_sql

#: Characters up to which a line of the heading is filled.
_WIDTH = 110
_RUNS_IN = {"sql": "cli.export.sql", "polars": "cli.export.polars"}


def exported_text(
    library: Library, request: Request, kind: str, table: str, columns_of: Path | None, words: Words
) -> str:
    """A guidance as SQL or as Python for polars.

    Parameters
    ----------
    kind : {"sql", "polars"}
    table : str
        The name of the table that the SQL reads.
    columns_of : Path or None
        A file with the columns of the table.

    Raises
    ------
    InputError
        If the mapping or the columns do not fit, or a name cannot be written.
    UnknownDefinitionError
        If there is no such guidance or instrument, or it was not yet in force.
    """
    on, mapping, (name,) = request.on, request.mapping, request.guidances
    named = request.instrument or (mapping.content.instrument if mapping else None)
    if columns_of is not None:
        names = open_table(columns_of.absolute()).names
    else:
        names = every_column(library.bind(name, on=on, instrument=named).rules, mapping)
    bound = prepare_columns(library, names, request).bound
    exported = export_rules(bound.rules, on, mapping, names)
    paragraphs = [*_heading(bound, exported, kind, on, words), ""]
    # a semicolon ends a statement, in a comment too, for some of what reads SQL
    paragraphs = [text.replace(";", ",") for text in paragraphs]
    heading = [line for text in paragraphs for line in wrap(text, _WIDTH, subsequent_indent="  ") or [""]]
    return write_sql(exported.query, table, heading) if kind == "sql" else write_polars(exported.query, heading)


def _heading(bound: BoundGuidance, exported: Exported, kind: str, on: date, words: Words) -> Iterator[str]:
    rules, shown = bound.rules, bound.overlay or bound.rules.guidance
    yield f"{bound.title.in_language(words.language)} ({shown.id}@{shown.version})"
    yield words.say("cli.export.review")
    yield ""
    yield words.say("cli.export.day", on=on.isoformat(), engine=f"underlag {version('underlag')}")
    yield words.say(_RUNS_IN[kind])
    yield ""
    yield words.say("cli.export.definitions")
    used = {shown.id, rules.guidance.id, rules.instrument.id, rules.dictionary.id}
    for reference, sha256 in bound.definitions.items():
        if reference.partition("@")[0] in used:
            yield f"  {reference}, SHA-256 {sha256}"
    yield words.say("cli.export.parameters")
    for parameter in rules.guidance.parameters:
        setting = rules.settings[parameter.id]
        title = parameter.title.in_language(words.language)
        why = f" {setting.reason.in_language(words.language)}" if setting.reason else ""
        value = words.say("cli.export.not_set") if setting.value is None else setting.value
        yield f"  {parameter.id} = {value} ({title} – {setting.set_by}, {setting.set_on}).{why}"
    yield ""
    yield words.say("cli.export.columns")
    yield f"  {exported.query.key}"
    for given in exported.inputs:
        yield from (f"  {column}" for column in _columns(given, words))
    yield words.say("cli.export.cells")
    if kind == "sql":
        yield words.say("cli.export.nan")
    yield words.say("cli.export.result")


def _columns(given: Input, words: Words) -> Iterator[str]:
    """The columns of an input, and what their cells may hold."""
    low, high = given.range
    allowed = ", ".join(given.allowed)
    if given.kind == "number":
        allowed = ", ".join(part for part in (words.say("cli.export.number", low=low, high=high), allowed) if part)
    elif given.kind == "date":
        allowed = words.say("cli.export.date")
    own = {"cli.export.missing": BLANK, "cli.export.not_found": NOT_FOUND}
    named = {
        key: [text for text, code in given.codes.items() if code == blank and text not in ("", NOT_FOUND_WORD)]
        for key, blank in own.items()
    }
    blanks = [words.say(key, codes=", ".join(texts)) for key, texts in named.items() if texts]
    for column in given.columns:
        yield ". ".join([f"{column}: {allowed}", *blanks])
    if given.observed_on is not None:
        yield f"{given.observed_on}: {words.say('cli.export.date')}"
    if given.window_column is not None:
        yield f"{given.window_column}: {words.say('cli.export.window')}"
