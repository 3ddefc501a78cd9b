"""The table of digests: who wants to be told by mail that something waits, and when they were last told."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from api.store.columns import Key, Model, Word


class DigestChoice(Model):
    """Whether an account wants a digest, how often and in which language; without a row it gets none.

    ``sent_on`` is the Swedish day of the last one, so that no day has two.
    """

    __tablename__ = "digest_choice"

    account_id: Mapped[str] = mapped_column(Key, ForeignKey("account.id"), primary_key=True)
    every: Mapped[str] = mapped_column(Word)
    language: Mapped[str] = mapped_column(Word)
    chosen_at: Mapped[datetime]
    sent_on: Mapped[date | None] = mapped_column(Date)
