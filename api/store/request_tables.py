"""What is known of requests that were answered, so that one that is sent again is not carried out again."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.store.columns import Digest, Key, Model


class AnsweredRequest(Model):
    """That an account has made something with an ``Idempotency-Key``. The answer is not kept; it is made anew.

    ``digest`` is keyed, since a body can hold what could be guessed, such as a personal number. ``records`` names what
    was made, with spaces between. The row goes with its case, and after a day; see
    `api.cases.repeating.KEPT`.
    """

    __tablename__ = "answered_request"

    account_id: Mapped[str] = mapped_column(Key, ForeignKey("account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    digest: Mapped[str] = mapped_column(Digest)
    case_id: Mapped[str | None] = mapped_column(Key, ForeignKey("case_file.id", ondelete="CASCADE"), index=True)
    records: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(index=True)
