"""What every research command takes, and one way of telling what it found."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.options import FILE, open_library, reference_date, require_file
from api.cli.reporting import FAILED, ReportingCommand, Words, in_language, report
from api.cli.research.planned import as_planned, held_to_plan, read_planned

if TYPE_CHECKING:
    from datetime import date

    from instruments.model import Instrument
    from instruments.research.datasets.dataset import Dataset
    from instruments.research.figures.figure import InsufficientEvidence, Outcome, Report, Row, Section
    from instruments.research.plans.plan import Plan
    from screening.library import Library

#: Where the words about the signing key stand, with those of the other keys.
_LOCALE_OF_KEYS = Path(__file__).parents[2] / "cases" / "locale"

_OWN = ("api", "instruments", "screening")


@dataclass(frozen=True)
class ResearchRequest:
    """The arguments and options that all research commands share."""

    data: Path
    mapping: Path
    outcome: str | None
    groups: tuple[str, ...]
    as_json: bool
    folder: Path | None
    instrument: str | None
    on: "date"
    language: str
    plan: "Plan | None" = None

    @functools.cached_property
    def library(self) -> "Library":
        """The definitions, read once."""
        return open_library()

    def dataset(self) -> "Dataset":
        """Read the data.

        Raises
        ------
        InputError
            With every fault of the data and the mapping, and where the outcome or a group is not in them.
        """
        from instruments.mapping import read_mapping
        from instruments.research.datasets.dataset import FactShape
        from instruments.research.datasets.own_items import own_items, studied_items
        from instruments.research.datasets.reading import read_dataset
        from instruments.research.faults import UnknownColumnError
        from screening.facts import NOT_APPLICABLE_WORD

        library = self.library
        content = read_mapping(require_file(self.mapping)).content
        named = self.instrument or content.instrument
        if named is None:
            instrument: Instrument = own_items(content)
        elif named.partition("@")[0] in library.studied.ids():
            instrument = studied_items(library.studied.find(named, on=self.on).content)
        else:
            instrument = library.instruments.find(named, on=self.on).content
        shapes = {}
        for name, fact in library.facts(self.on).by_id.items():
            words = tuple(value.id for value in fact.values) + ((NOT_APPLICABLE_WORD,) if fact.not_applicable else ())
            shapes[name] = FactShape(words, None if fact.kind == "choice" else fact.range)
        dataset = read_dataset(self.data, self.mapping, instrument, shapes)
        asked = [(self.outcome, dataset.outcomes)] if self.outcome is not None else []
        for name, table in (*asked, *((group, dataset.groups) for group in self.groups)):
            if name not in table.columns:
                raise UnknownColumnError("", name=name, known=list(table.columns))
        return dataset


class ResearchCommand(ReportingCommand):
    """A command on research data."""

    @staticmethod
    def words(language: str) -> Words:
        from instruments.research.wording import FOLDERS

        return Words(language, _LOCALE_OF_KEYS, *FOLDERS)

    @classmethod
    def report_error(cls, error: Exception, words: Words) -> int:
        """Tell a library that is not installed by what installs it."""
        if isinstance(error, ModuleNotFoundError) and error.name is not None and not error.name.startswith(_OWN):
            click.echo(words.say("cli.failed", problem=words.say("cli.research-extra", name=error.name)), err=True)
            return FAILED
        return report(error, words)


def research_command(name: str) -> Callable[[Callable[..., "Report"]], click.Command]:
    """Make a command of a function that takes a `ResearchRequest` (and options of its own) and gives a `Report`.

    The figures are printed as tables or, with ``--json``, as one document of full precision. With ``-o`` a folder gets
    both: ``<command>.json`` and ``<command>.csv``. Named warnings that arise are part of the report.
    """

    def decorate(function: Callable[..., "Report"]) -> click.Command:
        @functools.wraps(function)
        def run(
            data: Path,
            mapping: Path,
            outcome: str | None,
            group: tuple[str, ...],
            as_json: bool,
            output: Path | None,
            instrument: str | None,
            on: "date",
            language: str,
            plan: Path | None,
            **more: Any,
        ) -> None:
            from instruments.research.figures.figure import with_warnings

            planned = read_planned(plan)
            chosen = as_planned(planned, {"outcome": outcome, "group": group, **more})
            outcome, group = chosen.pop("outcome"), chosen.pop("group")
            files = require_file(data), require_file(mapping)
            request = ResearchRequest(*files, outcome, group, as_json, output, instrument, on, language, planned)
            report = held_to_plan(with_warnings(lambda: function(request, **chosen)), planned, on)
            print_report(report, language=language, as_json=as_json, folder=output)

        described = in_language(reference_date(run))
        for option in reversed(_OPTIONS):
            described = option(described)
        return click.command(name, cls=ResearchCommand)(described)

    return decorate


def score_option(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option ``--score``; without it, `instruments.research.datasets.scores.main_score` says which score is meant.

    Parameters
    ----------
    what : str
        What is done with the score.
    """
    text = f"{what}; by default the total of the risk items, or the only score there is."
    return click.option("--score", metavar="NAME", help=text)


