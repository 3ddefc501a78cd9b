"""Records and accounts put together with an application. Without them it keeps nothing about anyone."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from flask import Flask, Response

from api.access.declarations import check_declarations
from api.access.permission_table import the_permissions
from api.accounts.wiring import add_accounts
from api.context.context import EXTENSION, Records, context_of
from api.context.settings import RecordSettings
from api.operation.keys import refuse_other_keys
from api.policies.policies import Policies
from api.store.database import Database, StoreUnavailableError
from api.store.refusals import RecordError, StaleDraftError, StaleExplanationError
from api.store.upgrade import refuse_other_schema
from api.transparency.timer import CheckpointTimer
from api.web.metrics import the_metrics
from api.web.problems import Problem

#: Seconds after which a caller may try again when the database could not serve.
_TRY_AGAIN = "5"
Answer = Callable[[Problem], Response]


def keep_records(
    app: Flask,
    settings: RecordSettings,
    policies: Policies,
    *,
    answer: Answer,
    is_api_request: Callable[[], bool],
) -> None:
    """Give an application its records, and accounts that guard every route of it.

    Parameters
    ----------
    answer : callable
        Answers a problem in the form that fits the path.
    is_api_request : callable
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
        refuse_other_keys(database, settings, context_of(app).now())
        app.extensions[EXTENSION] = replace(context_of(app), records=Records(database, settings, policies))
        app.register_error_handler(RecordError, lambda error: answer(problem_of_refusal(error)))
        app.register_error_handler(StoreUnavailableError, lambda error: answer(_unavailable(app, error)))
        add_accounts(app, is_api_request=is_api_request)
        check_declarations(app, the_permissions())
        undo.pop_all()


def begin_checkpoints(app: Flask) -> CheckpointTimer | None:
    """Let the process that answers write checkpoints at every interval; None where none are signed."""
    context = context_of(app)
    if context.settings.checkpoints is None:
        return None
    timer = CheckpointTimer(context.database, context.settings.checkpoints, context.now)
    timer.start()
    return timer


def problem_of_refusal(error: RecordError) -> Problem:
    """What a caller is told of something that the records refuse."""
    if isinstance(error, StaleDraftError | StaleExplanationError):
        return Problem(error.code, members={"saved": error.saved, "refused": error.refused})
    return Problem(error.code)


def _unavailable(app: Flask, error: StoreUnavailableError) -> Problem:
    the_metrics().store_unavailable.labels(error.cause).inc()
    app.logger.warning("The store is not available: %s", error.cause)
    return Problem(error.code, headers={"Retry-After": _TRY_AGAIN})
