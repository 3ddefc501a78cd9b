"""What somebody who owns the database, but neither the key nor the folder, can do without being found: nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from api.access.caller import Caller
from api.access.permission_table import the_permissions
from api.access.tokens import make_token
from api.accounts.two_factor import new_secret
from api.store.access_seals import current_seals
from api.store.account_tables import Account
from api.store.audit_chain import verify_audit
from api.store.backup import back_up, restore
from api.store.backup_seal import key_of_backups
from api.store.database import Database
from api.store.upgrade import upgrade
from api.transparency.checkpoints import Checkpoint
from api.transparency.folder import read_note
from api.transparency.notes import Note, SigningKey
from api.transparency.writing import CheckpointRefusedError, write_checkpoint
from tests.api.accounts.people import House
from tests.api.store.databases import new_postgresql
from tests.api.transparency.attacker import change_entry, cut_tail, owning, rehash, remove_links, run_as_owner
from tests.api.transparency.watched import WITNESS, Watched, run, watch
from tests.thoroughness import a_few

BACKUP_KEY = key_of_backups(bytes(32))


@pytest.fixture
def watched(house: House, tmp_path: Path) -> Watched:
    anna = house.add("eva@kommun.example", "social_secretary", identity=("https://login.kommun.example", "4711"))
    actions = the_permissions().actions_of(["social_secretary"])
    with house.app.app_context():
        caller = Caller(anna, "Eva", frozenset(), frozenset({"sig"}), actions, "session")
        make_token(caller, "statistics", ["case:list"], 30)
        with house.database.unit_of_work() as session:
            session.get_one(Account, anna).totp_secret = new_secret()
    return watch(house, tmp_path / "checkpoints")


def holds_by_itself(database: Database) -> bool:
    """What the database alone can say: whoever owns it can make it hold."""
    with database.looking() as session:
        return verify_audit(session).is_whole


def test_a_log_that_nobody_touched_holds_and_it_is_said_what_could_still_vanish(watched: Watched) -> None:
    result = watched.verify()
    assert result.exit_code == 0, result.output
    assert "The checkpoints hold. Number 2, 2026-11-21 15:00, covers " in result.output
    assert "Links since then: 2. Until the next checkpoint whoever owns the database can change" in result.output


# The log itself.


def test_a_tail_that_was_cut_off_is_found(watched: Watched) -> None:
    cut_tail(watched.database, 5)
    assert holds_by_itself(watched.database)
    result = watched.verify()
    assert result.exit_code == 1
    assert "The log ends at link " in result.output
    assert "Its end was cut off, or an older backup was restored." in result.output


def test_only_what_no_checkpoint_covers_can_vanish(watched: Watched) -> None:
    cut_tail(watched.database, 2)
    assert watched.verify().exit_code == 0
    cut_tail(watched.database, 1)
    assert watched.verify().exit_code == 1


def test_reads_that_were_removed_from_a_chain_digested_anew_are_found(watched: Watched) -> None:
    with watched.database.looking() as session:
        before = session.scalar(text("SELECT number FROM audit_head"))
    remove_links(watched.database, "action = 'read' AND kind = 'case'")
    with watched.database.looking() as session:
        assert session.scalar(text("SELECT number FROM audit_head")) != before
    for _ in range(12):  # and the work goes on, until the log is as long as it was
        watched.town.visitor()
    assert holds_by_itself(watched.database)
    result = watched.verify()
    assert result.exit_code == 1
    assert (
        "The log was rewritten: it is not the one that checkpoint 1, 2026-11-21 14:00, was signed for." in result.output
    )
    assert "lies among the links 1 to " in result.output


def test_a_signed_assessment_that_was_changed_and_sealed_anew_is_found(watched: Watched) -> None:
    change_entry(watched.database, "assessment", own_view="Vill inte.")
    assert holds_by_itself(watched.database)
    result = watched.verify()
    assert result.exit_code == 1
    assert "The log was rewritten" in result.output


def test_a_change_after_the_first_checkpoint_is_placed_after_it(watched: Watched) -> None:
    with watched.database.looking() as session:
        first = watched.folder.files()[0].size
        assert session.scalar(text("SELECT number FROM audit_head")) > first + 3
    with owning(watched.database) as session:
        session.execute(text(f"UPDATE audit SET actor = 'x' WHERE number = {first + 2}"))  # noqa: S608
        rehash(session)
    result = watched.verify()
    assert f"lies among the links {first + 1} to {watched.folder.files()[1].size}." in result.output


def test_triggers_that_were_dropped_are_found(house: House, empty_url: str, tmp_path: Path) -> None:
    database = Database(empty_url)
    upgrade(database)
    with database.engine.begin() as connection:
        on = "" if database.is_sqlite else " ON audit"
        connection.execute(text(f"DROP TRIGGER audit_unremoved{on}"))
    url = database.url.render_as_string(hide_password=False)
    database.close()
    result = run("verify", UNDERLAG_DATABASE_URL=url)
    assert result.exit_code == 1
    assert "One of the database's guards against changes was removed" in result.output
    assert "audit_unremoved" in result.output


# Access.

ACCESS = {
    "a role": "INSERT INTO account_role SELECT id, 'administrator' FROM account WHERE email = 'dana@kommun.example'",
    "a unit": "INSERT INTO account_unit SELECT a.id, 'north' FROM account a WHERE a.email = 'dana@kommun.example'",
    "a password": "UPDATE account SET password = 'x' WHERE email = 'dana@kommun.example'",
    "a second step": "UPDATE account SET totp_secret = NULL WHERE email = 'eva@kommun.example'",
    "a key for programs": "UPDATE api_token SET actions = 'case:list case:read'",
    "an issuer": "UPDATE account_identity SET subject = '4712'",
    "a new account": """INSERT INTO account (id, email, name, password, active, fs_uniquifier, made_at)
        SELECT 'slipped in', 'eve@kommun.example', 'Eve', password, active, 'x', made_at FROM account
        WHERE email = 'dana@kommun.example'""",
}
NORTH = "INSERT INTO secrecy_unit VALUES ('north', 'Norr')"


@pytest.mark.parametrize("what", a_few(ACCESS))
def test_access_that_was_changed_is_found(watched: Watched, what: str) -> None:
    run_as_owner(watched.database, NORTH, ACCESS[what])
    result = watched.verify()
    assert result.exit_code == 1
    assert "An account, an API key or a unit was " in result.output
    assert "by other means than the service." in result.output


def seal_anew(database: Database) -> None:
    """Write the seals that fit into the links that had others, and digest the chain anew."""
    with owning(database) as session:
        for subject, seal in current_seals(session).items():
            told = {"record": subject.record, "seal": seal}
            latest = "SELECT max(number) FROM audit WHERE record_id = :record AND seal IS NOT NULL"
            session.execute(text(f"UPDATE audit SET seal = :seal WHERE number = ({latest})"), told)  # noqa: S608
        rehash(session)


@pytest.mark.parametrize("what", [each for each in ACCESS if each not in ("a unit", "a new account")])
def test_access_that_was_changed_and_sealed_anew_is_found(watched: Watched, what: str) -> None:
    run_as_owner(watched.database, ACCESS[what])
    seal_anew(watched.database)
    assert holds_by_itself(watched.database)
    result = watched.verify()
    assert result.exit_code == 1
    assert "The log was rewritten" in result.output


# The folder, by somebody who reaches it but has no key.


def test_a_checkpoint_that_is_gone_from_the_middle_is_found(watched: Watched) -> None:
    watched.checkpoint()
    watched.folder.files()[1].path.unlink()
    result = watched.verify()
    assert result.exit_code == 1
    assert "Checkpoints are missing from the folder, number 2 to 2." in result.output


def test_a_gap_that_was_closed_by_new_names_is_found_since_the_log_tells_of_them(watched: Watched) -> None:
    watched.checkpoint()
    first, second, third = watched.folder.files()
    second.path.unlink()
    third.path.rename(third.path.with_name(third.path.name.replace("000003-", "000002-")))
    result = watched.verify()
    assert result.exit_code == 1
    assert "The log tells of checkpoint 2, but it is not in the folder as it was written." in result.output
    assert first.path.exists()


def test_the_last_checkpoint_is_missed_too(watched: Watched) -> None:
    watched.folder.files()[1].path.unlink()
    result = watched.verify()
    assert result.exit_code == 1
    assert "The log tells of checkpoint 2" in result.output


def test_a_checkpoint_by_another_key_is_found(watched: Watched) -> None:
    last = watched.folder.files()[-1]
    other = SigningKey.make("kommun.example/underlag")
    text_of_it = read_note(last.path).text
    last.path.write_text(str(Note(text_of_it, (other.sign(text_of_it),))), encoding="utf-8")
    result = watched.verify()
    assert result.exit_code == 1
    assert f"{last.path.name} was signed with another key than the log's." in result.output
    wrong_key = watched.run("verify", "--checkpoints", str(watched.settings.folder), "--key", str(other.verifier()))
    assert wrong_key.exit_code == 1
    assert wrong_key.output.count("was signed with another key") == 1


def test_an_altered_checkpoint_is_found(watched: Watched) -> None:
    last = watched.folder.files()[-1]
    note = read_note(last.path)
    lines = note.text.splitlines()
    altered = Note(Checkpoint(lines[0], 3, b"x" * 32).text, note.signatures)
    last.path.write_text(str(altered), encoding="utf-8")
    assert f"{last.path.name} cannot be read, or its signature does not hold." in watched.verify().output
    last.path.write_bytes(b"\xff\xfe")
    assert f"{last.path.name} cannot be read, or its signature does not hold." in watched.verify().output


def test_a_checkpoint_under_another_name_is_found(watched: Watched) -> None:
    first = watched.folder.files()[0]
    first.path.rename(first.path.with_name(first.path.name.replace(f"-{first.size}-", f"-{first.size + 1}-")))
    assert "is called something else than what it says." in watched.verify().output


def test_an_empty_folder_proves_nothing(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = watched.run("verify", "--checkpoints", str(tmp_path / "empty"))
    assert result.exit_code == 1
    assert "The folder has no checkpoints." in result.output
    assert "The log tells of checkpoint 1" in result.output


def test_what_is_asked_for_wrongly_is_told(watched: Watched, tmp_path: Path) -> None:
    assert watched.run("verify", "--checkpoints", str(tmp_path / "nowhere")).exit_code == 2
    bad = watched.run("verify", "--checkpoints", str(watched.settings.folder), "--key", "x")
    assert (bad.exit_code, "That is no public key." in bad.output) == (2, True)
    none = watched.run("verify", "--checkpoints", str(watched.settings.folder), UNDERLAG_CHECKPOINT_KEY="")
    assert (none.exit_code, "Give the public key of the log" in none.output) == (2, True)


# Afterwards.


def restored(watched: Watched, backup: Path, request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    is_sqlite = watched.database.is_sqlite
    server = "" if is_sqlite else request.getfixturevalue("postgresql_server")
    another = Database(f"sqlite:///{tmp_path / 'other.sqlite'}" if is_sqlite else new_postgresql(server))
    restore(backup, another, BACKUP_KEY.public_key())
    return another


def test_an_older_backup_is_told_to_be_one_and_nothing_more_is_signed_in_its_folder(
    watched: Watched, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    back_up(watched.database, tmp_path / "backup", BACKUP_KEY)
    watched.town.visitor()
    watched.checkpoint()
    another = restored(watched, tmp_path / "backup", request, tmp_path)
    url = another.url.render_as_string(hide_password=False)
    result = watched.run("verify", "--checkpoints", str(watched.settings.folder), UNDERLAG_DATABASE_URL=url)
    assert result.exit_code == 1
    assert "covers " in result.output
    assert "or an older backup was restored." in result.output
    assert "rewritten" not in result.output
    refused = watched.run("checkpoint", UNDERLAG_DATABASE_URL=url)
    assert refused.exit_code == 1
    assert "go on with a new key and a new folder" in refused.output
    assert len(watched.folder.files()) == 3
    another.close()


def test_a_new_key_and_folder_begin_anew_upon_what_was_restored(watched: Watched, tmp_path: Path) -> None:
    key = SigningKey.make("kommun.example/underlag/2")
    new = {"UNDERLAG_CHECKPOINT_KEY": key.write(), "UNDERLAG_CHECKPOINTS": str(tmp_path / "new")}
    assert watched.run("checkpoint", **new).exit_code == 0
    result = watched.run("verify", "--checkpoints", str(tmp_path / "new"), **new)
    assert result.exit_code == 0, result.output
    mixed = watched.run("checkpoint", **{**new, "UNDERLAG_CHECKPOINTS": str(watched.settings.folder)})
    assert (mixed.exit_code, "A new key needs a new folder" in mixed.output) == (1, True)


def test_nothing_is_proven_from_a_log_that_was_cut_or_rewritten_or_by_a_checkpoint_that_is_unreadable(
    watched: Watched,
) -> None:
    change_entry(watched.database, "assessment", own_view="x")
    assert watched.run("consistency", "0").exit_code == 1
    cut_tail(watched.database, 6)
    shorter = watched.run("consistency", "0")
    assert (shorter.exit_code, "not the one that the checkpoint was signed for" in shorter.output) == (1, True)
    assert watched.house.visitor().get("/api/v1/audit/consistency?old=0").status_code == 404
    watched.folder.files()[-1].path.write_text("nothing", encoding="utf-8")
    unreadable = watched.run("consistency", "0")
    assert (unreadable.exit_code, "cannot be read" in unreadable.output) == (2, True)
    assert watched.house.visitor().get("/api/v1/audit/checkpoint").status_code == 404


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        (lambda database: cut_tail(database, 4), "checkpoint-log-shorter"),
        (lambda database: change_entry(database, "assessment", own_view="x"), "checkpoint-log-rewritten"),
    ],
)
def test_no_checkpoint_is_signed_that_contradicts_the_last(
    watched: Watched, attack: Callable[[Database], None], code: str
) -> None:
    attack(watched.database)
    with pytest.raises(CheckpointRefusedError) as raised:
        write_checkpoint(watched.database, watched.settings, watched.house.clock())
    assert raised.value.fault.code == code
    assert len(watched.folder.files()) == 2


# Witnesses.


def cosign(watched: Watched, old: int, tmp_path: Path) -> str:
    request = tmp_path / "request"
    asked = watched.run("consistency", str(old))
    request.write_text(asked.stdout, encoding="utf-8")
    output = watched.settings.folder / f"{old}.cosigned"
    state = str(tmp_path / "seen.json")
    log = str(watched.settings.key.verifier())
    own = {"UNDERLAG_WITNESS_KEY": WITNESS.write()}
    done = run("witness", str(request), "--log", log, "--state", state, "-o", str(output), **own)
    assert done.exit_code == 0, done.output
    return str(output)


def test_a_witness_can_be_asked_for(watched: Watched, tmp_path: Path) -> None:
    public = str(WITNESS.verifier(4))
    missing = watched.verify("--witness", public)
    assert missing.exit_code == 1
    assert "granne.example/vittne has cosigned none of the checkpoints." in missing.output
    cosign(watched, 0, tmp_path)
    result = watched.verify("--witness", public)
    assert result.exit_code == 0, result.output
    assert "granne.example/vittne has cosigned checkpoint 2 (" in result.output


def test_a_false_cosignature_is_found(watched: Watched, tmp_path: Path) -> None:
    path = Path(cosign(watched, 0, tmp_path))
    note = read_note(path)
    text_of_it = note.text
    false = WITNESS.cosign("something else\n", 1)
    path.write_text(str(Note(text_of_it, (*note.signatures[:2], false))), encoding="utf-8")
    result = watched.verify("--witness", str(WITNESS.verifier(4)))
    assert result.exit_code == 1
    assert "stands a signature of granne.example/vittne that does not hold." in result.output


def test_the_links_that_tell_of_checkpoints_hold_no_more_than_number_and_digest(watched: Watched) -> None:
    told = watched.house.audit(kind="checkpoint")
    assert [row.record_id for row in told] == ["000001", "000002"]
    assert all(row.seal and row.case_id is None and row.actor == "underlag" for row in told)
