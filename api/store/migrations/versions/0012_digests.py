"""Who wants to be told by mail that something waits. Nobody does until they have chosen it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "digest_choice",
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("every", sa.String(80), nullable=False),
        sa.Column("language", sa.String(80), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_digest_choice_account_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_digest_choice"),
    )
