"""Forms that a device was handed over with: what its cookie names in place of a log-in."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "handed_over_form",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("told_by", sa.String(80), nullable=False),
        sa.Column("definition", sa.String(80), nullable=False),
        sa.Column("language", sa.String(80), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_handed_over_form_account_id"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_handed_over_form_case_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_handed_over_form"),
    )
    op.create_index("ix_handed_over_form_case_id", "handed_over_form", ["case_id"])
