"""The table of training: ratings of invented cases, apart from everything that is recorded about anyone."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.store.columns import Key, Model, Word


class PracticeRating(Model):
    """One rating of an invented case by one account; ``number`` counts the account's ratings of that case from 1.

    The one with number 0 is being written: its ``ratings`` hold what stands in the fields, and nothing counts it.
    """

    __tablename__ = "practice_rating"
    __table_args__ = (UniqueConstraint("training", "example", "account_id", "number"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    training: Mapped[str] = mapped_column(Word)
    example: Mapped[str] = mapped_column(Word)
    account_id: Mapped[str] = mapped_column(Key, ForeignKey("account.id"), index=True)
    number: Mapped[int]
    ratings: Mapped[dict[str, Any]]
    summary: Mapped[str] = mapped_column(String(20))
    reasons: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
