"""Records and accounts put together with an application. Without them it keeps nothing about anyone."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Flask, Response, current_app

from api import metrics
from api.accounts.declarations import check_declarations
from api.accounts.permission_table import the_permissions
from api.accounts.wiring import add_accounts
from api.keys import refuse_other_keys
from api.oversight.wiring import add_oversight
from api.problems import Problem
from api.records.policies import Policies
from api.records.refusals import RecordError, StaleDraftError, StaleExplanationError
from api.records.settings import RecordSettings
from api.store.database import Database, StoreUnavailableError
from api.store.upgrade import refuse_other_schema
from api.transparency.timer import CheckpointTimer

_EXTENSION = "underlag_records"
#: Seconds after which a caller may try again when the database could not serve.
_TRY_AGAIN = "5"
Answer = Callable[[Problem], Response]


@dataclass(frozen=True)
class Kept:
    """Where records are kept, by which keys and policies, and the clock they are dated with."""

    database: Database
    settings: RecordSettings
    policies: Policies
    now: Callable[[], datetime]


def the_records() -> Kept:
    """The records of the application that answers the current request."""
    return cast(Kept, current_app.extensions[_EXTENSION])


def require_store() -> None:
    """Make sure that the database of the records answers; an application that keeps none needs none.

    Raises
    ------
    StoreUnavailableError
    """
    kept: Kept | None = current_app.extensions.get(_EXTENSION)
    if kept is not None:
        kept.database.require_answer()


def keep_records(
    app: Flask,
    settings: RecordSettings,
    policies: Policies,
    *,
    answer: Answer,
    is_for_programs: Callable[[], bool],
    now: Callable[[], datetime],
) -> None:
    """Give an application its records, and accounts that guard every route of it.

    Parameters
    ----------
    answer : callable
        Answers a problem in the form that fits the path.
    is_for_programs : callable
        Whether the current request is answered in JSON.

    Raises
    ------
    OtherSchemaError
        If the tables are not those of this version; the text says what to run.
    OtherKeyError
        If a key is not the one that the database was used with.
    DeclarationError
        If a route declares no permission.
    """
    database = Database(settings.database_url)
    with ExitStack() as undo:
        undo.callback(database.close)
        refuse_other_schema(database)
        refuse_other_keys(database, settings, now())
        app.extensions[_EXTENSION] = Kept(database, settings, policies, now)
        app.register_error_handler(RecordError, lambda error: answer(problem_of_refusal(error)))
        app.register_error_handler(StoreUnavailableError, lambda error: answer(_unavailable(app, error)))
        add_accounts(app, database, settings.accounts, is_for_programs=is_for_programs, now=now)
        add_oversight(app)
        app.register_blueprint(metrics.blueprint)
        check_declarations(app, the_permissions())
        undo.pop_all()


def begin_checkpoints(app: Flask) -> CheckpointTimer | None:
    """Let the process that answers write checkpoints at every interval; None where none are signed."""
    kept: Kept = app.extensions[_EXTENSION]
    if kept.settings.checkpoints is None:
        return None
    timer = CheckpointTimer(kept.database, kept.settings.checkpoints, kept.now)
    timer.start()
    return timer


def problem_of_refusal(error: RecordError) -> Problem:
    """What a caller is told of something that the records refuse."""
    if isinstance(error, StaleDraftError | StaleExplanationError):
        return Problem(error.code, members={"saved": error.saved, "refused": error.refused})
    return Problem(error.code)


def _unavailable(app: Flask, error: StoreUnavailableError) -> Problem:
    metrics.the_metrics().store_unavailable.labels(error.cause).inc()
    app.logger.warning("The store is not available: %s", error.cause)
    return Problem(error.code, headers={"Retry-After": _TRY_AGAIN})
