"""Transactions on records. What is refused leaves nothing behind but its line in the audit log."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from api.store.audit_chain import AuditEvent, record_event
from api.store.database import Database
from api.store.refusals import RecordError


@contextmanager
def open_transaction(database: Database) -> Iterator[Session]:
    """Open a transaction whose refused attempts are recorded in the audit log.

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
        if error.event is not None:
            with database.unit_of_work() as session:
                record_event(session, error.event)
        raise


@contextmanager
def record_refusals_as(event: AuditEvent) -> Iterator[None]:
    """Record an audit event where something is refused within, unless the refusal carries an event of its own."""
    try:
        yield
    except RecordError as error:
        error.event = error.event or event
        raise
