"""Each case as it is counted, kept until the case changes or goes."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "trend_fold",
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("made_from", sa.String(64), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_trend_fold_case_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("case_id", name="pk_trend_fold"),
    )
