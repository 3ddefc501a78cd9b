"""A unit of work: all that a function of the records needs, from the opening of a transaction to its end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from sqlalchemy.orm import Session

from api.policies.policies import Policies
from api.store.actors import Actor, EventDetails
from api.store.audit_chain import AuditEvent
from api.store.database import Database
from api.store.transactions import open_transaction
from screening.library import Library


@dataclass(frozen=True)
class Unit:
    """Who acts, when, in which transaction, and by which definitions and policies.

    Parameters
    ----------
    session : Session
        The transaction. It is committed when the unit ends, and rolled back if anything is raised in it.
    now : datetime
        The moment of all that is done in it.
    actor : Actor
        Whoever does it and answers for it.
    library : Library
        The definitions, the municipality's own among them.
    policies : Policies
        The municipality's policies.
    """

    session: Session
    now: datetime
    actor: Actor
    library: Library
    policies: Policies

    def event(self, action: str, kind: str, **details: Unpack[EventDetails]) -> AuditEvent:
        """The audit event of something that is done in it."""
        return self.actor.event(self.now, action, kind, **details)


@contextmanager
def open_unit(
    database: Database, now: Callable[[], datetime], actor: Actor, library: Library, policies: Policies
) -> Iterator[Unit]:
    """Open a unit of work that is committed at the end, or rolled back with a refusal recorded in the audit log.

    Parameters
    ----------
    now : callable
        The clock; it is read once, when the transaction has begun.

    Raises
    ------
    RecordError
        Whatever was refused in it.
    StoreUnavailableError
        If the database cannot serve now.
    """
    with open_transaction(database) as session:
        yield Unit(session, now(), actor, library, policies)
