"""The overview of units for whoever leads them: numbers and references, and the way to a case by a stated ground."""

from flask import Response, request
from sqlalchemy import select

from api.access.actors import caller_unit
from api.access.caller import the_caller
from api.access.declarations import allowed
from api.access.users import names_of
from api.cases.follow_up_limits import noticed_until
from api.cases.frame import blueprint, page, today
from api.cases.unit_overview import UnitOverview, overview_of
from api.store.audit_chain import record_event
from api.store.schema import SecrecyUnit


@blueprint.get("/unit-overview")
@allowed("unit:overview")
def unit_overview() -> Response:
    """Show how the work of one's units stands."""
    asked = request.args.get("unit", "")
    with caller_unit() as unit:
        own = unit.actor.units
        overview = overview_of(unit, {asked} if asked in own else own)
        record_event(unit.session, unit.event("list", "case"))
        names = names_of(unit.session, _accounts(overview))
        chosen = select(SecrecyUnit).where(SecrecyUnit.id.in_(own)).order_by(SecrecyUnit.name)
        units = [(each.id, each.name) for each in unit.session.scalars(chosen)]
    return page(
        "unit_overview.html",
        overview=overview,
        names=names,
        own_units=units,
        chosen=asked if asked in own else "",
        endpoint="accounts.ground" if the_caller().needs_ground else "work.case",
        may_open=the_caller().may("case:read"),
        today=today(),
        days=(noticed_until(today()) - today()).days,
    )


def _accounts(overview: UnitOverview) -> set[str]:
    lists = (overview.without, overview.due, overview.deviating, overview.consents, overview.standing)
    return {
        *(each.account for each in overview.workload if each.account),
        *(each.caseworker for references in lists for each in references.first),
    }
