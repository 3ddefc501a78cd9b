"""What deadlines follow from, in the summaries of cases; they are derived from it when they are asked for."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CONTENT = sa.JSON().with_variant(JSONB(), "postgresql")
SUMMARY = sa.table("case_summary", sa.column("case_id", sa.String()), sa.column("standing", CONTENT))
ENTRY = sa.table(
    "entry",
    *(sa.column(name, sa.String()) for name in ("id", "case_id", "kind", "subject_id", "supersedes_id")),
    sa.column("number", sa.Integer()),
    sa.column("content", CONTENT),
)
KINDS = (
    "intake",
    "preliminary_assessment_closed",
    "fact",
    "consent",
    "consent_withdrawn",
    "assessment",
    "participation_started",
    "participation_ended",
    "outcome_after_ending",
)


def upgrade() -> None:
    """Add the columns, and fold what is recorded."""
    op.add_column("case_summary", sa.Column("standing", CONTENT, nullable=True))
    op.add_column("case_summary", sa.Column("due_on", sa.Date(), nullable=True))
    op.add_column("case_summary", sa.Column("due", sa.String(length=80), nullable=True))
    op.add_column("case_summary", sa.Column("derived_by", sa.String(length=80), nullable=True))
    for name in ("derived_by", "due_on"):
        op.create_index(f"ix_case_summary_{name}", "case_summary", [name])
    connection = op.get_bind()
    folded: dict[str, dict[str, Any]] = {}
    chosen = sa.select(ENTRY).where(ENTRY.c.kind.in_(KINDS)).order_by(ENTRY.c.case_id, ENTRY.c.number)
    for entry in connection.execute(chosen):
        _fold(folded.setdefault(entry.case_id, {"consent_ends": {}}), entry)
    for case_id, standing in folded.items():
        connection.execute(SUMMARY.update().where(SUMMARY.c.case_id == case_id).values(standing=standing))


def _fold(standing: dict[str, Any], entry: Any) -> None:
    content, ends = entry.content, standing["consent_ends"]
    if entry.kind == "intake":
        standing["intake"] = entry.id
        standing["received_on"], standing["preliminary"] = content["received_on"], content["preliminary_assessment"]
    elif entry.kind == "preliminary_assessment_closed":
        if content["result"] == "investigation_opened":
            standing["investigation_from"] = content["closed_on"]
        if entry.subject_id == standing.get("intake"):
            standing["preliminary"] = content["result"]
    elif entry.kind == "fact":
        standing["has_facts"] = True
    elif entry.kind == "consent":
        ends.pop(entry.supersedes_id, None)
        if content["status"] == "given" and content["valid_to"]:
            ends[entry.id] = content["valid_to"]
    elif entry.kind == "consent_withdrawn":
        ends.pop(entry.subject_id, None)
    elif entry.kind == "assessment":
        standing["reassess_on"] = content.get("next_review_on")
    elif entry.kind == "participation_started":
        standing["investigation_from"] = standing["ended_on"] = None
    elif entry.kind == "participation_ended":
        standing["ended_on"], standing["is_followed_up"] = content["ended_on"], False
    else:
        standing["is_followed_up"] = True