_COLUMNS = ("value", "interval", "n", "method")
_OPTIONS: Sequence[Callable[[Callable[..., Any]], Callable[..., Any]]] = (
    click.argument("data", type=FILE),
    click.option("--mapping", type=FILE, required=True, help="YAML file that says what the columns and codes are."),
    click.option("--outcome", metavar="COLUMN", help="Outcome, by the name that the mapping gives it."),
    click.option("--group", multiple=True, metavar="COLUMN", help="Group, by the name that the mapping gives it."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document of full precision."),
    click.option("-o", "output", type=FILE, metavar="DIR", help="Folder for the figures as JSON and CSV."),
    click.option("--plan", type=FILE, help="A plan of underlag research plan; what departs from it is told."),
    click.option("--instrument", help="Instrument that was used, instead of the one that the mapping names."),
)


def print_report(report: "Report", *, language: str, as_json: bool, folder: Path | None) -> None:
    """Print a report, and write it where a folder was named."""
    from instruments.research.datasets.own_items import ID as OWN_ITEMS
    from instruments.research.figures.figure import to_json, to_table

    words = ResearchCommand.words(language)
    document = to_json(report)
    if as_json:
        click.echo(document)
    else:
        for section in report.sections:
            print_section(section, words)
    for warning in report.warnings:
        click.echo(words.say("research.warning", text=words.fault(warning)), err=True)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{report.command}.json").write_text(document + "\n", encoding="utf-8")
        to_table(report.sections).to_csv(folder / f"{report.command}.csv", index=False)
        click.echo(words.say("cli.written", output=folder), err=True)
    if "plan" in report.about:
        told: Any = report.about["plan"]
        click.echo(words.say("research.plan_followed", **told), err=True)
    about = {key: value if value is not None else "–" for key, value in report.about.items()}
    is_own = str(about.get("instrument", "")).startswith(OWN_ITEMS)
    click.echo(words.say("research.about_own" if is_own else "research.about", **about), err=True)


def print_section(section: "Section", words: Words) -> None:
    """One table: a row for each label, a column for each figure, or the other way round where there are no labels."""
    from api.cli.printing import console, new_table

    out = console(wide=True)
    title = words.say(f"section.{section.name}")
    reasons = _reasons(section, words)
    if not section.columns or len({tuple(each.name for each in row.figures) for row in section.rows}) > 1:
        labels = [*(words.say(f"column.{name}") for name in section.columns), ""]
        table = new_table(title, labels, [words.say(f"column.{name}") for name in _COLUMNS])
        for row in section.rows:
            for each in row.figures:
                table.add_row(*_labels(section, row, words), _named(each, words), *_cells(each, words, reasons))
    else:
        names = [_named(each, words) for each in section.rows[0].figures] if section.rows else []
        table = new_table(title, [words.say(f"column.{name}") for name in section.columns], names)
        for row in section.rows:
            table.add_row(*_labels(section, row, words), *(_short(each, words, reasons) for each in row.figures))
    out.print(table)
    for key, text in section.stated.items():
        out.print(words.say(f"stated.{key}", text=text.in_language(words.language)))
    for note in section.notes:
        out.print(words.say(f"note.{note}"))
    for number, reason in enumerate(reasons, 1):
        out.print(words.say("research.no_figure", number=number, reason=reason))
    out.print()


def _labels(section: "Section", row: "Row", words: Words) -> list[str]:
    """The labels of a row; those that are keys of ours in words, and those of the data as they are."""
    kinds = ("figure" if name == "compared" else "label" for name in section.columns)
    keys = [(f"{kind}.{label}", label) for kind, label in zip(kinds, row.labels, strict=True)]
    return [words.say(key) if words.knows(key) else label for key, label in keys]


def _named(each: "Outcome", words: Words) -> str:
    """The words of a figure; one of several, such as ``location_3``, has those of its kind and its number."""
    kind, _, number = each.name.rpartition("_")
    if number.isdigit() and words.knows(f"figure.{kind}"):
        return words.say(f"figure.{kind}", number=number)
    return words.say(f"figure.{each.name}")


def _cells(each: "Outcome", words: Words, reasons: Sequence[str]) -> list[str]:
    from instruments.research.figures.figure import Figure

    if not isinstance(each, Figure):
        return [_lacking(each, words, reasons), "", str(each.n), ""]
    interval = f"{_number(each.low)} – {_number(each.high)}" if each.low is not None and each.high is not None else ""
    remarks = [words.say(f"method.{each.method}")] if each.method else []
    remarks += [words.say(f"note.{each.note}")] if each.note else []
    return [_number(each.value), interval, str(each.n), "; ".join(remarks)]


def _lacking(each: "InsufficientEvidence", words: Words, reasons: Sequence[str]) -> str:
    """What stands in the place of a figure, with the number of its reason below the table."""
    return f"{words.say('research.insufficient')} ({reasons.index(words.fault(each.reason)) + 1})"


def _short(each: "Outcome", words: Words, reasons: Sequence[str]) -> str:
    from instruments.research.figures.figure import Figure

    if not isinstance(each, Figure):
        return _lacking(each, words, reasons)
    value = _number(each.value) + ("*" if each.note else "")
    if each.low is None or each.high is None:
        return value
    return f"{value} ({_number(each.low, 3)} – {_number(each.high, 3)})"


def _reasons(section: "Section", words: Words) -> list[str]:
    """Why figures of a section are lacking, each reason once."""
    from instruments.research.figures.figure import InsufficientEvidence

    lacking = (each for row in section.rows for each in row.figures if isinstance(each, InsufficientEvidence))
    return list(dict.fromkeys(words.fault(each.reason) for each in lacking))


def _number(value: float | None, decimals: int = 4) -> str:
    if value is None:
        return ""
    if isinstance(value, int):  # a count
        return str(value)
    return f"{value:.{decimals}f}" if abs(value) < 1000 else f"{value:.1f}"
