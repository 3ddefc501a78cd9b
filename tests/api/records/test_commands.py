import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

from api.cases.screenings.rules import screen_case
from api.cli import main
from api.store.account_tables import Account
from api.store.database import Database
from api.store.schema import Audit, Entry
from api.store.transactions import open_transaction
from tests.api.accounts.stored import store_account
from tests.api.records.world import ANNA, NOW, World, unit_of
from tests.api.store.databases import new_postgresql

EMAIL = "lars@kommun.example"
WHO = ("--as", EMAIL, "--ground", "Tillsyn.")


@pytest.fixture
def screening(world: World, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("UNDERLAG_DATABASE_URL", database_url)
    monkeypatch.setenv("UNDERLAG_SIGNING_KEY", bytes(range(32)).hex())
    world.with_facts().with_assessment()
    store_account(world.database, EMAIL, "decider", units=("sig",))
    with open_transaction(world.database) as session:
        return screen_case(unit_of(session, NOW, ANNA), world.case, "stockholm_2012").entry.id


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--language", "en"])


def test_a_stored_screening_is_replayed_and_the_audit_knows_by_whom(screening: str, world: World) -> None:
    result = run("replay", screening, *WHO)
    assert result.exit_code == 0, result.output
    assert "All three are the same." in result.output
    with world.database.looking() as session:
        rows = session.scalars(select(Audit).where(Audit.request_id == "command line")).all()
        lars = session.scalars(select(Account.id).where(Account.email == EMAIL)).one()
    assert {(row.actor, row.ground) for row in rows} == {(lars, "Tillsyn.")}
    assert screening in {row.record_id for row in rows}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"--as": "eve@kommun.example"}, "no account for eve@kommun.example"),
        ({"--as": "gone@kommun.example"}, "gone@kommun.example is closed"),
        ({"--as": "ada@kommun.example"}, "has no role that allows this (purge:confirm)"),
        ({"--unit": "north"}, "does not belong to the unit north"),
        ({"--ground": "Anna, 20100314-2397, begärd"}, "seems to hold a personal number"),
    ],
)
def test_a_command_is_run_by_an_open_account_that_may_on_a_ground_that_names_nobody(
    changed: dict[str, str], told: str, screening: str, world: World
) -> None:
    store_account(world.database, "gone@kommun.example", "decider", units=("sig",), is_open=False)
    store_account(world.database, "ada@kommun.example", "administrator", units=("sig",))
    options = {"--unit": "sig", "--as": EMAIL, "--ground": "Gallring.", **changed}
    refused = run("purge", *(part for option in options.items() for part in option))
    assert (refused.exit_code, told in refused.output) == (2, True), refused.output
    assert "2397" not in refused.output
    with world.database.looking() as session:
        assert "2397" not in "".join(session.scalars(select(Audit.ground).where(Audit.ground.is_not(None))))


def test_what_is_not_there_is_told_in_words(screening: str) -> None:
    result = run("replay", "nothing", *WHO)
    assert result.exit_code == 2
    assert "There is" in result.output


def test_the_audit_is_verified_and_its_first_broken_link_named(screening: str, world: World) -> None:
    assert run("audit", "verify").exit_code == 0
    with world.database.unit_of_work() as session:
        if world.database.is_sqlite:
            session.execute(text("DROP TRIGGER audit_unchanged"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("UPDATE audit SET actor = 'x' WHERE number = 3"))
    result = run("audit", "verify")
    assert result.exit_code == 1
    assert "First broken link: 3. A link was altered." in result.output


def test_a_receipt_is_exported_and_verified_without_the_database(
    screening: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "receipt.json"
    exported = run("receipt", "export", screening, "-o", str(path), *WHO)
    assert exported.exit_code == 0, exported.output
    monkeypatch.setenv("UNDERLAG_DATABASE_URL", "sqlite:////nowhere/at/all")
    key = exported.output.strip()
    verified = run("receipt", "verify", str(path), "--public-key", key)
    assert (verified.exit_code, "supports_offer" in verified.output) == (0, True)
    altered = json.loads(path.read_text(encoding="utf-8"))
    altered["covered"]["outcome"] = "not_target_group"
    path.write_text(json.dumps(altered), encoding="utf-8")
    assert run("receipt", "verify", str(path), "--public-key", key).exit_code == 1
    path.write_text("{", encoding="utf-8")
    unreadable = run("receipt", "verify", str(path), "--public-key", key)
    assert (unreadable.exit_code, "no receipt" in unreadable.output) == (2, True)
    refused = run("receipt", "verify", str(path), "--public-key", "x")
    assert (refused.exit_code, "64 hexadecimal digits" in refused.output) == (2, True)


def test_a_backup_is_restored_by_one_command_each(
    screening: str, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgresql_server: str
) -> None:
    path = tmp_path / "backup"
    made = run("backup", str(path))
    assert made.exit_code == 0, made.output
    assert run("backup", str(path)).exit_code == 1
    is_sqlite = world.database.is_sqlite
    url = f"sqlite:///{tmp_path / 'other.sqlite'}" if is_sqlite else new_postgresql(postgresql_server)
    monkeypatch.setenv("UNDERLAG_DATABASE_URL", url)
    restored = run("restore", str(path))
    assert (restored.exit_code, "Restored" in restored.output) == (0, True), restored.output
    database = Database(url)
    with database.looking() as session:
        assert session.get(Entry, screening) is not None
    database.close()


def test_nothing_is_purged_that_is_not_due_or_was_not_named(screening: str, world: World) -> None:
    assert run("purge", "--unit", "sig", *WHO).output == ""
    result = run("purge", world.case, "--unit", "sig", "--dry-run", *WHO)
    assert (result.exit_code, "not due" in result.output) == (2, True)


def test_the_tables_are_made_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERLAG_DATABASE_URL", f"sqlite:///{tmp_path / 'new' / 'x.sqlite'}")
    refused = run("db", "check")
    assert (refused.exit_code, "underlag db upgrade" in refused.output) == (1, True)
    assert run("db", "upgrade").exit_code == 0
    assert run("db", "check").exit_code == 0
    assert "0 cases" in run("db", "rebuild-summaries").output


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mysql://x", "UNDERLAG_DATABASE_URL is written sqlite:///FILE"),
        ("sqlite://", "UNDERLAG_DATABASE_URL is written sqlite:///FILE"),
        ("hemligt lösenord", "UNDERLAG_DATABASE_URL is written sqlite:///FILE"),
        ("postgresql://nobody:hemligt@127.0.0.1:1/x", "The database cannot be reached just now."),
        ("sqlite:///README.md", "The database is damaged just now."),
    ],
)
def test_a_database_that_cannot_be_used_is_told_without_its_address(
    address: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[3])
    monkeypatch.setenv("UNDERLAG_DATABASE_URL", address)
    for command in (("db", "check"), ("db", "upgrade"), ("audit", "verify")):
        refused = run(*command)
        assert (refused.exit_code, words in refused.output) == (1, True), refused.output
        assert "hemligt" not in refused.output
        assert "Traceback" not in refused.output
