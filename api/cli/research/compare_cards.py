"""`underlag research compare-cards`: a card beside an earlier one of the same instrument."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE, require_file
from api.cli.reporting import Words, in_language
from api.cli.research.request import ResearchCommand, print_section

if TYPE_CHECKING:
    from instruments.cards import Card
    from instruments.research.card.comparing import Change


@click.command("compare-cards", cls=ResearchCommand)
@click.argument("earlier", type=FILE)
@click.argument("later", type=FILE)
@click.option("--disjoint", is_flag=True, help="Nobody is on both cards, so that differences can be tested.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document of full precision.")
@in_language
def compare_cards(earlier: Path, later: Path, disjoint: bool, as_json: bool, language: str) -> None:
    """Tell the figures of two cards side by side with their intervals, and what else differs.

    EARLIER and LATER are .yaml files of cards of the same instrument, each unchanged since it was signed. A difference
    is tested only with --disjoint: where people may be on both cards, nothing tells whether it is more than chance.
    """
    from instruments.research.card import comparing
    from instruments.research.figures.figure import to_json

    cards = [_read(path) for path in (earlier, later)]
    report = comparing.compare_cards(*cards, disjoint=disjoint)
    words = ResearchCommand.words(language)
    if as_json:
        click.echo(to_json(report))
    else:
        for section in report.sections:
            print_section(section, words)
        _print_changes(list(comparing.changes(*cards)), words)
    for warning in report.warnings:
        click.echo(words.say("research.warning", text=words.fault(warning)), err=True)


def _read(path: Path) -> "Card":
    from instruments.cards import AlteredCardError, read_card
    from instruments.faults import Fault

    card = read_card(require_file(path))
    if not card.is_as_signed:
        raise AlteredCardError(Fault("card-altered", path.name))
    return card


def _print_changes(found: "Sequence[Change]", words: Words) -> None:
    from api.cli.printing import console, new_table

    columns = [words.say(f"figure.{name}") for name in ("on_earlier", "on_later")]
    table = new_table(words.say("change.title"), ["", *columns], [])
    for each in found:
        cells = (_in_words(each.what, part, words) for part in (each.earlier, each.later))
        table.add_row(words.say(f"change.{each.what}"), *cells)
    if found:
        console(wide=True).print(table)
    else:
        click.echo(words.say("change.nothing"))


def _in_words(what: str, parts: Iterable[str], words: Words) -> str:
    """What stands on one card alone; keys of ours in words."""
    if what == "untold":
        from instruments.research.card.reporting import titles

        named = titles(words.language)
        return "; ".join(named.get(part, part) for part in parts)
    keys = {"methods": "method", "score": "label"}
    key = keys.get(what, "")
    return "; ".join(words.say(f"{key}.{part}") if words.knows(f"{key}.{part}") else part for part in parts)
