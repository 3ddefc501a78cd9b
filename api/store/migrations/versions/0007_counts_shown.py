"""Who was shown what the ratings of a draft count up to, also after the draft was discarded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; what the drafts that are there now say of it goes into it."""
    content = sa.JSON().with_variant(JSONB(), "postgresql")
    op.create_table(
        "counts_shown",
        sa.Column("draft_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=80), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("summary", content, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_counts_shown_case_id"),
        sa.PrimaryKeyConstraint("draft_id", "account_id", name="pk_counts_shown"),
    )
    op.create_index("ix_counts_shown_case_id", "counts_shown", ["case_id"])
    op.execute(
        """
        INSERT INTO counts_shown (draft_id, account_id, case_id, after, at, summary)
        SELECT draft.id, draft.saved_by, draft.case_id, case_summary.entries, draft.counts_shown_at,
               draft.summary_before_counts
        FROM draft JOIN case_summary ON case_summary.case_id = draft.case_id
        WHERE draft.counts_shown_at IS NOT NULL AND draft.summary_before_counts IS NOT NULL
        """
    )
