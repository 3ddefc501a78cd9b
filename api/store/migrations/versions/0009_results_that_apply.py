"""What a deviation states instead of the computed outcome, and which review stands, in the summaries of cases.

No review that is there yet states an outcome: every deviation joins the queue of those that are to, and none is
invented. A case that waits for its second person is not reviewed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SUMMARY = sa.table(
    "case_summary",
    *(sa.column(name, sa.String()) for name in ("case_id", "screening_id", "review", "review_id", "stage")),
)
ENTRY = sa.table(
    "entry", *(sa.column(name, sa.String()) for name in ("id", "kind", "subject_id")), sa.column("number", sa.Integer())
)


def upgrade() -> None:
    """Add the columns and work them out."""
    op.add_column("case_summary", sa.Column("review_id", sa.String(length=32), nullable=True))
    op.add_column("case_summary", sa.Column("stated_outcome", sa.String(length=80), nullable=True))
    standing = (
        sa.select(ENTRY.c.id)
        .where(ENTRY.c.kind == "review", ENTRY.c.subject_id == SUMMARY.c.screening_id)
        .order_by(ENTRY.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    op.execute(SUMMARY.update().where(SUMMARY.c.review.is_not(None)).values(review_id=standing))
    deviates = SUMMARY.c.review.in_(("deviate", "awaits_second_person"))
    op.execute(SUMMARY.update().where(deviates, SUMMARY.c.stage == "reviewed").values(stage="screened"))
    op.execute(SUMMARY.update().where(deviates).values(review="outcome_not_stated"))
