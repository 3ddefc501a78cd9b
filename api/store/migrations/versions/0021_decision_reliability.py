"""How often double ratings turned the outcome of a guidance. Triggers refuse to change or remove what was published."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _guards(dialect: str) -> Iterator[str]:
    table = "decision_reliability"
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
        "decision_reliability",
        sa.Column("guidance", sa.String(length=80), nullable=False),
        sa.Column("last_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("guidance", "last_year", name="pk_decision_reliability"),
    )
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)
