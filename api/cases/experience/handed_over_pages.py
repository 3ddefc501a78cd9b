"""The questions on a device that was handed over: nothing of the case, no menu, and no way on but logging in again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for

from api.access.actors import actor_of
from api.access.caller import Caller
from api.access.declarations import allowed
from api.access.handed_over import HandedOver, handed_over, is_sent_first, who_handed_over
from api.access.units import OutOfReachError, require_access
from api.cases.experience.form import ask, read
from api.cases.experience.rules import record_experience
from api.cases.forms import Form, Values, answer
from api.cases.frame import now, today, translator
from api.cases.journal import lock_case, open_case
from api.context.context import current_context
from api.frame.expiry import page_to_log_in
from api.web.further_languages import direction_of
from instruments.text import FALLBACK
from screening.experience import ExperienceForm

blueprint = Blueprint("handed_over", __name__, url_prefix="/handed-over")
Errors = Mapping[str, Sequence[str]]
_NEEDED = "participation:write"


@blueprint.get("")
@allowed("public")
def form() -> Response:
    """Show the questions."""
    known = handed_over()
    if known is None:
        return _lead("accounts.log_in")
    if known.ended_at is not None:
        return _lead("handed_over.thanks")
    if now() >= known.until:
        return _bare("ended.html", known)
    return _show(known, {}, {}, 200)


@blueprint.post("")
@allowed("public")
def send() -> Response:
    """Take the answers, once."""
    known = handed_over()
    if known is None:
        return _lead("accounts.log_in")
    if known.ended_at is not None:
        return _lead("handed_over.thanks")
    holder = who_handed_over(known)
    caller = _with_reach(holder[0], known.case) if holder else None
    if holder is None or caller is None or now() >= known.until:
        # What was written is not lost: whoever handed the device over logs in and records it as answered on paper.
        path = url_for("work.record_told", case_id=known.case, respondent=known.told_by)
        return page_to_log_in(path, holder[1] if holder else None)

    g.language = known.language

    def show(values: Values, faults: Errors, status: int) -> Response:
        return _show(known, values, faults, status)

    def save(values: Values) -> Response:
        about = {"told_on": today().isoformat(), "told_by": known.told_by, "way": "screen"}
        with current_context().open_unit(actor_of(caller)) as unit:
            # the case first, as whatever removes it does
            lock_case(unit.session, open_case(unit, known.case, action="write"))
            if is_sent_first(unit.session, known):
                record_experience(unit, known.case, _asked(known), {**about, **read(values)})
        return _lead("handed_over.thanks")

    return answer(show, save)


@blueprint.get("/thanks")
@allowed("public")
def thanks() -> Response:
    """Say that the answers are in, and ask for the device back."""
    known = handed_over()
    if known is None:
        return _lead("accounts.log_in")
    return _bare("thanks.html", known) if known.ended_at is not None else _lead("handed_over.form")


def _with_reach(caller: Caller, case: str) -> Caller | None:
    """Whoever handed the device over, if they may still record in the case."""
    if not caller.may(_NEEDED):
        return None
    try:
        with current_context().database.looking() as looking:
            return replace(caller, ground=require_access(looking, caller, case))
    except OutOfReachError:
        return None


def _asked(known: HandedOver) -> ExperienceForm:
    return current_context().library.experience_form(date.max, known.definition)


def _show(known: HandedOver, values: Values, faults: Errors, status: int) -> Response:
    g.language = known.language
    words, asked = translator(), _asked(known)
    made = Form(words, values, faults)
    ask(made, asked, known.told_by)
    lead = asked.lead.to(known.told_by)
    return _bare("form.html", known, status, form=made, title=asked.title, lead=lead, is_sent=request.method == "POST")


def _bare(template: str, known: HandedOver, status: int = 200, **values: object) -> Response:
    g.language = known.language
    context, words = current_context(), translator()
    policy = context.policies.languages_on(today()).content
    is_reviewed = known.language == FALLBACK or policy.is_reviewed(known.language, known.definition)
    page = render_template(
        f"handed_over/{template}",
        w=words,
        t=words.t,  # what is put together of the parts of other pages is said in the language of this one
        direction=direction_of(context.catalogue, known.language),
        is_translation_reviewed=is_reviewed,
        **values,
    )
    return make_response(page, status)


def _lead(endpoint: str) -> Response:
    return redirect(url_for(endpoint), 303)  # type: ignore[return-value]  # Flask's own kind
