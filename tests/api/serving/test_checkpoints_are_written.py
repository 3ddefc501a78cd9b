"""`underlag serve` writes checkpoints by itself, whichever worker is first; without a key it says that it does not."""

from pathlib import Path
from time import monotonic, sleep

from api.store.database import Database
from api.transparency.folder import Folder
from api.transparency.verifying import verify_checkpoints
from tests.api.serving.server import serving
from tests.api.transparency.watched import OWN


def test_one_of_several_workers_writes_the_checkpoint(database_url: str, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "checkpoints")
    settings = {"UNDERLAG_CHECKPOINT_KEY": OWN.write(), "UNDERLAG_CHECKPOINTS": str(folder.path)}
    with serving(database_url, "--workers", "3", **settings):
        until = monotonic() + 60
        while not folder.files() and monotonic() < until:
            sleep(0.05)
        sleep(0.5)  # the others have looked too
    assert [each.number for each in folder.files()] == [1]
    database = Database(database_url)
    with database.looking() as session:
        assert verify_checkpoints(session, folder, OWN.verifier()).findings == []
    database.close()


def test_a_service_without_a_key_says_that_it_writes_none(database_url: str, tmp_path: Path) -> None:
    with serving(database_url, LC_ALL="en_GB.UTF-8") as server:
        assert server.process.stderr is not None
        assert "No checkpoints of the log are written" in server.process.stderr.readline()
