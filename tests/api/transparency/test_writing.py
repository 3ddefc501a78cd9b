"""Checkpoints are written at every interval, whole, by one worker, and without hashing the whole log anew."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from sqlalchemy.orm import Session

from api.settings.service import SettingsError
from api.store.audit_chain import SERVICE, AuditEvent, record_event, verify_audit
from api.store.database import Database
from api.transparency import log_tree
from api.transparency.folder import Folder
from api.transparency.merkle import BLOCK, Frontier
from api.transparency.notes import SigningKey
from api.transparency.settings import CheckpointSettings
from api.transparency.timer import CheckpointTimer
from api.transparency.verifying import verify_checkpoints
from api.transparency.writing import CheckpointRefusedError, write_checkpoint
from tests.api.transparency.watched import OWN

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> CheckpointSettings:
    return CheckpointSettings(OWN, tmp_path / "checkpoints", timedelta(hours=1))


def add_links(database: Database, number: int) -> None:
    with database.unit_of_work() as session:
        for _ in range(number):
            record_event(session, AuditEvent(NOW, "anna", "read", "case", "c" * 32))


def findings(database: Database, settings: CheckpointSettings) -> Sequence[str]:
    with database.looking() as session:
        assert verify_audit(session).is_whole
        report = verify_checkpoints(session, Folder(settings.folder), settings.key.verifier())
    return [each.key for each in report.findings]


def plain_root(database: Database, size: int) -> bytes:
    frontier = Frontier()
    with database.looking() as session:
        for leaf in log_tree.leaves(session, 0, size):
            frontier.add(leaf)
    return frontier.root()


def test_an_empty_log_has_a_checkpoint_too(database: Database, settings: CheckpointSettings) -> None:
    written = write_checkpoint(database, settings, NOW)
    assert written is not None
    assert written.path.name == "000001-0-20261121T120000Z.checkpoint"
    assert written.path.stat().st_mode & 0o137 == 0
    assert settings.folder.stat().st_mode & 0o027 == 0
    write_checkpoint(database, settings, NOW + timedelta(hours=1))
    assert findings(database, settings) == []


def test_a_checkpoint_covers_every_link_and_is_told_to_the_log(
    database: Database, settings: CheckpointSettings
) -> None:
    for number, links in enumerate((3, BLOCK - 4, 1, 2 * BLOCK, 5)):
        add_links(database, links)
        written = write_checkpoint(database, settings, NOW + timedelta(hours=number))
        assert written is not None
        published = Folder(settings.folder).published(written)
        assert published.checkpoint.root == plain_root(database, written.size)
        assert len(published.blocks) == written.size // BLOCK
    assert findings(database, settings) == []


def test_what_was_hashed_before_is_not_hashed_anew(
    database: Database, settings: CheckpointSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_links(database, 9 * BLOCK + 7)
    write_checkpoint(database, settings, NOW)
    read: list[int] = []
    plain = log_tree.leaves

    def counted(session: Session, after: int = 0, until: int | None = None) -> Iterator[bytes]:
        for each in plain(session, after, until):
            read.append(1)
            yield each

    monkeypatch.setattr(log_tree, "leaves", counted)
    add_links(database, 10)
    write_checkpoint(database, settings, NOW + timedelta(hours=1))
    assert 0 < len(read) <= 4 * BLOCK
    monkeypatch.undo()
    assert findings(database, settings) == []


@pytest.mark.parametrize("damage", [b"", b"x" * 31, b"x" * 64, b"x" * 32 * 200])
def test_hashes_that_were_lost_or_damaged_are_worked_out_anew(
    database: Database, settings: CheckpointSettings, damage: bytes
) -> None:
    add_links(database, 3 * BLOCK)
    write_checkpoint(database, settings, NOW)
    (settings.folder / "blocks").write_bytes(damage)
    add_links(database, 3)
    written = write_checkpoint(database, settings, NOW + timedelta(hours=1))
    assert written is not None
    assert Folder(settings.folder).published(written).checkpoint.root == plain_root(database, written.size)


def test_of_several_workers_one_writes(database: Database, settings: CheckpointSettings) -> None:
    add_links(database, 3)

    def write(_: int) -> object:
        return write_checkpoint(database, settings, NOW, only_if_due=True)

    with ThreadPoolExecutor(6) as pool:
        written = [each for each in pool.map(write, range(12)) if each is not None]
    assert len(written) == 1
    assert write_checkpoint(database, settings, NOW + timedelta(minutes=59), only_if_due=True) is None
    assert write_checkpoint(database, settings, NOW + timedelta(minutes=61), only_if_due=True) is not None
    assert [each.number for each in Folder(settings.folder).files()] == [1, 2]


def test_a_writer_that_died_leaves_nothing_that_disturbs(database: Database, settings: CheckpointSettings) -> None:
    add_links(database, 3)
    written = write_checkpoint(database, settings, NOW)
    assert written is not None
    folder = Folder(settings.folder)
    (settings.folder / ".000002-4-x.checkpoint.1.unfinished").write_text("half", encoding="utf-8")
    # died after the file was written and before the log was told of it
    add_links(database, 2)
    with folder.lock(), database.looking() as session:
        size = log_tree.size_of_log(session)
        from api.transparency.checkpoints import sign_checkpoint

        note = sign_checkpoint(OWN, size, log_tree.LogTree(session, size).root(size), NOW)
        folder.add(note, size, NOW + timedelta(hours=1))
    write_checkpoint(database, settings, NOW + timedelta(hours=2))
    assert [each.number for each in folder.files()] == [1, 2, 3]
    assert findings(database, settings) == []


def test_a_folder_with_an_unreadable_end_is_not_added_to(database: Database, settings: CheckpointSettings) -> None:
    written = write_checkpoint(database, settings, NOW)
    assert written is not None
    written.path.write_text("nothing", encoding="utf-8")
    with pytest.raises(CheckpointRefusedError, match="checkpoint-unreadable"):
        write_checkpoint(database, settings, NOW + timedelta(hours=1))


def test_the_timer_writes_at_every_interval_and_tries_again_what_failed(
    database: Database, settings: CheckpointSettings, caplog: pytest.LogCaptureFixture
) -> None:
    moment = [NOW]
    timer = CheckpointTimer(database, settings, lambda: moment[0])
    settings.folder.write_text("a file where the folder should be", encoding="utf-8")
    again = timer.write_if_due()
    assert "A checkpoint could not be written" in caplog.text
    settings.folder.unlink()
    assert timer.write_if_due() >= again
    timer.write_if_due()
    moment[0] += timedelta(hours=1)
    timer.write_if_due()
    assert [each.number for each in Folder(settings.folder).files()] == [1, 2]
    Folder(settings.folder).files()[-1].path.write_text("nothing", encoding="utf-8")
    moment[0] += timedelta(hours=1)
    timer.write_if_due()
    assert "No checkpoint is signed: checkpoint-unreadable" in caplog.text


def test_the_timer_runs_until_it_is_stopped(database: Database, settings: CheckpointSettings) -> None:
    timer = CheckpointTimer(database, replace(settings, every=timedelta(seconds=0.02)), lambda: datetime.now(UTC))
    timer.start()
    until = monotonic() + 30
    while len(Folder(settings.folder).files()) < 3 and monotonic() < until:
        sleep(0.01)
    timer.stop()
    written = len(Folder(settings.folder).files())
    assert written >= 3
    sleep(0.1)
    assert len(Folder(settings.folder).files()) == written
    assert findings(database, settings) == []


def test_the_service_names_itself_in_the_log(database: Database, settings: CheckpointSettings) -> None:
    write_checkpoint(database, settings, NOW)
    with database.looking() as session:
        (told,) = session.execute(
            log_tree.select(log_tree.Audit.actor, log_tree.Audit.kind, log_tree.Audit.record_id)
        ).all()
    assert tuple(told) == (SERVICE, "checkpoint", "000001")


# Settings.


def test_without_a_key_there_are_no_checkpoints() -> None:
    assert CheckpointSettings.from_environment({"UNDERLAG_CHECKPOINTS": "x"}) is None


def test_the_settings_are_read(tmp_path: Path) -> None:
    given = {
        "UNDERLAG_CHECKPOINT_KEY": OWN.write(),
        "UNDERLAG_CHECKPOINTS": str(tmp_path),
        "UNDERLAG_CHECKPOINT_MINUTES": "15",
    }
    checkpoints = CheckpointSettings.from_environment(given)
    assert checkpoints is not None
    assert (checkpoints.folder, checkpoints.every) == (tmp_path, timedelta(minutes=15))
    assert checkpoints.key.verifier() == OWN.verifier()
    assert "PRIVATE" not in repr(checkpoints)


@pytest.mark.parametrize(
    ("name", "written", "code"),
    [
        ("UNDERLAG_CHECKPOINT_KEY", OWN.write()[:-3], "no-checkpoint-key"),
        ("UNDERLAG_CHECKPOINT_KEY", str(OWN.verifier()), "no-checkpoint-key"),
        ("UNDERLAG_CHECKPOINTS", " ", "no-checkpoint-folder"),
        ("UNDERLAG_CHECKPOINT_MINUTES", "0", "checkpoint-minutes"),
        ("UNDERLAG_CHECKPOINT_MINUTES", "often", "checkpoint-minutes"),
        ("UNDERLAG_CHECKPOINT_MINUTES", "999999", "checkpoint-minutes"),
    ],
    ids=["a key cut short", "a public key", "no folder", "no minutes", "a word", "too many minutes"],
)
def test_a_setting_that_cannot_be_used_is_told(name: str, written: str, code: str) -> None:
    given = {"UNDERLAG_CHECKPOINT_KEY": OWN.write(), "UNDERLAG_CHECKPOINTS": "x", name: written}
    with pytest.raises(SettingsError) as raised:
        CheckpointSettings.from_environment(given)
    assert (raised.value.fault.code, raised.value.fault.where) == (code, name)
    assert SigningKey.parse(OWN.write()).write()[-20:] not in str(raised.value)
