"""A second rating: asking somebody for it, and taking that back."""

from collections.abc import Mapping, Sequence

from flask import Response, abort
from flask import request as sent

from api.access.actors import caller_unit
from api.access.declarations import allowed
from api.access.permission_table import the_permissions
from api.access.users import colleagues
from api.cases.case_file import open_file
from api.cases.forms import Form, Values, answer, without_blanks
from api.cases.frame import actor, blueprint, page, redirect_to, translator
from api.cases.ratings import rating_pages as rating
from api.cases.ratings.blind_rating import REQUESTED
from api.cases.ratings.second_ratings import request_second_rating, withdraw_second_rating
from api.evaluation.fields import Choice
from api.store.schema import Entry
from instruments.faults import Fault, InputError

Errors = Mapping[str, Sequence[str]]


@blueprint.route("/cases/<case_id>/second-rating", methods=["GET", "POST"])
@allowed("assessment:write")
def ask_second(case_id: str) -> Response:
    """Ask somebody to rate the same material, unseen."""
    with caller_unit() as unit:
        case_file = open_file(unit, case_id)
        roles = next(each for each in the_permissions().actions if each.id == rating.ACTION).roles
        people = colleagues(unit.session, [case_file.case.unit_id], roles)
    people.pop(actor().id, None)

    def show(values: Values, faults: Errors, status: int) -> Response:
        words = translator()
        form = Form(words, values, faults)
        form.add("choice", "rater", words.t("work.field.rater"), choices=[Choice(*each) for each in people.items()])
        return page("second.html", form=form, case=case_file.case, status=status, has_form=True, words=words)

    def save(values: Values) -> Response:
        rater = values.get("rater", "")
        if rater not in people:
            raise InputError([Fault("missing-key", "/rater", {"name": "rater"})])
        with caller_unit() as unit:
            request_second_rating(unit, case_id, rater)
        return redirect_to("work.case", case_id=case_id, done="asked")

    return answer(show, save) if sent.method == "POST" else show({}, {}, 200)


@blueprint.route("/second-ratings/<entry_id>/withdraw", methods=["GET", "POST"])
@allowed(rating.ACTION)
def withdraw_request(entry_id: str) -> Response:
    """Say that nobody waits for a second rating any more, and why."""
    with caller_unit() as unit:
        request = unit.session.get(Entry, entry_id)
        if request is None or request.kind != REQUESTED:
            abort(404)
        case_file = open_file(unit, request.case_id)

    def show(values: Values, faults: Errors, status: int) -> Response:
        words = translator()
        form = Form(words, values, faults)
        form.add("long", "reasons", words.t("work.second.reasons"), help=words.t("work.second.reasons_help"))
        rater = case_file.who(request.content["rater"])
        return page(
            "second_withdraw.html",
            form=form,
            case=case_file.case,
            rater=rater,
            is_own=request.content["rater"] == actor().id,
            status=status,
            has_form=True,
            words=words,
        )

    def save(values: Values) -> Response:
        with caller_unit() as unit:
            stated = without_blanks(values, "reasons")
            withdraw_second_rating(unit, request.case_id, request.id, stated)
        return redirect_to("work.case", case_id=request.case_id, done="request_withdrawn")

    return answer(show, save) if sent.method == "POST" else show({}, {}, 200)
