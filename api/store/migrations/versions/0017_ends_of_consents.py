"""The day on which the next consent of a case ends, and the indexes by which the work of a unit is counted."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_COUNTED = ["caseworker", "step", "due", "due_on", "last_entry_at", "case_id"]


def upgrade() -> None:
    """Add the column, which is derived when it is first asked for, and the indexes."""
    op.add_column("case_summary", sa.Column("consent_ends_on", sa.Date(), nullable=True))
    for name in ("consent_ends", "caseworker"):
        op.drop_index(f"ix_case_summary_{name}", "case_summary")
    op.create_index("ix_case_summary_caseworker", "case_summary", _COUNTED)
    for name, column in (("consent_ends", "consent_ends_on"), ("review", "review")):
        condition = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_case_summary_{name}",
            "case_summary",
            [column],
            sqlite_where=condition,
            postgresql_where=condition,
        )
