"""The table of check values: by which keys the database was used, so that a wrong one is told at the start."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from api.store.columns import Digest, Model, Word


class KeyCheck(Model):
    """That a key was in use from one moment to another; what is kept of the key tells nothing of it.

    ``until`` is None while it is in use. Only one key of a kind is.
    """

    __tablename__ = "key_check"

    kind: Mapped[str] = mapped_column(Word, primary_key=True)
    digest: Mapped[str] = mapped_column(Digest, primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
