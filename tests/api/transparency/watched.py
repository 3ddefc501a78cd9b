"""A municipality whose log is signed for in a folder outside the database, and somebody who verifies it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner, Result

from api.cli.audit import audit
from api.context.context import EXTENSION, context_of
from api.store.database import Database
from api.transparency.folder import Folder
from api.transparency.notes import SigningKey
from api.transparency.settings import CheckpointSettings
from api.transparency.writing import write_checkpoint
from tests.api.accounts.people import House
from tests.api.oversight.cases import Town, make_town

OWN = SigningKey.make("kommun.example/underlag")
WITNESS = SigningKey.make("granne.example/vittne")


@dataclass
class Watched:
    """A town with two checkpoints, some work before each and one log-in after the last."""

    town: Town
    settings: CheckpointSettings

    @property
    def house(self) -> House:
        return self.town.house

    @property
    def database(self) -> Database:
        return self.town.house.database

    @property
    def folder(self) -> Folder:
        return Folder(self.settings.folder)

    def checkpoint(self) -> None:
        self.house.clock.pass_by(hours=1)
        write_checkpoint(self.database, self.settings, self.house.clock())

    def environment(self) -> Mapping[str, str]:
        return {
            "UNDERLAG_DATABASE_URL": self.database.url.render_as_string(hide_password=False),
            "UNDERLAG_CHECKPOINT_KEY": OWN.write(),
            "UNDERLAG_CHECKPOINTS": str(self.settings.folder),
        }

    def run(self, *arguments: str, **environment: str) -> Result:
        return run(*arguments, **{**self.environment(), **environment})

    def verify(self, *more: str) -> Result:
        return self.run("verify", "--checkpoints", str(self.settings.folder), "--key", str(OWN.verifier()), *more)


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(audit, [*arguments, "--language", "en"], env=environment)


def watch(house: House, folder: Path) -> Watched:
    """Set it all up; also let the application itself know of the checkpoints."""
    settings = CheckpointSettings(OWN, folder, timedelta(hours=1))
    context = context_of(house.app)
    assert context.records is not None
    records = replace(context.records, settings=replace(context.settings, checkpoints=settings))
    house.app.extensions[EXTENSION] = replace(context, records=records)
    watched = Watched(make_town(house), settings)
    watched.checkpoint()
    for _ in range(4):
        watched.town.visitor().get("/api/v1/account")
    watched.checkpoint()
    watched.town.visitor()
    return watched
