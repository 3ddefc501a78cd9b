"""`underlag research`: is an instrument reliable and valid, for whom, and does it stay so.

Each command is a module of its own here. scikit-learn and the like are imported by a command when it runs, so that
``--help`` answers at once.
"""

import click

from api.cli.lazy_group import LazyGroup

MODULES = {
    name: f"api.cli.research.{name.replace('-', '_')}"
    for name in (
        "calibrate",
        "card",
        "check",
        "compare-cards",
        "coverage",
        "decisions",
        "describe",
        "drift",
        "export",
        "fairness",
        "generalizability",
        "irt",
        "missing",
        "monitor",
        "overrides",
        "plan",
        "pool",
        "publish",
        "reliability",
        "sample-size",
        "structure",
        "sums",
        "validity",
        "verify",
    )
}


@click.group(cls=LazyGroup, modules=MODULES)
def research() -> None:
    """Calibrate and audit an instrument on your own data.

    DATA is a .csv, .tsv, .parquet, .xlsx or .sav file, and a mapping file says what its columns and codes are. Totals
    are shown in research only: they have no cut-off, and are not how an instrument is used.
    """
