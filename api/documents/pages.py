"""Documents of a case: on the screen, on paper and as PDF. Each one that is made is recorded in the audit log."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, g, make_response, render_template, request, url_for

from api.access.actors import caller_unit
from api.access.caller import the_caller
from api.access.declarations import allowed
from api.cases.age import is_under_age
from api.cases.consents.rules import guardians_of
from api.cases.journal import entries, open_case
from api.cases.ratings.blind_rating import seen_by
from api.context.context import current_context
from api.context.unit import Unit
from api.disclosure.knowledge import feedback_texts
from api.disclosure.readers import readers_of, recipient_reader
from api.documents.case_papers import Paper, head_of, make_paper, moment
from api.documents.document import ENTRY_KINDS, IN_FURTHER_LANGUAGES, Document, Kind
from api.documents.family_papers import Sheet, make_consent_form, make_experience_form, make_feedback, read_sheet
from api.documents.plan_papers import make_family_plan, make_network_plan, read_plan, sharing_of_plan
from api.frame.accounts import language_of_page
from api.store.refusals import RuleError
from api.store.schema import Entry
from api.web.further_languages import (
    direction_of,
    direction_of_text,
    family_languages,
    to_choose_among,
    translator_of,
)
from api.web.pdf import PdfUnavailableError, as_pdf, stylesheet_of_documents
from api.web.plain_text import as_plain_text
from api.web.smorest import refuse_cut_body
from api.web.translator import Translator
from instruments.messages import LANGUAGES
from instruments.text import FALLBACK

blueprint = Blueprint("documents", __name__, url_prefix="/cases/<case_id>/documents")
#: Documents for professionals, which are of one entry of the case.
_KINDS = '<any("assessment", "recommendation"):document>'
#: Of the digest, in the name of a file.
_SHOWN_DIGITS = 8
Make = Callable[[Unit], Paper]


@blueprint.before_request
def _choose_language() -> None:
    g.language = language_of_page()


@blueprint.get("")
@allowed("case:read")
def index(case_id: str) -> str:
    """What documents can be made of a case."""
    catalogue = current_context().catalogue
    with caller_unit() as unit:
        library, today = unit.library, unit.now.date()
        case = open_case(unit, case_id)
        recorded = entries(unit.session, case_id)
        readers = readers_of(case, recorded, today, library)
        sheets = [read_sheet(unit, case_id, reader) for reader in readers]
        plans = [(reader, read_plan(unit, case_id, reader)) for reader in readers]
        outside = [recipient_reader(each, today, library) for each in library.consent_rules(today).recipient_ids]
        network = [
            (reader.code, sharing_of_plan(unit, case, reader))
            for reader in outside
            if read_plan(unit, case_id, reader).plan is not None
        ]
        shown = seen_by(unit.session, case_id, recorded, unit.actor.id)
        papers = {kind: _listed(shown, kinds) for kind, kinds in ENTRY_KINDS.items()}
        return render_template(
            "documents/index.html",
            case_id=case_id,
            head=head_of(unit.session, case_id),
            papers=papers,
            sheets=sheets,
            plans=plans,
            network=network,
            hides_assessment=any(_assessment_of(each) != _assessment_of(sheets[0]) for each in sheets),
            are_guardians_known=guardians_of(unit.session, case_id) is not None,
            is_under_age=is_under_age(case, recorded, today, library),
            recipients=library.consent_rules(today).recipients,
            languages=to_choose_among(catalogue, LANGUAGES, g.language),
            further_languages=to_choose_among(catalogue, family_languages(catalogue), g.language),
            left_out=feedback_texts().not_for_guardians,
            moment=moment,
        )


def _assessment_of(sheet: Sheet) -> str | None:
    return sheet.assessment.id if sheet.assessment else None


def _listed(shown: list[Entry], kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """The entries that a document can be made of, the latest first."""
    return [
        {"id": entry.id, "kind": entry.kind, "made_at": moment(entry.made_at)}
        for entry in reversed(shown)
        if entry.kind in kinds
    ]


@blueprint.get(f"/{_KINDS}")
@allowed("document:make", plain=["document"])
def latest_paper(case_id: str, document: Kind) -> Response:
    """Show the document of the latest assessment or screening, ready to print."""
    return _show(
        document, partial(make_paper, case_id=case_id, kind=document, entry_id=None, context=current_context()), case_id
    )


@blueprint.get(f"/{_KINDS}.pdf")
@allowed("document:make", plain=["document"])
def latest_paper_as_pdf(case_id: str, document: Kind) -> Response:
    """Answer with the document of the latest assessment or screening as PDF."""
    make = partial(make_paper, case_id=case_id, kind=document, entry_id=None, context=current_context())
    return _download(
        document, make, url_for(".latest_paper", case_id=case_id, document=document, language=_language(document))
    )


@blueprint.get(f"/{_KINDS}/<entry_id>")
@allowed("document:make", plain=["document"])
def paper(case_id: str, document: Kind, entry_id: str) -> Response:
    """Show the document of one assessment or screening, ready to print."""
    make = partial(make_paper, case_id=case_id, kind=document, entry_id=entry_id, context=current_context())
    return _show(document, make, case_id)


@blueprint.get(f"/{_KINDS}/<entry_id>.pdf")
@allowed("document:make", plain=["document"])
def paper_as_pdf(case_id: str, document: Kind, entry_id: str) -> Response:
    """Answer with the document of one assessment or screening as PDF."""
    make = partial(make_paper, case_id=case_id, kind=document, entry_id=entry_id, context=current_context())
    address = url_for(".paper", case_id=case_id, document=document, entry_id=entry_id, language=_language(document))
    return _download(document, make, address)


@blueprint.get(f"/{_KINDS}/text")
@allowed("document:make", plain=["document"])
def latest_paper_as_text(case_id: str, document: Kind) -> str:
    """Show the document of the latest assessment or screening as text to copy."""
    make = partial(make_paper, case_id=case_id, kind=document, entry_id=None, context=current_context())
    return _text(document, make, case_id)


@blueprint.get(f"/{_KINDS}/<entry_id>/text")
@allowed("document:make", plain=["document"])
def paper_as_text(case_id: str, document: Kind, entry_id: str) -> str:
    """Show the document of one assessment or screening as text to copy."""
    make = partial(make_paper, case_id=case_id, kind=document, entry_id=entry_id, context=current_context())
    return _text(document, make, case_id)


@blueprint.post("/feedback")
@allowed("family_document:make")
def feedback(case_id: str) -> Response:
    """Show the feedback sheet of one reader, or answer with it as PDF.

    It is posted, since it is given to somebody: no link that is followed, and no page that is fetched ahead, does that.
    """
    make = partial(make_feedback, case_id=case_id, code=request.form.get("reader", ""), language=_language("feedback"))
    return _posted("feedback", make, case_id)


@blueprint.post("/consent")
@allowed("family_document:make")
def consent(case_id: str) -> Response:
    """Show the consent form towards one recipient, or answer with it as PDF.

    It is posted, since an address that names a recipient beside a case would tell of care that somebody may have.
    """
    recipient = request.form.get("recipient", "")
    make = partial(make_consent_form, case_id=case_id, recipient=recipient, language=_language("consent"))
    return _posted("consent", make, case_id)


@blueprint.post("/plan")
@allowed("family_document:make")
def plan(case_id: str) -> Response:
    """Show the action plan for the young person or a guardian, or answer with it as PDF. Posted, as feedback is."""
    return _posted("plan", partial(make_family_plan, case_id=case_id, code=request.form.get("reader", "")), case_id)


@blueprint.post("/network-plan")
@allowed("view:make")
def network_plan(case_id: str) -> Response:
    """Show what one of the network is told of the action plan, or answer with it as PDF. It is posted as a view is."""
    make = partial(make_network_plan, case_id=case_id, recipient=request.form.get("recipient", ""))
    return _posted("network_plan", make, case_id)


@blueprint.post("/experience")
@allowed("family_document:make")
def experience(case_id: str) -> Response:
    """Show the questions on the work as a paper for the young person or a guardian, or answer with it as PDF."""
    respondent = request.form.get("respondent", "")
    make = partial(make_experience_form, case_id=case_id, respondent=respondent, language=_language("experience"))
    return _posted("experience", make, case_id, readable=url_for("work.experience", case_id=case_id))


def _posted(kind: Kind, make: Make, case_id: str, *, readable: str | None = None) -> Response:
    """A document that is posted for, as a page or as PDF; where it may not leave, a page that says why."""
    refuse_cut_body(request)
    form = request.form.get("form", "page")
    try:
        if form == "pdf":
            return _download(kind, make, readable or url_for(".index", case_id=case_id))
        return _show(kind, make, case_id) if form == "page" else abort(400)
    except RuleError as error:
        return make_response(render_template("documents/stopped.html", case_id=case_id, code=error.code), 409)


def _language(kind: Kind) -> str:
    """The language of the document: the one that is asked for, else that of the page."""
    asked = request.values.get("language", "")
    offered = family_languages(current_context().catalogue) if kind in IN_FURTHER_LANGUAGES else LANGUAGES
    return asked if asked in offered else str(g.language)


def _made(kind: Kind, make: Make) -> Document:
    with caller_unit() as unit:
        made = make(unit)
    return Document(kind, _language(kind), made.data, the_caller().name, unit.now, made.is_hidden_from_guardians)


def _page(document: Document, *, case_id: str | None = None) -> str:
    """A document as a page; with links around it where ``case_id`` says which case they lead to."""
    context = current_context()
    translator = translator_of(context.catalogue, document.language)
    return render_template(
        f"documents/{document.kind}.html",
        document=document,
        data=document.data,
        made_at=moment(document.made_at),
        t=translator.t,
        say=translator.say,
        translator=translator,
        language=document.language,
        direction=direction_of(context.catalogue, document.language),
        direction_of_text=direction_of_text,
        is_translation_reviewed=_is_reviewed(document),
        around=Translator(context.catalogue, g.language),
        case_id=case_id,
    )


def _is_reviewed(document: Document) -> bool:
    """Whether somebody who speaks the language has read the paper's words; Swedish is what they are written in."""
    if document.kind not in IN_FURTHER_LANGUAGES or document.language == FALLBACK:
        return True
    policy = current_context().policies.languages_on(current_context().today()).content
    return policy.is_reviewed(document.language, document.data["texts"])


