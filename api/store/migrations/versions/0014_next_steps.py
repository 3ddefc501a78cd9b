"""The next step of a case, in the summaries of cases; it is derived when it is asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("case_summary", sa.Column("step", sa.String(length=80), nullable=True))
    op.create_index("ix_case_summary_step", "case_summary", ["step"])
