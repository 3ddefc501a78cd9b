"""Taking a case by one button; handing it over is a page of its own, made from its kind of entry."""

from flask import Response

from api.access.actors import caller_unit
from api.access.declarations import allowed
from api.cases.caseworkers import taken_by
from api.cases.event_kinds import CaseworkerAssigned
from api.cases.events import record
from api.cases.frame import blueprint, redirect_to
from api.web.problems import invalid_input
from instruments.faults import InputError


@blueprint.post("/cases/<case_id>/take")
@allowed("case:assign")
def take(case_id: str) -> Response:
    """Record that whoever asks is responsible for the case from now on.

    Raises
    ------
    Problem
        Kind ``invalid-input`` for somebody who may only hand cases over, as a decider: the page shows them no button.
    """
    try:
        with caller_unit() as unit:
            record(unit, case_id, CaseworkerAssigned.KIND, taken_by(unit.session, case_id, unit.actor.id))
    except InputError as error:
        raise invalid_input(error.faults) from None
    return redirect_to("work.case", case_id=case_id, done="taken")
