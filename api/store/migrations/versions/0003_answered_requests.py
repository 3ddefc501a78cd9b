"""Requests that were answered, by the key that their sender gave them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "answered_request",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("records", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_answered_request_account_id"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_answered_request_case_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "key", name="pk_answered_request"),
    )
    op.create_index("ix_answered_request_case_id", "answered_request", ["case_id"])
    op.create_index("ix_answered_request_made_at", "answered_request", ["made_at"])
