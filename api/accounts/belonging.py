"""Which roles and units an account has, and how the audit is told of what was given and taken."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.access.auditing import audit_event
from api.store.account_tables import Account
from api.store.audit_chain import record_event


@dataclass(frozen=True)
class Belonging:
    """Which roles and units an account has."""

    roles: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    @classmethod
    def of(cls, account: Account) -> "Belonging":
        """What an account has now."""
        return cls(tuple(each.name for each in account.held_roles), tuple(each.unit_id for each in account.held_units))


def record_belonging(session: Session, account: Account, before: Belonging, after: Belonging, actor: str) -> None:
    """Record each role and unit that was given or taken. It stands as the kind, since it is no personal data."""
    changes = [
        *(("give_role", each) for each in after.roles if each not in before.roles),
        *(("take_role", each) for each in before.roles if each not in after.roles),
        *(("give_unit", each) for each in after.units if each not in before.units),
        *(("take_unit", each) for each in before.units if each not in after.units),
    ]
    for action, kind in changes:
        record_event(session, audit_event(action, kind, actor=actor, record=account.id))
