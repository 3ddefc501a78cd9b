"""Asking what the young person and guardians think of the work: on paper, or on this device once it is handed over."""

from collections.abc import Mapping, Sequence

from flask import Response, abort, url_for

from api.access.actors import caller_unit
from api.access.caller import the_caller
from api.access.declarations import allowed
from api.access.handed_over import hand_over, leave_device_with
from api.access.sessions import end_session
from api.cases.case_file import open_file
from api.cases.experience.form import ask, read
from api.cases.experience.rules import RESPONDENTS, record_experience, require_respondent
from api.cases.forms import Form, Values, answer
from api.cases.frame import blueprint, library, page, posted, redirect_to, today, translator
from api.cases.journal import open_case
from api.cases.participation.rules import participations, stage_of
from api.context.context import current_context
from api.web.further_languages import family_languages, to_choose_among
from screening.experience import Respondent

Errors = Mapping[str, Sequence[str]]
_WHO = '<any("youth", "guardian"):respondent>'


@blueprint.get("/cases/<case_id>/experience")
@allowed("participation:write")
def experience(case_id: str) -> Response:
    """Show the ways in which the questions can be answered."""
    with caller_unit() as unit:
        case_file = open_file(unit, case_id)
        has_begun = stage_of(participations(unit.session, case_id)) != "before"
    asked, catalogue = library().experience_form(today()), current_context().catalogue
    return page(
        "experience.html",
        case=case_file.case,
        asked=asked,
        respondents=RESPONDENTS,
        offered=to_choose_among(catalogue, family_languages(catalogue), translator().language),
        has_begun=has_begun,
    )


@blueprint.post("/cases/<case_id>/experience")
@allowed("participation:write")
def hand_device_over(case_id: str) -> Response:
    """Log out, and leave this device with the questions and nothing else."""
    values, caller = posted(), the_caller()
    respondent, language = values.get("respondent", ""), values.get("language", "")
    offered = family_languages(current_context().catalogue)
    if caller.by != "session" or respondent not in RESPONDENTS or language not in offered:
        abort(400)
    with caller_unit() as unit:
        require_respondent(unit, open_case(unit, case_id, action="write"), respondent)
        asked = unit.library.experience_form(today())
        key = hand_over(unit.session, case_id, respondent, asked.reference, language)
    end_session(caller)
    leave_device_with(key)
    left = redirect_to("handed_over.form")
    left.headers["Clear-Site-Data"] = '"cache", "storage"'  # no page of the case is left to go back to
    return left


@blueprint.route(f"/cases/<case_id>/experience/{_WHO}", methods=["GET", "POST"])
@allowed("participation:write", plain=["respondent"])
def record_told(case_id: str, respondent: Respondent) -> Response:
    """Take in what was answered on paper."""
    with caller_unit() as unit:
        case_file = open_file(unit, case_id)
        asked = unit.library.experience_form(today())

    def show(values: Values, faults: Errors, status: int) -> Response:
        words = translator()
        form = Form(words, values, faults)
        form.add("day", "told_on", words.t("work.field.told_on"))
        ask(form, asked, respondent)
        return page(
            "experience_told.html",
            form=form,
            case=case_file.case,
            asked=asked,
            respondent=respondent,
            back=url_for("work.experience", case_id=case_id),
            status=status,
            has_form=True,
            words=words,
        )

    def save(values: Values) -> Response:
        about = {"told_on": values.get("told_on") or None, "told_by": respondent, "way": "paper"}
        with caller_unit() as unit:
            record_experience(unit, case_id, asked, {**about, **read(values)})
        return redirect_to("work.follow_up", case_id=case_id, done="recorded")

    return answer(show, save) if posted() else show({"told_on": today().isoformat()}, {}, 200)
