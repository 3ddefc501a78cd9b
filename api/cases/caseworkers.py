"""Who is responsible for a case and who works with them: taking a case, and who may be chosen."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from api.access.permission_table import the_permissions
from api.access.users import colleagues
from api.cases.event_kinds import CaseworkerAssigned
from api.store.account_tables import Account, AccountRole, AccountUnit
from api.store.schema import CaseSummary, CaseUnit
from instruments.faults import Fault, InputError

#: Whoever may do this may be responsible for a case: they keep its work going until it is closed.
CARRIES = "participation:write"


def carrying_roles() -> Collection[str]:
    """The roles that carry cases."""
    return next(each for each in the_permissions().actions if each.id == CARRIES).roles.keys()


class Carriers:
    """Who carries cases, told apart by whether they do in every unit that is looked at.

    A case of these units is of a unit of a caseworker who carries cases in every one of them. Of one who carries cases
    in some of them, or in others alone, that has to be asked for each case.
    """

    def __init__(self, session: Session, units: Collection[str]) -> None:
        chosen = (
            select(Account.id, AccountUnit.unit_id)
            .join(AccountUnit, AccountUnit.account_id == Account.id)
            .join(AccountRole, AccountRole.account_id == Account.id)
            .where(Account.active, AccountRole.name.in_(carrying_roles()))
        )
        units_of: dict[str, set[str]] = {}
        for account, unit_id in session.execute(chosen):
            units_of.setdefault(account, set()).add(unit_id)
        self.everybody = set(units_of)
        #: Those of whom it has to be asked for each case.
        self.asked_by_case = {account for account, own in units_of.items() if not own.issuperset(units)}
        #: Whether the case is of no unit in which its caseworker carries cases.
        self.is_away = ~_is_of_unit_of_caseworker()
        is_away = and_(CaseSummary.caseworker.in_(self.asked_by_case), self.is_away)
        self.has_nobody = or_(CaseSummary.caseworker.not_in(self.everybody), is_away)


def _is_of_unit_of_caseworker() -> ColumnElement[bool]:
    unit = select(AccountUnit.unit_id).where(AccountUnit.account_id == CaseSummary.caseworker)
    return exists().where(CaseUnit.case_id == CaseSummary.case_id, CaseUnit.unit_id.in_(unit))


def eligible_caseworkers(session: Session, case_id: str) -> dict[str, str]:
    """Who may be responsible for a case: how they are called, by their accounts, in order of name."""
    units = select(CaseUnit.unit_id).where(CaseUnit.case_id == case_id)
    return colleagues(session, session.scalars(units), carrying_roles())


def require_colleagues(session: Session, case_id: str, assigned: CaseworkerAssigned) -> None:
    """Refuse somebody who has no open account in a unit of the case, or a role that does not carry cases.

    Raises
    ------
    InputError
        ``not-a-colleague``.
    """
    known = eligible_caseworkers(session, case_id)
    chosen = {"caseworker": assigned.caseworker, "co_worker": assigned.co_worker}
    faults = [Fault("not-a-colleague", f"/{name}") for name, account in chosen.items() if account not in (None, *known)]
    if faults:
        raise InputError(faults)


def taken_by(session: Session, case_id: str, account: str) -> dict[str, str | None]:
    """What is recorded when somebody takes a case: whoever works with the caseworker still does, if they can."""
    before = session.get_one(CaseSummary, case_id).co_worker
    stays = before != account and before in eligible_caseworkers(session, case_id)
    return {"caseworker": account, "co_worker": before if stays else None}
