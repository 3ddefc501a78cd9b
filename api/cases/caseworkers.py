"""Who is responsible for a case and who works with them: taking a case, and who may be chosen."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.permission_table import the_permissions
from api.access.users import colleagues
from api.cases.event_kinds import CaseworkerAssigned
from api.store.schema import CaseSummary, CaseUnit
from instruments.faults import Fault, InputError

#: Whoever may do this may be responsible for a case: they keep its work going until it is closed.
CARRIES = "participation:write"


def eligible_caseworkers(session: Session, case_id: str) -> dict[str, str]:
    """Who may be responsible for a case: how they are called, by their accounts, in order of name."""
    units = select(CaseUnit.unit_id).where(CaseUnit.case_id == case_id)
    roles = next(each for each in the_permissions().actions if each.id == CARRIES).roles
    return colleagues(session, session.scalars(units), roles)


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
