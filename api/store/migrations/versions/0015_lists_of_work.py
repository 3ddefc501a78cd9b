"""Indexes for lists of work: cases by their days, those to be derived, and requests for a second rating."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes."""
    op.drop_index("ix_case_summary_due_on", "case_summary")
    for table, name, columns, condition in (
        ("case_summary", "due_on", ["due_on", "case_id"], sa.text("due_on IS NOT NULL")),
        ("case_summary", "to_derive", ["case_id"], sa.text("derived_by IS NULL")),
        ("entry", "second_rating_requested", ["case_id"], sa.text("kind = 'second_rating_requested'")),
    ):
        op.create_index(f"ix_{table}_{name}", table, columns, sqlite_where=condition, postgresql_where=condition)
