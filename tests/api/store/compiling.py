"""What a statement compiles to is made once for all databases of a kind, as a service makes it once for its own.

Each application that a test puts together has an engine, and each engine compiles whatever is asked of it anew: an
eighth of what the tests of the service work.
"""

from typing import Any

from sqlalchemy import Dialect, Engine, event

from api.store import database

_make_engine = database._engine
_dialects: dict[str, Dialect] = {}
_compiled: dict[Any, Any] = {}


def share_what_is_compiled() -> None:
    """Let every engine that is made from now on compile with the dialect of the first of its kind that connected."""
    database._engine = _make_sharing_engine


def _make_sharing_engine(*arguments: Any, **more: Any) -> Engine:
    engine = _make_engine(*arguments, **more)
    if engine.name in _dialects:
        engine.dialect = _dialects[engine.name]
        engine.update_execution_options(compiled_cache=_compiled)
    else:
        # only once it has asked the database what it can do
        event.listen(engine, "first_connect", lambda *_: _dialects.setdefault(engine.name, engine.dialect))
    return engine