def _show(kind: Kind, make: Make, case_id: str) -> Response:
    return make_response(_page(_made(kind, make), case_id=case_id))


def _text(kind: Kind, make: Make, case_id: str) -> str:
    """A document as plain text, with a button that copies it: it is pasted into the municipality's own case system."""
    document = _made(kind, make)
    text = as_plain_text(_page(document))
    return render_template("documents/journal_text.html", document=document, text=text, case_id=case_id)


def _download(kind: Kind, make: Make, readable: str) -> Response:
    """The PDF; where this machine cannot make one, a page that leads to what can be printed instead."""
    document = _made(kind, make)
    try:
        made = as_pdf(_page(document), stylesheet_of_documents())
    except PdfUnavailableError:
        return make_response(render_template("documents/no_pdf.html", readable=readable), 503)
    answer = Response(made, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=file_name(document))
    return answer


def file_name(document: Document) -> str:
    """What a document is called as a file: its kind and for whom, never of whom.

    It ends with the beginning of the document's digest, which stands on each of its pages: two that say different
    things have different names, and a file is known by its paper.
    """
    is_family = document.kind in ("feedback", "plan")
    kind = f"{document.kind}.{document.data['reader']}" if is_family else document.kind
    name = current_context().catalogue.text(f"document.file.{kind}", document.language)
    return f"{name}-{moment(document.made_at)[:10]}-{document.sha256[:_SHOWN_DIGITS]}.pdf"
