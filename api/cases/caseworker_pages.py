"""Taking a case by one button; handing it over is a page of its own, made from its kind of entry."""

from flask import Response

from api.access.actors import caller_unit
from api.access.declarations import allowed
from api.cases.caseworkers import taken_by
from api.cases.event_kinds import CaseworkerAssigned
from api.cases.events import record
from api.cases.frame import blueprint, redirect_to


@blueprint.post("/cases/<case_id>/take")
@allowed("case:assign")
def take(case_id: str) -> Response:
    """Record that whoever asks is responsible for the case from now on."""
    with caller_unit() as unit:
        record(unit, case_id, CaseworkerAssigned.KIND, taken_by(unit.session, case_id, unit.actor.id))
    return redirect_to("work.case", case_id=case_id, done="taken")
