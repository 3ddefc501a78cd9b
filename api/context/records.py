"""The records of an application: where they are kept, by which keys and policies, and the clock they are dated with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app

from api.context.settings import RecordSettings
from api.policies.policies import Policies
from api.store.database import Database

EXTENSION = "underlag_records"


@dataclass(frozen=True)
class Kept:
    """Where records are kept, by which keys and policies, and the clock they are dated with."""

    database: Database
    settings: RecordSettings
    policies: Policies
    now: Callable[[], datetime]


def the_records() -> Kept:
    """The records of the application that answers the current request."""
    return cast(Kept, current_app.extensions[EXTENSION])


def require_store() -> None:
    """Make sure that the database of the records answers; an application that keeps none needs none.

    Raises
    ------
    StoreUnavailableError
    """
    kept: Kept | None = current_app.extensions.get(EXTENSION)
    if kept is not None:
        kept.database.require_answer()
