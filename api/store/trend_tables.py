"""The tables of published numbers. What was published is never changed; a correction is another revision."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.store.columns import Digest, Key, Model, Word


class TrendPeriod(Model):
    """One publication of a period: all its tables, their digest, and the lattice that they were counted by."""

    __tablename__ = "trend_period"

    period: Mapped[str] = mapped_column(Word, primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[int]
    months: Mapped[int]
    lattice: Mapped[str] = mapped_column(Word)
    published_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(Digest)


class TrendTable(Model):
    """One published table: its dimensions by name, and its cells as rows of values and number (null where hidden)."""

    __tablename__ = "trend_table"
    __table_args__ = (Index("ix_trend_table_measure_across", "measure", "across"),)

    period: Mapped[str] = mapped_column(Word, primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(Word, primary_key=True)
    across: Mapped[str] = mapped_column(Word, primary_key=True)
    content: Mapped[dict[str, Any]]


class TrendOpenMonth(Model):
    """What is shown of the month that goes on: rounded totals of units."""

    __tablename__ = "trend_open_month"

    measure: Mapped[str] = mapped_column(Word, primary_key=True)
    period: Mapped[str] = mapped_column(Word)
    counted_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]


class TrendGap(Model):
    """A month of which cases were purged: its numbers can no longer be counted again."""

    __tablename__ = "trend_gap"

    month: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    purged_at: Mapped[datetime]


class TrendFives(Model):
    """The rows of a year of which each stands for five young people; see `screening.trends.microaggregates`.

    They name nobody and no case, are made once when the year is over, and stay when cases are purged.
    """

    __tablename__ = "trend_fives"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    made_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(Digest)
    rows: Mapped[bytes] = mapped_column(LargeBinary)


class TrendFold(Model):
    """One case as it is counted, so that the next night reads the entries of those cases only that have changed.

    It is about a person as much as the case is: the database lets it go with the case, and whatever reads cases reads
    entries. Everything in it can be worked out again from them. ``made_from`` stands for what it was made from, and
    ``rows`` is JSON that is only ever read whole; see `api.trends.folds`.
    """

    __tablename__ = "trend_fold"

    case_id: Mapped[str] = mapped_column(Key, ForeignKey("case_file.id", ondelete="CASCADE"), primary_key=True)
    made_from: Mapped[str] = mapped_column(Digest)
    rows: Mapped[str] = mapped_column(Text)


class DecisionReliability(Model):
    """How often double ratings turned the outcome of a guidance: what is shown of some whole years.

    It names nobody and no case. No year of a guidance stands in two rows; a row is made once when its last year is
    over, and stays when cases are purged. See `api.trends.decision_reliability`.
    """

    __tablename__ = "decision_reliability"

    guidance: Mapped[str] = mapped_column(Word, primary_key=True)
    last_year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    first_year: Mapped[int]
    made_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(Digest)
    content: Mapped[dict[str, Any]]
