"""`underlag research monitor`: whether outcomes as they come in depart from those of an earlier card."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from api.cli.options import FILE, require_file
from api.cli.research.request import ResearchRequest, research_command

if TYPE_CHECKING:
    from instruments.cards import Card
    from instruments.research.figures.figure import Report

_Command = TypeVar("_Command", bound=Callable[..., Any])


def arrived_option(where: str = "") -> Callable[[_Command], _Command]:
    """The options that say what came in, and since when."""

    def add(command: _Command) -> _Command:
        column = click.option(
            "--arrived",
            metavar="COLUMN",
            help=f"When outcomes came in{where}; by default when they became known if mapped, else the rating.",
        )
        after = click.option(
            "--after",
            metavar="TIME",
            help=f"What came in through then is not counted{where}; by default the card's day (its month or quarter). "
            "Needed where COLUMN has other numbers.",
        )
        return column(after(command))

    return add


def read_signed_card(path: Path) -> "Card":
    """Read an evidence card.

    Raises
    ------
    InputError
    AlteredCardError
        If it is not as it was signed.
    """
    from instruments.cards import AlteredCardError, read_card
    from instruments.faults import Fault

    card = read_card(require_file(path))
    if not card.is_as_signed:
        raise AlteredCardError(Fault("card-altered", path.name))
    return card


@research_command("monitor")
@click.option("--card", type=FILE, required=True, help="Earlier evidence card (a .yaml file), as it was signed.")
@arrived_option()
@click.option("--through", metavar="TIME", help="The last time that is counted; by default all.")
def monitor(
    request: ResearchRequest, card: Path, arrived: str | None, after: str | None, through: str | None
) -> "Report":
    """Tell whether outcomes by summary rating, as they come in, depart from those of an earlier card.

    It may be asked at any time and as often as one likes: that something is said to have changed where nothing has is
    no likelier than 5 % over the whole time. That holds where outcomes are counted in the order in which they became
    known (known_on of the outcome in the mapping, or --arrived), or where everybody is followed equally long and
    outcomes are entered in turn; not where those entered late are put in among earlier ones. DATA holds everything
    that came in since the card; the order of its rows says nothing. Each outcome counts when the follow-up of its
    person is over, also where it happened before.
    """
    from instruments.research.monitoring.report import monitor

    signed = read_signed_card(card)
    return monitor(request.dataset(), signed, request.outcome, arrived=arrived, after=after, through=through)
