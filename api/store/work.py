"""A unit of work on records. What is refused leaves nothing behind but its line in the audit."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from api.store.audit_chain import AuditEvent, record_event
from api.store.database import Database
from api.store.refusals import RecordError


@contextmanager
def working(database: Database) -> Iterator[Session]:
    """A unit of work whose refused attempts are told to the audit.

    Raises
    ------
    RecordError
        Whatever was refused, after it was recorded in the audit log.
    StoreUnavailableError
        If the database cannot serve now.
    """
    try:
        with database.unit_of_work() as session:
            yield session
    except RecordError as error:
        if error.told is not None:
            with database.unit_of_work() as session:
                record_event(session, error.told)
        raise


@contextmanager
def telling_of_refusal(told: AuditEvent) -> Iterator[None]:
    """Let the audit know what is refused within, unless that says itself what it should know; see `working`."""
    try:
        yield
    except RecordError as error:
        error.told = error.told or told
        raise
