"""The command `underlag`.

Nothing heavy is imported before a command needs it, so that ``--help`` answers at once.
"""

from typing import TYPE_CHECKING

import click

from api.cli.compare import compare
from api.cli.demo import demo
from api.cli.guidance import guidance
from api.cli.instruments import instruments
from api.cli.keys import keys
from api.cli.research import research
from api.cli.screen import screen
from api.cli.serve import serve
from api.cli.store import COMMANDS as STORE_COMMANDS
from api.cli.trends import trends
from api.cli.users import users_group

if TYPE_CHECKING:
    from flask import Flask


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="underlag")
def main() -> None:
    """Structured assessments tested against the target-group criteria of social intervention groups.

    Underlag recommends and explains, for a professional to review. It never decides.
    """


def _make_app() -> "Flask":
    from api.wsgi import app_of_environment

    return app_of_environment()


_SERVICE = (serve, demo, users_group(_make_app), trends, keys, *STORE_COMMANDS)
for command in (screen, compare, instruments, guidance, research, *_SERVICE):
    main.add_command(command)
