"""Indexes by which lists of work find their cases: by reference, by co-worker, and those whose consent has gone out."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes; a column that is nearly always empty is looked up only among the rows that have it."""
    op.create_index("ix_case_file_reference", "case_file", ["reference", "id"])
    op.drop_index("ix_case_summary_co_worker", "case_summary")
    for column, name, where in (
        ("co_worker", "co_worker", "co_worker IS NOT NULL"),
        ("due_on", "consent_ends", "due = 'consent_ends'"),
    ):
        condition = sa.text(where)
        op.create_index(
            f"ix_case_summary_{name}",
            "case_summary",
            [column],
            sqlite_where=condition,
            postgresql_where=condition,
        )
