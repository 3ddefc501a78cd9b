"""The tables of accounts: who may log in, how, and on what ground a case of another unit was reached."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.store.columns import Digest, Key, Model, Word


class AccountRole(Model):
    """A role that an account has; what it allows stands in the table of permissions."""

    __tablename__ = "account_role"

    account_id: Mapped[str] = mapped_column(Key, ForeignKey("account.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Word, primary_key=True)


class AccountUnit(Model):
    """A secrecy unit that an account belongs to."""

    __tablename__ = "account_unit"

    account_id: Mapped[str] = mapped_column(Key, ForeignKey("account.id"), primary_key=True)
    unit_id: Mapped[str] = mapped_column(Word, ForeignKey("secrecy_unit.id"), primary_key=True)


class Account(Model):
    """Somebody who may log in. An account is closed, never removed, since the audit names it.

    ``fs_uniquifier`` is what a session names: with a new one, every session of the account has ended.
    ``totp_counter`` is the time step of the last code that was used, so that none is used twice.
    """

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool]
    fs_uniquifier: Mapped[str] = mapped_column(Key, unique=True)
    totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_counter: Mapped[int | None]
    made_at: Mapped[datetime]

    held_roles: Mapped[list[AccountRole]] = relationship(order_by=AccountRole.name, cascade="all, delete-orphan")
    held_units: Mapped[list[AccountUnit]] = relationship(order_by=AccountUnit.unit_id, cascade="all, delete-orphan")


class AccountIdentity(Model):
    """Whom an identity provider means, by issuer and subject; never by e-mail."""

    __tablename__ = "account_identity"

    issuer: Mapped[str] = mapped_column(String(300), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    account_id: Mapped[str] = mapped_column(Key, ForeignKey("account.id"), index=True)


class LogInSession(Model):
    """From a log-in until the log-out. A cookie that names one that has ended is worth nothing."""

    __tablename__ = "log_in_session"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    account_id: Mapped[str] = mapped_column(Key, ForeignKey("account.id"), index=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiToken(Model):
    """A key for a program. Only its digest is kept; ``actions`` are those it was made for, with spaces between."""

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    account_id: Mapped[str] = mapped_column(Key, ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    digest: Mapped[str] = mapped_column(Digest, unique=True)
    actions: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class Crossing(Model):
    """That an account reached a case of another unit, on what ground and for how long. It goes with its case."""

    __tablename__ = "crossing"
    __table_args__ = (Index("ix_crossing_account_id_case_id", "account_id", "case_id"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    account_id: Mapped[str] = mapped_column(Key, ForeignKey("account.id"))
    case_id: Mapped[str] = mapped_column(Key, ForeignKey("case_file.id", ondelete="CASCADE"), index=True)
    ground: Mapped[str] = mapped_column(Word)
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    until: Mapped[datetime]


class HandedOverForm(Model):
    """A form that a device was handed over with: what its cookie names in place of a log-in. It goes with its case.

    ``account_id`` handed it over. ``ended_at`` is when it was sent, or when somebody logged in on the device.
    """

    __tablename__ = "handed_over_form"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    account_id: Mapped[str] = mapped_column(Key, ForeignKey("account.id"))
    case_id: Mapped[str] = mapped_column(Key, ForeignKey("case_file.id", ondelete="CASCADE"), index=True)
    told_by: Mapped[str] = mapped_column(Word)
    definition: Mapped[str] = mapped_column(Word)
    language: Mapped[str] = mapped_column(Word)
    began_at: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class FailedLogIn(Model):
    """How often logging in under a name has failed of late. The name is kept as a keyed digest, known or not."""

    __tablename__ = "failed_log_in"

    digest: Mapped[str] = mapped_column(Digest, primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
