"""The triggers that keep the tables: those that the migrations make, against those that are in a database."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

_MIGRATIONS = Path(__file__).parent / "migrations"
_TRIGGER = re.compile(r"CREATE TRIGGER (\w+)")
_FUNCTION = re.compile(r"CREATE (?:OR REPLACE )?FUNCTION (\w+)\(\).*?\$\$(.*)\$\$", re.DOTALL)
_ON_SQLITE = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
_ON_POSTGRESQL = """
    SELECT t.tgname, CASE WHEN t.tgenabled IN ('O', 'A') THEN pg_get_triggerdef(t.oid, true) ELSE 'off' END
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
    UNION ALL
    SELECT p.proname, p.prosrc FROM pg_proc p
    WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'underlag\\_%'
"""


@cache
def expected_guards(dialect: str) -> dict[str, str]:
    """What every trigger, and every function of one, says after all migrations, by its name.

    A migration that makes any yields their statements from ``_guards(dialect)``.
    """
    # imported here: only a verification needs it
    from alembic.script import ScriptDirectory

    expected: dict[str, str] = {}
    for script in reversed([*ScriptDirectory(str(_MIGRATIONS)).walk_revisions()]):
        guards = getattr(script.module, "_guards", None)
        for statement in guards(dialect) if guards is not None else ():
            expected.update(_read(statement))
    return expected


def _read(statement: str) -> Iterator[tuple[str, str]]:
    function, trigger = _FUNCTION.match(statement), _TRIGGER.match(statement)
    if function:
        yield function[1], _plain(function[2])
    elif trigger:
        yield trigger[1], _plain(statement)


def _plain(definition: str) -> str:
    return " ".join(definition.split())


def fault_of_guards(session: Session) -> tuple[str, str] | None:
    """The first trigger that is not as the migrations made it.

    Returns
    -------
    (str, str) or None
        ``altered-guard`` where it is gone, switched off or another, ``unknown-guard`` for one that no migration
        made; and its name.
    """
    dialect = session.get_bind().dialect.name
    expected = expected_guards(dialect)
    rows = session.execute(text(_ON_SQLITE if dialect == "sqlite" else _ON_POSTGRESQL)).all()
    present = {str(name): _plain(definition) for name, definition in rows}
    for name, definition in sorted(expected.items()):
        if present.get(name) != definition:
            return "altered-guard", name
    unknown = sorted(present.keys() - expected.keys())
    return ("unknown-guard", unknown[0]) if unknown else None
