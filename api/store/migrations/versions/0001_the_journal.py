"""The journal: cases, entries, drafts, summaries, purged cases and the audit, with the triggers that keep them.

Triggers refuse to change or remove what was recorded, whoever asks. Only the entries of a case that stands in
purged_case can be removed, and a row of purged_case stays for good.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CONTENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

#: Tables whose rows are never changed, with what names a row.
KEPT = {"entry": "id", "audit": "number", "case_file": "id", "purged_case": "case_id"}
#: Of these, the tables whose rows go when their case is purged, with the column that names the case.
PURGED = {"entry": "case_id", "case_file": "id"}


def _guards(dialect: str) -> Iterator[str]:
    yield from _guards_of_sqlite() if dialect == "sqlite" else _guards_of_postgresql()


def _guards_of_sqlite() -> Iterator[str]:
    for table, key in KEPT.items():
        refusal = f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
        yield f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table} {refusal}"
        unless = ""
        if table in PURGED:
            unless = f"WHEN NOT EXISTS (SELECT 1 FROM purged_case WHERE case_id = OLD.{PURGED[table]})"  # noqa: S608
        yield f"CREATE TRIGGER {table}_unremoved BEFORE DELETE ON {table} {unless} {refusal}"
        # INSERT OR REPLACE would remove a row without its trigger
        known = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"  # noqa: S608
        yield f"CREATE TRIGGER {table}_unreplaced BEFORE INSERT ON {table} {known} {refusal}"
    refusal = "BEGIN SELECT RAISE(ABORT, 'append-only: audit_head'); END"
    yield f"CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head WHEN NEW.number <= OLD.number {refusal}"
    yield f"CREATE TRIGGER audit_head_unremoved BEFORE DELETE ON audit_head {refusal}"


def _guards_of_postgresql() -> Iterator[str]:
    refuse = "RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';"
    yield _function("underlag_refuse", refuse)
    for table, key in PURGED.items():
        seek = f"EXISTS (SELECT 1 FROM purged_case WHERE case_id = OLD.{key})"  # noqa: S608
        yield _function(f"underlag_purged_{table}", f"IF {seek} THEN RETURN OLD; END IF; {refuse}")
    yield _function("underlag_forward", f"IF NEW.number > OLD.number THEN RETURN NEW; END IF; {refuse}")
    for table in (*KEPT, "audit_head"):
        change = "underlag_forward" if table == "audit_head" else "underlag_refuse"
        removal = f"underlag_purged_{table}" if table in PURGED else "underlag_refuse"
        row = f"ON {table} FOR EACH ROW EXECUTE FUNCTION"
        yield f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE {row} {change}()"
        yield f"CREATE TRIGGER {table}_unremoved BEFORE DELETE {row} {removal}()"
        emptying = f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION underlag_refuse()"
        yield f"CREATE TRIGGER {table}_unemptied {emptying}"


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"


def upgrade() -> None:
    """Make the tables and their guards."""
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("record_id", sa.String(length=32), nullable=True),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(length=80), nullable=False),
        sa.Column("outcome", sa.String(length=80), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=True),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    op.create_index("ix_audit_actor", "audit", ["actor"])
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_case_id", "audit", ["case_id"])

    op.create_table(
        "audit_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_audit_head_one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.create_table(
        "purged_case",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.String(length=80), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("purged_at", MOMENT, nullable=False),
        sa.Column("purged_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_purged_case"),
    )
    op.create_table(
        "secrecy_unit",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_secrecy_unit"),
    )
    op.create_table(
        "case_file",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.String(length=80), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("identity_digest", sa.String(length=64), nullable=True),
        sa.Column("identity_key", sa.String(length=80), nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["secrecy_unit.id"], name="fk_case_file_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_file"),
        sa.UniqueConstraint("unit_id", "reference", name="uq_case_file_unit_id_reference"),
    )
    op.create_index("ix_case_file_identity_digest", "case_file", ["identity_digest"])

    op.create_table(
        "case_summary",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("last_entry_at", MOMENT, nullable=False),
        sa.Column("stage", sa.String(length=80), nullable=False),
        sa.Column("assessment_id", sa.String(length=32), nullable=True),
        sa.Column("screening_id", sa.String(length=32), nullable=True),
        sa.Column("guidance", sa.String(length=80), nullable=True),
        sa.Column("outcome", sa.String(length=80), nullable=True),
        sa.Column("review", sa.String(length=80), nullable=True),
        sa.Column("next_meeting_by", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_case_summary_case_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_summary"),
    )
    op.create_index("ix_case_summary_last_entry_at_case_id", "case_summary", ["last_entry_at", "case_id"])

    op.create_table(
        "case_unit",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.String(length=80), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("added_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_case_unit_case_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["secrecy_unit.id"], name="fk_case_unit_unit_id"),
        sa.PrimaryKeyConstraint("case_id", "unit_id", name="pk_case_unit"),
    )
    op.create_index("ix_case_unit_unit_id", "case_unit", ["unit_id"])

    op.create_table(
        "entry",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("content", CONTENT, nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=True),
        sa.Column("supersedes_id", sa.String(length=32), nullable=True),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("hidden_from_guardians", sa.Boolean(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_entry_case_id"),
        sa.ForeignKeyConstraint(["subject_id"], ["entry.id"], name="fk_entry_subject_id"),
        sa.ForeignKeyConstraint(["supersedes_id"], ["entry.id"], name="fk_entry_supersedes_id"),
        sa.PrimaryKeyConstraint("id", name="pk_entry"),
        sa.UniqueConstraint("case_id", "number", name="uq_entry_case_id_number"),
        sa.UniqueConstraint("supersedes_id", name="uq_entry_supersedes_id"),
    )
    op.create_index("ix_entry_case_id_kind", "entry", ["case_id", "kind"])
    op.create_index("ix_entry_subject_id", "entry", ["subject_id"])

    op.create_table(
        "monitoring",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("registered_sex", sa.String(length=10), nullable=False),
        sa.CheckConstraint("registered_sex IN ('female', 'male')", name="ck_monitoring_registered_sex"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_monitoring_case_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_monitoring"),
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=True),
        sa.Column("content", CONTENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("started_by", sa.String(length=80), nullable=False),
        sa.Column("saved_by", sa.String(length=80), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("summary_before_counts", CONTENT, nullable=True),
        sa.Column("counts_shown_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_draft_case_id"),
        sa.ForeignKeyConstraint(["subject_id"], ["entry.id"], name="fk_draft_subject_id"),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
    )
    op.create_index("ix_draft_case_id", "draft", ["case_id"])

    op.execute(sa.text("INSERT INTO audit_head (id, number, digest) VALUES (1, 0, :first)").bindparams(first="0" * 64))
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)
