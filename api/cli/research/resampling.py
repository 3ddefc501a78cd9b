"""The options of every research command that resamples."""

import functools
from collections.abc import Callable
from typing import Any

import click

#: Whose rows may be alike; for the reports that can tell figures of rows in clusters.
cluster_option = click.option(
    "--cluster",
    metavar="person|rater|GROUP",
    help="Take the rows of one person, one rater or one group, such as place, as dependent.",
)


def resampling_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a bootstrap that may hold the number of events; it is handed a `Resampling`."""

    @functools.wraps(command)
    def run(*arguments: Any, draws: int, seed: int, jobs: int | None, unstratified: bool, **more: Any) -> Any:
        from instruments.research.estimation.resampling import Resampling

        chosen = Resampling(draws, not unstratified, seed, jobs)
        return command(*arguments, resampling=chosen, **more)

    for option in (
        click.option("--unstratified", is_flag=True, help="Draw the number of events, too, instead of holding it."),
        click.option("--jobs", type=int, help="Processes that resample; -1 is all."),
        click.option("--seed", type=click.IntRange(min=0), default=0, help="Start of the random numbers."),
        click.option("--draws", type=click.IntRange(min=0), default=2_000, help="Bootstrap draws; 0 for none."),
    ):
        run = option(run)
    return run
