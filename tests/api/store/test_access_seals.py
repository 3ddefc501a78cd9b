"""What gives access is sealed in the audit: a change by other means than the service is found, on either database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from api.access.caller import Caller
from api.access.permission_table import the_permissions
from api.access.tokens import caller_of_token, make_token, revoke_token
from api.accounts.administration import new_password_for
from api.accounts.two_factor import new_secret
from api.store.account_tables import Account, AccountRole, ApiToken
from api.store.audit_chain import AuditReport, verify_audit
from api.store.backup import back_up, restore
from api.store.backup_seal import key_of_backups
from api.store.database import Database
from api.store.guards import expected_guards
from api.store.schema import Audit, SecrecyUnit
from api.store.upgrade import upgrade
from tests.api.accounts.people import House
from tests.api.store.databases import new_postgresql
from tests.api.store.filled import add_case, add_entry
from tests.api.transparency.attacker import run_as_owner
from tests.thoroughness import a_few

ANNA = "anna@kommun.example"
BO = "bo@kommun.example"
KEY = key_of_backups(bytes(32))


def caller(account: str) -> Caller:
    actions = the_permissions().actions_of(["social_secretary"])
    return Caller(account, "Anna", frozenset(), frozenset({"sig"}), actions, "session")


@pytest.fixture
def staffed(house: House) -> House:
    """Two accounts, one of them with a second step, a key and a provider."""
    anna = house.add(ANNA, "social_secretary", identity=("https://login.kommun.example", "4711"))
    house.add(BO, "reviewer")
    with house.app.app_context():
        make_token(caller(anna), "statistics", ["case:list"], 30)
        with house.database.unit_of_work() as session:
            session.get_one(Account, anna).totp_secret = new_secret()
    return house


def verified(database: Database) -> AuditReport:
    with database.looking() as session:
        return verify_audit(session)


def test_nothing_is_found_where_only_the_service_changed_anything(staffed: House) -> None:
    with staffed.app.app_context():
        new_password_for(BO, "test")
    staffed.set_roles(BO, "decider")
    staffed.close(ANNA)
    assert verified(staffed.database).is_whole


def test_using_an_account_and_a_key_breaks_no_seal(staffed: House) -> None:
    staffed.logged_in(BO)
    with staffed.app.app_context():
        anna = staffed.add("carl@kommun.example", "social_secretary")
        made = make_token(caller(anna), "statistics", ["case:list"], 30)
        with staffed.app.test_request_context():
            caller_of_token(made.secret)
        sealed = len(staffed.audit(record_id=made.id))
        revoke_token(anna, made.id)
    assert sealed == 2
    assert [row.seal is not None for row in staffed.audit(record_id=made.id)] == [True, False, True]
    assert verified(staffed.database).is_whole


def test_changes_of_one_account_at_once_are_sealed_as_they_came_to_be(staffed: House) -> None:
    def change_roles() -> None:
        for number in range(12):
            staffed.set_roles(BO, ("reviewer", "decider")[number % 2])

    def change_password() -> None:
        for _ in range(12):
            with staffed.app.app_context():
                new_password_for(BO, "test")

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(change_roles), pool.submit(change_password)]:
            done.result()
    assert verified(staffed.database).is_whole


TAMPERING = {
    "a role is added": """INSERT INTO account_role
        SELECT id, 'administrator' FROM account WHERE email = 'bo@kommun.example'""",
    "a role is removed": "DELETE FROM account_role WHERE name = 'reviewer'",
    "a unit is added to an account": """INSERT INTO account_unit
        SELECT a.id, u.id FROM account a, secrecy_unit u WHERE u.id = 'north'""",
    "a password is another": "UPDATE account SET password = 'x' WHERE email = 'bo@kommun.example'",
    "a closed account is open": "UPDATE account SET active = (1 = 0) WHERE email = 'bo@kommun.example'",
    "an address is another": "UPDATE account SET email = 'eve@kommun.example' WHERE email = 'bo@kommun.example'",
    "the second step is off": "UPDATE account SET totp_secret = NULL WHERE totp_secret IS NOT NULL",
    "the second step is another": "UPDATE account SET totp_secret = 'x' WHERE email = 'bo@kommun.example'",
    "a key may do more": "UPDATE api_token SET actions = 'case:list case:read'",
    "a key lasts longer": "UPDATE api_token SET expires_at = made_at",
    "a key is another": "UPDATE api_token SET digest = 'x'",
    "an issuer means another account": """UPDATE account_identity
        SET account_id = (SELECT id FROM account WHERE email = 'bo@kommun.example')""",
    "an issuer's subject is another": "UPDATE account_identity SET subject = '4712'",
    "a unit is called otherwise": "UPDATE secrecy_unit SET name = 'x' WHERE id = 'north'",
}


@pytest.mark.parametrize("what", a_few(TAMPERING))
def test_what_is_changed_in_the_database_itself_is_found(staffed: House, what: str) -> None:
    with staffed.database.unit_of_work() as session:
        session.add(SecrecyUnit(id="north", name="Norr"))
    assert verified(staffed.database).is_whole
    run_as_owner(staffed.database, TAMPERING[what])
    report = verified(staffed.database)
    assert (report.fault, report.broken_at) == ("altered-access", None)
    assert report.record


def test_an_account_that_is_slipped_in_is_found(staffed: House) -> None:
    run_as_owner(
        staffed.database,
        """INSERT INTO account (id, email, name, password, active, fs_uniquifier, made_at)
           SELECT 'slipped in', 'eve@kommun.example', 'Eve', password, active, 'x', made_at FROM account
           WHERE email = 'bo@kommun.example'""",
    )
    report = verified(staffed.database)
    assert (report.fault, report.record) == ("unsealed-access", "slipped in")


def test_a_key_that_is_removed_is_found(staffed: House) -> None:
    run_as_owner(staffed.database, "DELETE FROM api_token")
    assert verified(staffed.database).fault == "missing-access"


def test_what_the_service_itself_removes_is_sealed_as_gone(staffed: House) -> None:
    with staffed.database.unit_of_work() as session:
        session.delete(session.scalars(select(ApiToken)).one())
    assert verified(staffed.database).is_whole
    assert staffed.audit(action="seal", kind="token")[-1].seal == "0" * 64


def test_a_seal_tells_nothing_that_can_be_guessed(staffed: House) -> None:
    with staffed.database.looking() as session:
        first = session.scalars(select(Audit).where(Audit.kind == "account", Audit.seal.is_not(None))).first()
        names = session.scalars(select(Account.fs_uniquifier)).all()
    assert first is not None
    assert first.seal not in names
    assert all(len(name) == 32 for name in names)  # what the seal covers besides holds so many random digits


def test_a_statement_past_the_mapped_classes_is_found_as_such(staffed: House) -> None:
    """Whoever writes to these tables otherwise than by the mapped classes must see it in the tests."""
    with staffed.database.unit_of_work() as session:
        session.execute(update(AccountRole).values(name="decider"))
    assert verified(staffed.database).fault == "altered-access"


def test_accounts_from_before_there_were_seals_are_sealed_by_the_upgrade(empty_url: str) -> None:
    database = Database(empty_url)
    upgrade(database, "0009")
    with database.engine.begin() as connection:
        connection.execute(text("INSERT INTO secrecy_unit VALUES ('sig', 'SIG')"))
        connection.execute(
            text("""INSERT INTO account (id, email, name, active, fs_uniquifier, made_at)
                    VALUES ('a', 'a@x.example', 'A', (1 = 1), 'f', '2026-11-21 12:00:00.000000')""")
        )
    upgrade(database)
    upgrade(database)
    with database.looking() as session:
        assert session.scalar(select(func.count()).select_from(Audit)) == 2
    assert verified(database).is_whole
    database.close()


def test_what_is_restored_holds_and_goes_on(staffed: House, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    is_sqlite = staffed.database.is_sqlite
    server = "" if is_sqlite else request.getfixturevalue("postgresql_server")
    another = Database(f"sqlite:///{tmp_path / 'other.sqlite'}" if is_sqlite else new_postgresql(server))
    back_up(staffed.database, tmp_path / "backup", KEY)
    restore(tmp_path / "backup", another, KEY.public_key())
    assert verified(another).is_whole
    another.close()


# The triggers.


def test_every_guard_of_a_new_database_is_one_that_the_migrations_yield(database: Database) -> None:
    """A migration that makes a trigger yields it from `_guards`, where a verification looks for it."""
    assert len(expected_guards(database.engine.dialect.name)) > 15
    assert verified(database).is_whole


@pytest.fixture
def filled(empty_url: str) -> Iterator[Database]:
    """A database that no other test uses, since its triggers are about to go."""
    database = Database(empty_url)
    upgrade(database)
    with database.unit_of_work() as session:
        add_entry(session, add_case(session), 1)
    yield database
    database.close()


@pytest.mark.parametrize(
    "guard",
    [
        "audit_unchanged",
        "entry_unremoved",
        "audit_head_unchanged",
        "trend_fives_unchanged",
        "decision_reliability_unchanged",
    ],
)
def test_a_trigger_that_is_gone_is_found(filled: Database, guard: str) -> None:
    table = guard.rpartition("_")[0]
    name = guard.replace("audit_head_unchanged", "audit_head_forward") if filled.is_sqlite else guard
    with filled.engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER {name}" + ("" if filled.is_sqlite else f" ON {table}")))
    report = verified(filled)
    assert (report.fault, report.record) == ("altered-guard", name)


def test_a_trigger_that_is_switched_off_or_hollow_is_found(filled: Database) -> None:
    if filled.is_sqlite:
        statements = (
            "DROP TRIGGER audit_unchanged",
            "CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit WHEN 1 = 0 BEGIN SELECT 1; END",
        )
        expected = "audit_unchanged"
    else:
        body = "BEGIN RETURN NEW; END"
        hollow = f"CREATE OR REPLACE FUNCTION underlag_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
        with filled.engine.begin() as connection:
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_unchanged"))
        assert verified(filled).record == "audit_unchanged"
        statements = ("ALTER TABLE audit ENABLE TRIGGER audit_unchanged", hollow)
        expected = "underlag_refuse"
    with filled.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    report = verified(filled)
    assert (report.fault, report.record) == ("altered-guard", expected)


def test_a_trigger_that_is_none_of_ours_is_found(filled: Database) -> None:
    with filled.engine.begin() as connection:
        if filled.is_sqlite:
            does = "BEGIN DELETE FROM failed_log_in; END"
            connection.execute(text(f"CREATE TRIGGER helpful AFTER INSERT ON audit {does}"))
        else:
            does = "FOR EACH ROW EXECUTE FUNCTION underlag_refuse()"
            connection.execute(text(f"CREATE TRIGGER helpful BEFORE DELETE ON account {does}"))
    report = verified(filled)
    assert (report.fault, report.record) == ("unknown-guard", "helpful")
