"""The day through which the latest screening of a case stands, and the definitions that it was found by."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, which are filled when they are first asked for."""
    op.add_column("case_summary", sa.Column("stands_through", sa.Date(), nullable=True))
    op.add_column("case_summary", sa.Column("dated_by", sa.String(80), nullable=True))
