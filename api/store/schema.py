"""The tables. Entries and the audit are only ever added to; triggers in the database hold everyone to that."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.store.columns import Content, Digest, Key, Model, Word


def _where(condition: str) -> dict[str, Any]:
    """An index of only those rows, on either database."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class SecrecyUnit(Model):
    """A part of the authority within which information may flow."""

    __tablename__ = "secrecy_unit"

    id: Mapped[str] = mapped_column(Word, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))


class Case(Model):
    """One young person's case.

    The personal number is kept only as a digest by an identity key that stays outside the database, so that
    the same person is found again and the number is not.
    """

    __tablename__ = "case_file"
    __table_args__ = (
        UniqueConstraint("unit_id", "reference"),
        Index("ix_case_file_identity_digest", "identity_digest"),
        Index("ix_case_file_reference", "reference", "id"),
    )

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    unit_id: Mapped[str] = mapped_column(Word, ForeignKey("secrecy_unit.id"))
    reference: Mapped[str] = mapped_column(String(80))
    birth_date: Mapped[date | None] = mapped_column(Date)
    identity_digest: Mapped[str | None] = mapped_column(Digest)
    identity_key: Mapped[str | None] = mapped_column(Word)
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(Word)


class CaseUnit(Model):
    """A unit that may see a case: the one that opened it, and those it was handed over to."""

    __tablename__ = "case_unit"

    case_id: Mapped[str] = mapped_column(Key, ForeignKey("case_file.id"), primary_key=True)
    unit_id: Mapped[str] = mapped_column(Word, ForeignKey("secrecy_unit.id"), primary_key=True, index=True)
    since: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(Word)


class Monitoring(Model):
    """Sex as registered, kept apart from every fact: for following up equal treatment, never for an assessment."""

    __tablename__ = "monitoring"
    __table_args__ = (CheckConstraint("registered_sex IN ('female', 'male')", name="registered_sex"),)

    case_id: Mapped[str] = mapped_column(Key, ForeignKey("case_file.id"), primary_key=True)
    registered_sex: Mapped[str] = mapped_column(String(10))


