"""How often something may be tried: five times in a quarter of an hour for each name, whether it is known or not."""

import hashlib
import hmac
from datetime import timedelta

from flask import current_app
from sqlalchemy import and_, case, delete, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from api.context.context import current_context
from api.store.account_tables import FailedLogIn

TRIES = 5
WINDOW = timedelta(minutes=15)


def digest_of(name: str) -> str:
    """A keyed digest of what somebody tried to log in with, so that the table holds no names."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"log-in\0{name}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def may_try(name: str) -> bool:
    """Count one more try under a name, before it is made: tries at the same time cannot pass by the count.

    Returns
    -------
    bool
        False where the name has been tried too often. It opens again a quarter of an hour after the last try that
        was let through.
    """
    return count_try(name, most=TRIES) <= TRIES


def count_try(name: str, *, most: int | None = None) -> int:
    """Count one more try under a name.

    Parameters
    ----------
    most : int or None
        Tries beyond it do not put off the moment at which the name is forgotten.

    Returns
    -------
    int
        How many there have been, until none followed for a quarter of an hour.
    """
    context = current_context()
    moment = context.now()
    now = literal(moment, FailedLogIn.last_at.type)  # typed, or it is stored as its own zone writes it and read as UTC
    insert = sqlite.insert if context.database.is_sqlite else postgresql.insert
    is_old = FailedLogIn.last_at < moment - WINDOW
    is_shut = and_(FailedLogIn.failures >= most, ~is_old) if most is not None else None
    statement = insert(FailedLogIn).values(digest=digest_of(name), failures=1, last_at=now)
    counted = statement.on_conflict_do_update(
        index_elements=["digest"],
        set_={
            "failures": case((is_old, 1), else_=FailedLogIn.failures + 1),
            "last_at": now if is_shut is None else case((is_shut, FailedLogIn.last_at), else_=now),
        },
    ).returning(FailedLogIn.failures)
    with context.database.unit_of_work() as session:
        tries: int = session.execute(counted).scalar_one()
        session.execute(delete(FailedLogIn).where(FailedLogIn.last_at < moment - 4 * WINDOW))
    return tries


def tries_of(name: str) -> int:
    """How many tries under a name are remembered."""
    with current_context().database.looking() as session:
        chosen = select(FailedLogIn.failures).where(FailedLogIn.digest == digest_of(name))
        return session.scalars(chosen).first() or 0


def forget_tries(name: str) -> None:
    """Begin counting anew, after a try that succeeded."""
    with current_context().database.unit_of_work() as session:
        session.execute(delete(FailedLogIn).where(FailedLogIn.digest == digest_of(name)))
