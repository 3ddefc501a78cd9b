"""Seals of what gives access: accounts with their roles, units and issuers, keys for programs, and secrecy units.

Whenever a row of theirs changes, the audit keeps a digest of what it became. A row that was changed by other means than
the service is thus found, and whatever is sealed stands in the audit with who did it and when.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, event, inspect, select
from sqlalchemy.orm import Session, object_session

from api.store.account_tables import Account, AccountIdentity, AccountRole, AccountUnit, ApiToken
from api.store.columns import Model
from api.store.schema import SecrecyUnit
from instruments.canonical import canonical_json

#: What stands for something that is there no longer.
GONE = "0" * 64
_CHANGED = "underlag_access_changed"
_KEY_LENGTH = 32


class Subject(NamedTuple):
    """What a seal is of.

    Parameters
    ----------
    kind : str
        ``account``, ``token`` or ``secrecy_unit``.
    key : str
        The key of the row.
    """

    kind: str
    key: str

    @property
    def record(self) -> str:
        """How the audit names it. A unit may be called something longer than a key, and then goes by a digest."""
        if self.kind != "secrecy_unit":
            return self.key
        return hashlib.sha256(f"secrecy_unit\0{self.key}".encode()).hexdigest()[:_KEY_LENGTH]


#: The tables that are covered, each with the kind of subject and the column that names it.
_COVERED: dict[type[Model], tuple[str, str]] = {
    Account: ("account", "id"),
    AccountRole: ("account", "account_id"),
    AccountUnit: ("account", "account_id"),
    AccountIdentity: ("account", "account_id"),
    ApiToken: ("token", "id"),
    SecrecyUnit: ("secrecy_unit", "id"),
}
#: What changes by mere use and gives no access.
_BY_USE = {"account": {"totp_counter"}, "api_token": {"used_at"}}


def _table(model: type[Model]) -> Table:
    return Model.metadata.tables[model.__tablename__]


def changed_access(session: Session) -> list[Subject]:
    """What this unit of work has changed of it, each once; asked again, nothing."""
    changed: dict[Subject, None] = session.info.pop(_CHANGED, {})
    return list(changed)


def current_seals(session: Session, subject: Subject | None = None) -> dict[Subject, str]:
    """The seals of everything that gives access as it is now, or of one subject if it is there.

    A column that holds nothing is not covered, so that a new one leaves earlier seals as they are.
    """
    covered: dict[Subject, dict[str, list[dict[str, Any]]]] = {}
    for model, (kind, column) in _COVERED.items():
        if subject is not None and subject.kind != kind:
            continue
        table = _table(model)
        chosen = select(table).order_by(*table.primary_key.columns)
        if subject is not None:
            chosen = chosen.where(table.c[column] == subject.key)
        for row in session.execute(chosen).mappings():
            parts = covered.setdefault(Subject(kind, row[column]), {})
            parts.setdefault(table.name, []).append(_covered(table.name, row))
    return {each: _seal(each, parts) for each, parts in covered.items()}


def _covered(table: str, row: Any) -> dict[str, Any]:
    by_use = _BY_USE.get(table, set())
    return {
        name: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if value is not None and name not in by_use
    }


def _seal(subject: Subject, parts: dict[str, list[dict[str, Any]]]) -> str:
    # An account's covers the random name of its sessions and a key's its digest, so that neither can be guessed.
    return hashlib.sha256(canonical_json({"kind": subject.kind, **parts})).hexdigest()


def _note(_mapper: Any, _connection: Any, row: Model) -> None:
    session = object_session(row)
    assert session is not None  # noqa: S101 -- it is just being flushed
    for model, (kind, column) in _COVERED.items():
        if isinstance(row, model):
            session.info.setdefault(_CHANGED, {})[Subject(kind, getattr(row, column))] = None


def _note_update(mapper: Any, connection: Any, row: Model) -> None:
    by_use = _BY_USE.get(row.__tablename__, set())
    state = inspect(row)
    names = {each.key for each in state.mapper.column_attrs} - by_use
    if any(state.attrs[name].history.has_changes() for name in names):
        _note(mapper, connection, row)


for _model in _COVERED:
    event.listen(_model, "after_insert", _note, propagate=True)
    event.listen(_model, "after_update", _note_update, propagate=True)
    event.listen(_model, "after_delete", _note, propagate=True)


def differing(current: dict[Subject, str], sealed: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
    """The first subject that is not what its latest seal says.

    Parameters
    ----------
    sealed : iterable of (str, str)
        How the audit names what was sealed, and the seal, in the order of the links.

    Returns
    -------
    (str, str) or None
        ``unsealed-access``, ``altered-access`` or ``missing-access``, and how the audit names it.
    """
    latest = dict(sealed)
    seals = {subject.record: seal for subject, seal in current.items()}
    for record, seal in sorted(seals.items()):
        if record not in latest:
            return "unsealed-access", record
        if latest[record] != seal:
            return "altered-access", record
    gone = sorted(record for record, seal in latest.items() if record not in seals and seal != GONE)
    return ("missing-access", gone[0]) if gone else None


def seals_for(session: Session, subjects: Sequence[Subject]) -> dict[Subject, str]:
    """The seals of some subjects as they are now; what is there no longer is sealed as gone."""
    return {each: current_seals(session, each).get(each, GONE) for each in subjects}
