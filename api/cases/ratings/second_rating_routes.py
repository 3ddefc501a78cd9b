"""Asking another person to rate the same material, unseen, and taking that back."""

from flask import Response
from sqlalchemy import select

from api.access.declarations import allowed
from api.access.permission_table import the_permissions
from api.cases.entry_schemas import EntrySchema
from api.cases.kind_schemas import body_of
from api.cases.kinds import SecondRatingRequested, SecondRatingWithdrawn
from api.cases.ratings.second_ratings import request_second_rating, withdraw_second_rating
from api.cases.register import units_of
from api.cases.repeating import IDEMPOTENCY_KEY, Made, create
from api.cases.request_handling import parts_of
from api.cases.routes import CASE, CASES
from api.cases.showing import entry_again, made_entry
from api.context.unit import Unit
from api.store.account_tables import Account, AccountRole, AccountUnit
from api.web.shape import Shape
from api.web.smorest import RestBlueprint
from instruments.faults import Fault, InputError

_ACTION = "assessment:rate_again"

blueprint = RestBlueprint(
    "second-ratings",
    __name__,
    url_prefix=CASES,
    description="Blind double rating: neither rater sees the other's assessment until both have signed.",
)


@blueprint.post(f"{CASE}/second-rating-requests")
@allowed("assessment:write")
@blueprint.arguments(body_of("SecondRatingRequested", SecondRatingRequested))
@blueprint.response(201, EntrySchema)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="requestSecondRating", parameters=[IDEMPOTENCY_KEY])
def ask(shape: Shape, case_id: str) -> Response:
    """Ask another person for a second rating

    That person begins it at `second-rating-drafts`, and sees nothing of the first one until both are signed.
    """  # noqa: D400 -- the first line is a heading in the documentation
    sent = parts_of(shape)

    def make(unit: Unit) -> Made:
        faults = [Fault("unknown-key", f"/{name[:80]}", {"name": name[:80]}) for name in sent if name != "rater"]
        rater = sent.get("rater")
        if not isinstance(rater, str) or not _may_rate(unit, case_id, rater):
            faults.append(Fault("unknown-rater", "/rater"))
        if faults:
            raise InputError(faults)
        return made_entry(request_second_rating(unit, case_id, str(rater)))

    return create(sent, make, entry_again)


@blueprint.post(f"{CASE}/second-rating-requests/<string(length=32):entry_id>/withdrawal")
@allowed(_ACTION)
@blueprint.arguments(body_of("SecondRatingWithdrawn", SecondRatingWithdrawn))
@blueprint.response(201, EntrySchema)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="withdrawSecondRatingRequest", parameters=[IDEMPOTENCY_KEY])
def withdraw(shape: Shape, case_id: str, entry_id: str) -> Response:
    """Withdraw a request for a second rating

    By whoever made it, or whoever was asked and declines. Their draft is discarded, and they may see the assessment.
    """  # noqa: D400 -- the first line is a heading in the documentation
    sent = parts_of(shape)

    def make(unit: Unit) -> Made:
        return made_entry(withdraw_second_rating(unit, case_id, entry_id, sent))

    return create(sent, make, entry_again)


def _may_rate(unit: Unit, case_id: str, account: str) -> bool:
    """Whether an account is open, may rate a second time, and belongs to a unit that sees the case."""
    units = units_of(unit.session, case_id)
    is_there = (
        select(Account.id)
        .join(AccountUnit, AccountUnit.account_id == Account.id)
        .where(Account.id == account, Account.active, AccountUnit.unit_id.in_(units))
    )
    roles = select(AccountRole.name).where(AccountRole.account_id == account)
    if unit.session.scalars(is_there).first() is None:
        return False
    return _ACTION in the_permissions().actions_of(unit.session.scalars(roles).all())
