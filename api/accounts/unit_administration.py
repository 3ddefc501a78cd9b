"""Setting up and renaming secrecy units: in the browser, from the command line and for the demo."""

import re

from api.access.auditing import audit_event
from api.accounts.names_and_addresses import AdministrationError, checked_name
from api.context.context import current_context
from api.store.audit_chain import record_event
from api.store.schema import SecrecyUnit

LONGEST_UNIT = 80
#: A unit is called by it in commands and addresses.
_UNIT = re.compile(rf"[^\W_][\w-]{{0,{LONGEST_UNIT - 1}}}")


def add_unit(unit: str, name: str, actor: str) -> bool:
    """Set up a secrecy unit, unless there is one of that name.

    Returns
    -------
    bool
        Whether it was set up now.

    Raises
    ------
    AdministrationError
    """
    if not _UNIT.fullmatch(unit):
        raise AdministrationError("bad-unit", most=LONGEST_UNIT)
    called = checked_name(name)
    with current_context().database.unit_of_work() as session:
        if session.get(SecrecyUnit, unit) is not None:
            return False
        session.add(SecrecyUnit(id=unit, name=called))
        session.flush()
        record_event(session, audit_event("make", "secrecy_unit", actor=actor))
    return True


def rename_unit(unit: str, name: str, actor: str) -> None:
    """Call a secrecy unit something else; what belongs to it stays as it is.

    Raises
    ------
    AdministrationError
    """
    called = checked_name(name)
    with current_context().database.unit_of_work() as session:
        if (renamed := session.get(SecrecyUnit, unit)) is None:
            raise AdministrationError("unknown-unit", name=unit)
        renamed.name = called
        record_event(session, audit_event("change", "secrecy_unit", actor=actor))
