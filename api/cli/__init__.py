"""The command `underlag`.

Nothing heavy is imported before a command needs it, so that ``--help`` answers at once.
"""

import atexit
import gc

import click

from api.cli.lazy_group import LazyGroup

#: The module of each command.
MODULES = {
    "audit": "api.cli.audit",
    "backup": "api.cli.backup",
    "compare": "api.cli.compare",
    "db": "api.cli.store",
    "demo": "api.cli.demo",
    "digest": "api.cli.digest",
    "guidance": "api.cli.guidance",
    "instruments": "api.cli.instruments",
    "keys": "api.cli.keys",
    "purge": "api.cli.store",
    "receipt": "api.cli.store",
    "replay": "api.cli.store",
    "research": "api.cli.research",
    "restore": "api.cli.backup",
    "screen": "api.cli.screen",
    "serve": "api.cli.serve",
    "trends": "api.cli.trends",
    "users": "api.cli.users",
}


@click.group(cls=LazyGroup, modules=MODULES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="underlag")
def main() -> None:
    """Structured assessments tested against the target-group criteria of social intervention groups.

    Underlag recommends and explains, for a professional to review. It never decides.
    """
    # What a command has loaded goes with its process. Python would search it all for garbage once more before that,
    # which takes a quarter of the seconds of a short command.
    atexit.register(gc.freeze)
