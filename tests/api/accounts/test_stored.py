"""Accounts in the store: in every migration, backup and purge."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from api.access.actors import actor_of
from api.access.caller import Caller
from api.access.permission_table import the_permissions
from api.access.units import Ground, require_access
from api.settings.accounts import AccountSettings
from api.store.account_tables import Crossing
from api.store.audit_chain import AuditEvent, record_event, verify_audit
from api.store.backup import back_up, restore
from api.store.backup_seal import key_of_backups
from api.store.database import Database
from api.store.schema import Case, CaseSummary, CaseUnit, Draft, Entry, PurgedCase
from api.store.upgrade import differences
from tests.api.accounts.people import KEY, House, make_app
from tests.api.accounts.walking import record_in
from tests.api.store.databases import new_postgresql

ANNA = "anna@kommun.example"
BACKUP_KEY = key_of_backups(bytes(range(32)))


def crossed(house: House) -> tuple[Caller, str]:
    account = house.add(ANNA, "social_secretary")
    actions = the_permissions().actions_of(["social_secretary"])
    anna = Caller(account, "Anna", frozenset(), frozenset({"sig"}), actions, "session", ground="consent")
    case = record_in(house.database, "other")["case_id"]
    with house.app.app_context(), house.database.unit_of_work() as session:
        require_access(session, anna, case, Ground("consent", "muntligt"))
    return anna, case


def test_the_migrations_say_the_same_of_accounts_as_the_code(database: Database) -> None:
    assert differences(database) == []


def test_whoever_migrates_or_backs_up_knows_the_tables_of_accounts() -> None:
    code = "import api.store.backup; from api.store.columns import Model; print('account' in Model.metadata.tables)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "True"


def test_accounts_come_back_with_a_backup(house: House, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    crossed(house)
    if house.database.is_sqlite:
        another = Database(f"sqlite:///{tmp_path / 'other.sqlite'}")
    else:
        another = Database(new_postgresql(request.getfixturevalue("postgresql_server")))
    back_up(house.database, tmp_path / "backup", BACKUP_KEY)
    restore(tmp_path / "backup", another, BACKUP_KEY.public_key())
    app = make_app(another, house.clock, AccountSettings(KEY))
    House(app, another, tmp_path, house.clock, house.passwords).logged_in(ANNA)
    with another.looking() as session:
        assert session.scalar(select(Crossing.note)) == "muntligt"
        assert verify_audit(session).is_whole
    another.close()


def test_a_ground_is_purged_with_its_case_and_the_chain_still_holds(house: House) -> None:
    _, case = crossed(house)
    with house.database.unit_of_work() as session:
        purged = PurgedCase(
            case_id=case, unit_id="other", entries=1, rule="test", purged_at=house.clock(), purged_by="test"
        )
        session.add(purged)
        session.flush()
        for table in (Draft, Entry, CaseSummary, CaseUnit):
            session.execute(delete(table).where(table.case_id == case))
        session.execute(delete(Case).where(Case.id == case))
        record_event(session, AuditEvent(house.clock(), "test", "purge", "case", case, case))
    with house.database.looking() as session:
        assert session.scalar(select(func.count()).select_from(Crossing)) == 0
        assert verify_audit(session).is_whole


def test_the_chain_holds_after_everything_that_accounts_tell(house: House) -> None:
    crossed(house)
    house.logged_in(ANNA)
    house.visitor().log_in(ANNA, "wrong")
    with house.database.looking() as session:
        assert verify_audit(session).is_whole


def test_a_caller_acts_in_the_records_under_its_account_and_ground(house: House) -> None:
    anna, _ = crossed(house)
    with house.app.app_context():
        actor = actor_of(anna)
    assert (actor.id, actor.units, actor.ground) == (anna.account, {"sig"}, "consent")
