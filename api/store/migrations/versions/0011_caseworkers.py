"""Who is responsible for a case, in the summaries of cases: whoever opened it, until somebody takes it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SUMMARY = sa.table("case_summary", *(sa.column(name, sa.String()) for name in ("case_id", "caseworker")))
CASE = sa.table("case_file", *(sa.column(name, sa.String()) for name in ("id", "opened_by")))


def upgrade() -> None:
    """Add the columns and work them out."""
    op.add_column(
        "case_summary", sa.Column("caseworker", sa.String(length=80), nullable=False, server_default=sa.text("''"))
    )
    op.add_column("case_summary", sa.Column("co_worker", sa.String(length=80), nullable=True))
    opened_by = sa.select(CASE.c.opened_by).where(CASE.c.id == SUMMARY.c.case_id).scalar_subquery()
    op.execute(SUMMARY.update().values(caseworker=opened_by))
    with op.batch_alter_table("case_summary") as table:
        table.alter_column("caseworker", existing_type=sa.String(length=80), server_default=None)
    for name in ("caseworker", "co_worker"):
        op.create_index(f"ix_case_summary_{name}", "case_summary", [name])
