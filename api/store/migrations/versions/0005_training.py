"""Training: ratings of invented cases, in a table of their own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "practice_rating",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("training", sa.String(length=80), nullable=False),
        sa.Column("example", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "ratings", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False
        ),
        sa.Column("summary", sa.String(length=20), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_practice_rating_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_practice_rating"),
        sa.UniqueConstraint(
            "training", "example", "account_id", "number", name="uq_practice_rating_training_example_account_id_number"
        ),
    )
    op.create_index("ix_practice_rating_account_id", "practice_rating", ["account_id"])
