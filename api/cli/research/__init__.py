"""`underlag research`: is an instrument reliable and valid, for whom, and does it stay so.

Each command is a module of its own here and is added to the group below. scikit-learn and the like are imported by a
command when it runs, so that ``--help`` answers at once.
"""

import click

from api.cli.research.calibrate import calibrate
from api.cli.research.card import card
from api.cli.research.check import check
from api.cli.research.coverage import coverage
from api.cli.research.drift import drift
from api.cli.research.export import export
from api.cli.research.fairness import fairness
from api.cli.research.irt import irt
from api.cli.research.overrides import overrides
from api.cli.research.publish import publish
from api.cli.research.reliability import reliability
from api.cli.research.validity import validity
from api.cli.research.verify import verify


@click.group()
def research() -> None:
    """Calibrate and audit an instrument on your own data.

    DATA is a .csv, .tsv, .parquet, .xlsx or .sav file, and a mapping file says what its columns and codes are. Totals
    are shown in research only: they have no cut-off, and are not how an instrument is used.
    """


for command in (
    check,
    reliability,
    irt,
    validity,
    calibrate,
    fairness,
    overrides,
    drift,
    card,
    verify,
    publish,
    export,
    coverage,
):
    research.add_command(command)
