"""The rows that a what-if is worked out from. Triggers refuse to change or remove them."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _guards(dialect: str) -> Iterator[str]:
    table = "trend_fives"
    if dialect == "sqlite":
        refusal = f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
        yield f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table} {refusal}"
        yield f"CREATE TRIGGER {table}_unremoved BEFORE DELETE ON {table} {refusal}"
    else:
        row = f"ON {table} FOR EACH ROW EXECUTE FUNCTION underlag_refuse()"
        yield f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE {row}"
        yield f"CREATE TRIGGER {table}_unremoved BEFORE DELETE {row}"
        emptying = f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION underlag_refuse()"
        yield f"CREATE TRIGGER {table}_unemptied {emptying}"


def upgrade() -> None:
    """Make the table and its guards."""
    op.create_table(
        "trend_fives",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_trend_fives"),
    )
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)
