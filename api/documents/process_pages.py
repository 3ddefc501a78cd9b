"""How the work of a unit went in half a year, for its manager and those who steer: a page, a paper and a PDF."""

from typing import Any

from flask import Blueprint, Response, abort, g, make_response, render_template, request, url_for
from sqlalchemy import select

from api.access.actors import caller_unit
from api.access.caller import the_caller
from api.access.declarations import allowed
from api.cases.process.evaluation import HalfYear, evaluate, finished_half_years
from api.context.context import current_context
from api.context.unit import Unit
from api.documents.case_papers import moment
from api.documents.document import Document
from api.documents.pages import file_name
from api.frame.accounts import language_of_page
from api.store.audit_chain import record_event
from api.store.schema import SecrecyUnit
from api.web.pdf import PdfUnavailableError, as_pdf, stylesheet_of_documents
from api.web.translator import Translator

blueprint = Blueprint("process", __name__, url_prefix="/unit-process")
#: So many half-years can be chosen.
_CHOSEN_FROM = 6


@blueprint.before_request
def _choose_language() -> None:
    g.language = language_of_page()


@blueprint.get("")
@allowed("unit:overview")
def show() -> str:
    """Show the evaluation of one of one's units, ready to print."""
    document, choices = _made()
    return _page(document, choices=choices)


@blueprint.get("/pdf")
@allowed("unit:overview")
def show_as_pdf() -> Response:
    """Answer with the evaluation as PDF."""
    document, choices = _made()
    try:
        made = as_pdf(_page(document), stylesheet_of_documents())
    except PdfUnavailableError:
        readable = url_for(".show", **choices["chosen"])
        return make_response(render_template("documents/no_pdf.html", readable=readable), 503)
    answer = Response(made, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=file_name(document))
    return answer


def _made() -> tuple[Document, dict[str, Any]]:
    with caller_unit() as unit:
        units = _own_units(unit)
        periods = finished_half_years(unit.now.date(), _CHOSEN_FROM)
        of, period = _chosen(units, periods)
        data = {"unit": units[of], **evaluate(unit, of, period)}
        record_event(unit.session, unit.event("export", "process_document"))
    document = Document("process", str(g.language), data, the_caller().name, unit.now)
    chosen = {"unit": of, "period": period.name}
    return document, {"units": units, "periods": periods, "chosen": chosen}


def _own_units(unit: Unit) -> dict[str, str]:
    chosen = select(SecrecyUnit).where(SecrecyUnit.id.in_(unit.actor.units)).order_by(SecrecyUnit.name)
    return {each.id: each.name for each in unit.session.scalars(chosen)}


def _chosen(units: dict[str, str], periods: tuple[HalfYear, ...]) -> tuple[str, HalfYear]:
    """What the address asks for; the first unit and the latest period where it asks for nothing."""
    if not units:
        abort(404)
    of = request.args.get("unit", next(iter(units)))
    period = next((each for each in periods if each.name == request.args.get("period", periods[0].name)), None)
    if of not in units or period is None:
        abort(404)
    return of, period


def _page(document: Document, *, choices: dict[str, Any] | None = None) -> str:
    translator = Translator(current_context().catalogue, document.language)
    return render_template(
        "documents/process.html",
        document=document,
        data=document.data,
        made_at=moment(document.made_at),
        t=translator.t,
        say=translator.say,
        translator=translator,
        language=document.language,
        choices=choices,
        on_screen=choices is not None,
        is_translation_reviewed=True,  # it is for professionals, in the two languages in which everything is said
    )