class Entry(Model):
    """One thing that was recorded in a case. It is never changed; another entry supersedes it.

    ``salt`` goes into the digest that the audit keeps of the entry. It is purged with the entry, and the digest
    can then no longer be guessed from what the entry may have said.
    """

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        UniqueConstraint("supersedes_id"),
        Index("ix_entry_case_id_kind", "case_id", "kind"),
        Index("ix_entry_second_rating_requested", "case_id", **_where("kind = 'second_rating_requested'")),
    )

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    case_id: Mapped[str] = mapped_column(Key, ForeignKey("case_file.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(Word)
    content: Mapped[dict[str, Any]]
    subject_id: Mapped[str | None] = mapped_column(Key, ForeignKey("entry.id"), index=True)
    supersedes_id: Mapped[str | None] = mapped_column(Key, ForeignKey("entry.id"))
    made_by: Mapped[str] = mapped_column(Word)
    made_at: Mapped[datetime]
    hidden_from_guardians: Mapped[bool]
    salt: Mapped[str] = mapped_column(Key)


class Draft(Model):
    """An assessment in the making, saved as it is written. Only the version that was read can be replaced.

    ``summary_before_counts`` is the summary rating with its reasons as last saved before counts were first shown, and
    ``counts_shown_at`` when that was: together they tell whether the professional rated before the machine counted.
    """

    __tablename__ = "draft"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    case_id: Mapped[str] = mapped_column(Key, ForeignKey("case_file.id"), index=True)
    kind: Mapped[str] = mapped_column(Word)
    subject_id: Mapped[str | None] = mapped_column(Key, ForeignKey("entry.id"))
    content: Mapped[dict[str, Any]]
    version: Mapped[int]
    started_by: Mapped[str] = mapped_column(Word)
    saved_by: Mapped[str] = mapped_column(Word)
    saved_at: Mapped[datetime]
    summary_before_counts: Mapped[dict[str, Any] | None] = mapped_column(Content)
    counts_shown_at: Mapped[datetime | None]


class CountsShown(Model):
    """That somebody was shown what the ratings of a draft count up to, and the summary rating as it stood before.

    It outlives a draft that is discarded, so that whoever begins anew is not taken to have rated before the machine
    counted. ``after`` is the number of the last entry of the case by then.
    """

    __tablename__ = "counts_shown"

    draft_id: Mapped[str] = mapped_column(Key, primary_key=True)
    account_id: Mapped[str] = mapped_column(Word, primary_key=True)
    case_id: Mapped[str] = mapped_column(Key, ForeignKey("case_file.id"), index=True)
    after: Mapped[int]
    at: Mapped[datetime]
    summary: Mapped[dict[str, Any]]


class CaseSummary(Model):
    """Where a case stands, for lists. Everything in it can be worked out again from the entries.

    ``outcome`` is the computed one of the latest screening, ``review`` the state of its review, and ``stated_outcome``
    what a deviation states instead; `api.cases.summary.result_of` tells from them what applies. ``caseworker`` is who
    opened the case until somebody takes it or it is handed over. ``standing`` is `api.cases.standing.Standing`;
    ``step``, ``due_on``, ``due`` and ``consent_ends_on`` are derived from it when they are asked for, by the rules that
    ``derived_by`` names, and every new entry clears that name. ``stands_through`` is the last day on which the latest
    screening surely stands if nothing is added, found when it is asked for by the definitions that ``dated_by`` stands
    for, which every new entry clears too: the screening may rest on it, or it may state another outcome.
    """

    __tablename__ = "case_summary"
    __table_args__ = (
        Index("ix_case_summary_last_entry_at_case_id", "last_entry_at", "case_id"),
        Index("ix_case_summary_caseworker", "caseworker", "step", "due", "due_on", "last_entry_at", "case_id"),
        Index("ix_case_summary_co_worker", "co_worker", **_where("co_worker IS NOT NULL")),
        Index("ix_case_summary_consent_ends", "consent_ends_on", **_where("consent_ends_on IS NOT NULL")),
        Index("ix_case_summary_review", "review", **_where("review IS NOT NULL")),
        Index("ix_case_summary_derived_by", "derived_by"),
        Index("ix_case_summary_due_on", "due_on", "case_id", **_where("due_on IS NOT NULL")),
        Index("ix_case_summary_to_derive", "case_id", **_where("derived_by IS NULL")),
        Index("ix_case_summary_step", "step"),
    )

    case_id: Mapped[str] = mapped_column(Key, ForeignKey("case_file.id"), primary_key=True)
    entries: Mapped[int]
    last_entry_at: Mapped[datetime]
    stage: Mapped[str] = mapped_column(Word)
    assessment_id: Mapped[str | None] = mapped_column(Key)
    screening_id: Mapped[str | None] = mapped_column(Key)
    guidance: Mapped[str | None] = mapped_column(Word)
    outcome: Mapped[str | None] = mapped_column(Word)
    review: Mapped[str | None] = mapped_column(Word)
    review_id: Mapped[str | None] = mapped_column(Key)
    stated_outcome: Mapped[str | None] = mapped_column(Word)
    next_meeting_by: Mapped[date | None] = mapped_column(Date)
    caseworker: Mapped[str] = mapped_column(Word)
    co_worker: Mapped[str | None] = mapped_column(Word)
    standing: Mapped[dict[str, Any] | None] = mapped_column(Content)
    due_on: Mapped[date | None] = mapped_column(Date)
    due: Mapped[str | None] = mapped_column(Word)
    consent_ends_on: Mapped[date | None] = mapped_column(Date)
    step: Mapped[str | None] = mapped_column(Word)
    derived_by: Mapped[str | None] = mapped_column(Word)
    stands_through: Mapped[date | None] = mapped_column(Date)
    dated_by: Mapped[str | None] = mapped_column(Word)


class PurgedCase(Model):
    """What remains of a case that was purged: that there was one, and by which rule and by whom it was removed."""

    __tablename__ = "purged_case"

    case_id: Mapped[str] = mapped_column(Key, primary_key=True)
    unit_id: Mapped[str] = mapped_column(Word)
    entries: Mapped[int]
    rule: Mapped[str] = mapped_column(Word)
    purged_at: Mapped[datetime]
    purged_by: Mapped[str] = mapped_column(Word)


class Audit(Model):
    """One thing that someone did or tried: who, when, what kind, which record, on what ground. Never what it said."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_case_id", "case_id"),
        Index("ix_audit_actor", "actor"),
        Index("ix_audit_at", "at"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Word)
    action: Mapped[str] = mapped_column(Word)
    kind: Mapped[str] = mapped_column(Word)
    case_id: Mapped[str | None] = mapped_column(Key)
    record_id: Mapped[str | None] = mapped_column(Key)
    ground: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(Word)
    outcome: Mapped[str] = mapped_column(Word)
    seal: Mapped[str | None] = mapped_column(Digest)
    previous: Mapped[str] = mapped_column(Digest)
    digest: Mapped[str] = mapped_column(Digest)


class AuditHead(Model):
    """The last link of the audit chain: one row, locked by whoever adds to the chain."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(Digest)
