"""Somebody who owns the database and its backups, but neither the key of the checkpoints nor their folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from api.store.audit_chain import FIRST, digest_of_link, seal_of
from api.store.database import Database
from api.store.schema import Audit, Entry

AUDIT = Audit.metadata.tables["audit"]


@contextmanager
def owning(database: Database) -> Iterator[Session]:
    """Change anything; afterwards the triggers stand as they stood, and nothing was told."""
    with Session(database.engine) as session:
        if database.is_sqlite:
            triggers = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
            for name, _ in triggers:
                session.execute(text(f"DROP TRIGGER {name}"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            triggers = []
        yield session
        session.flush()
        for _, statement in triggers:
            session.execute(text(statement))
        session.commit()


def run_as_owner(database: Database, *statements: str) -> None:
    with owning(database) as session:
        for statement in statements:
            session.execute(text(statement))


def rehash(session: Session) -> None:
    """Number and digest the whole chain anew, so that nothing in the database itself tells of it."""
    rows = [dict(row) for row in session.execute(select(AUDIT).order_by(AUDIT.c.number)).mappings()]
    session.execute(text("DELETE FROM audit"))
    digest, made = FIRST, []
    for number, row in enumerate(rows, 1):
        row.update(number=number, previous=digest)
        row.pop("digest")
        digest = digest_of_link(row)
        made.append({**row, "digest": digest})
    session.execute(insert(AUDIT), made)
    session.execute(text("UPDATE audit_head SET number = :n, digest = :d"), {"n": len(made), "d": digest})


def cut_tail(database: Database, links: int) -> None:
    """Remove the last links and let the chain end before them."""
    with owning(database) as session:
        session.execute(text("DELETE FROM audit WHERE number > (SELECT number FROM audit_head) - :n"), {"n": links})
        rehash(session)


def remove_links(database: Database, condition: str) -> None:
    """Remove some links and digest the chain anew."""
    with owning(database) as session:
        session.execute(text(f"DELETE FROM audit WHERE {condition}"))  # noqa: S608
        rehash(session)


def change_entry(database: Database, kind: str, **content: Any) -> None:
    """Change an entry, seal it anew and digest the chain anew."""
    with owning(database) as session:
        entry = session.scalars(select(Entry).where(Entry.kind == kind).order_by(Entry.number)).all()[-1]
        entry.content = {**entry.content, **content}
        session.flush()
        told = {"seal": seal_of(entry), "record": entry.id}
        session.execute(text("UPDATE audit SET seal = :seal WHERE record_id = :record AND seal IS NOT NULL"), told)
        rehash(session)
