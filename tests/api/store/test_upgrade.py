from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from api.store import upgrade as upgrading
from api.store.audit_chain import verify_audit
from api.store.database import Database
from api.store.schema import Entry
from api.store.upgrade import OtherSchemaError, differences, latest_version, refuse_other_schema, upgrade, version_of
from tests.api.store.filled import add_case, add_entry

NEXT = '''
"""A later version, that rebuilds the table that entries refer to."""
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{latest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    rebuilt = "always" if op.get_bind().dialect.name == "sqlite" else "auto"
    with op.batch_alter_table("secrecy_unit", recreate=rebuilt) as t:
        t.add_column(sa.Column("closed", sa.Boolean(), nullable=False, server_default=sa.false()))
    {more}
'''


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    database = Database(empty_url)
    yield database
    database.close()


def one_version_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str = "pass") -> None:
    """Underlag as it may be one day, with one more migration."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for path in upgrading.MIGRATIONS.rglob("*.py"):
        (folder / path.relative_to(upgrading.MIGRATIONS)).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    text_of_next = NEXT.format(latest=latest_version(), more=more)
    (folder / "versions" / "9999_later.py").write_text(text_of_next, encoding="utf-8")
    monkeypatch.setattr(upgrading, "MIGRATIONS", folder)


def test_the_migrations_make_the_tables_that_the_code_declares(database: Database) -> None:
    assert differences(database) == []


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    assert upgrade(database) == latest_version() == version_of(database)
    refuse_other_schema(database)


def test_an_empty_database_is_refused_and_told_what_to_run(empty: Database) -> None:
    with pytest.raises(OtherSchemaError, match="no-tables"):
        refuse_other_schema(empty)


def test_older_tables_are_refused_and_told_what_to_run(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_version_later(tmp_path, monkeypatch)
    with pytest.raises(OtherSchemaError, match="older-tables"):
        refuse_other_schema(database)


def test_newer_tables_are_refused_and_never_touched(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as later:
        one_version_later(tmp_path, later)
        upgrade(database)
    with pytest.raises(OtherSchemaError, match="newer-tables"):
        refuse_other_schema(database)
    with pytest.raises(OtherSchemaError, match="newer-tables"):
        upgrade(database)


def test_a_migration_keeps_every_row_and_the_chain(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.unit_of_work() as session:
        case = add_case(session)
        entries = [add_entry(session, case, number) for number in (1, 2, 3)]
    one_version_later(tmp_path, monkeypatch)
    assert upgrade(database) == "9999"
    with database.looking() as session:
        assert session.scalars(select(Entry.id).order_by(Entry.number)).all() == entries
        assert session.execute(text("SELECT closed FROM secrecy_unit")).scalars().all() in ([0], [False])
        assert verify_audit(session).is_whole
    with pytest.raises(Exception, match="append-only"), database.unit_of_work() as session:
        session.execute(text("DELETE FROM entry"))


def test_a_migration_that_fails_changes_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_version_later(tmp_path, monkeypatch, more="op.execute('SELECT no_such_column FROM entry')")
    with pytest.raises(Exception, match="no_such_column"):
        upgrade(database)
    assert version_of(database) != "9999"
    with database.looking() as session:
        columns = list(session.execute(text("SELECT * FROM secrecy_unit")).keys())
    assert columns == ["id", "name"]


def test_a_migration_that_would_leave_a_row_without_its_parent_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    upgrade(database)
    with database.unit_of_work() as session:
        add_case(session)
    one_version_later(tmp_path, monkeypatch, more="op.execute('DELETE FROM secrecy_unit')")
    with pytest.raises(OtherSchemaError, match="row-without-its-row"):
        upgrade(database)
    with database.looking() as session:
        assert session.execute(text("SELECT count(*) FROM secrecy_unit")).scalar() == 1
    database.close()
