"""Published numbers about many cases. Triggers refuse to change or remove what was published."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CONTENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
KEPT = ("trend_period", "trend_table")


def _guards(dialect: str) -> Iterator[str]:
    for table in KEPT:
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
    """Make the tables and their guards."""
    op.create_table(
        "trend_period",
        sa.Column("period", sa.String(length=80), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("lattice", sa.String(length=80), nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("period", "revision", name="pk_trend_period"),
    )
    op.create_table(
        "trend_table",
        sa.Column("period", sa.String(length=80), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=80), nullable=False),
        sa.Column("across", sa.String(length=80), nullable=False),
        sa.Column("content", CONTENT, nullable=False),
        sa.PrimaryKeyConstraint("period", "revision", "measure", "across", name="pk_trend_table"),
    )
    op.create_index("ix_trend_table_measure_across", "trend_table", ["measure", "across"])
    op.create_table(
        "trend_open_month",
        sa.Column("measure", sa.String(length=80), nullable=False),
        sa.Column("period", sa.String(length=80), nullable=False),
        sa.Column("counted_at", MOMENT, nullable=False),
        sa.Column("content", CONTENT, nullable=False),
        sa.PrimaryKeyConstraint("measure", name="pk_trend_open_month"),
    )
    op.create_table(
        "trend_gap",
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purged_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("month", name="pk_trend_gap"),
    )
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)
