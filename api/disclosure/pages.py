"""The rights of the person: what is recorded about them, to read; and what others may see of the case now.

Both are given in three steps: for whom, what would be given and on what ground, and then the document. Only the last is
a disclosure, it is posted, and it alone is recorded in the audit log as one. Readers stand in no address.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, json
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from api.access.actors import caller_unit
from api.access.declarations import allowed
from api.audit.reads import proven_reads
from api.cases.age import is_under_age
from api.cases.consents.rules import Sharing, guardians_among, sharing_among
from api.cases.journal import entries, open_case
from api.context.context import current_context
from api.context.unit import Unit
from api.disclosure.entry_words import EntryWords
from api.disclosure.extracts import extract, read_extract
from api.disclosure.person_document import make_document
from api.disclosure.readers import YOUNG_PERSON, Reader, find_reader, kept_from_guardians, readers_of, recipient_reader
from api.disclosure.views import read_view, view_for
from api.frame.accounts import read_form
from api.frame.oversight import blueprint, page, say
from api.frame.pages import asked_language
from api.store.account_tables import Account
from api.store.refusals import NotFoundError
from api.store.schema import Case, Entry
from api.store.transactions import record_refusals_as
from api.web.problems import Problem
from api.web.translator import Translator

#: What a form asks for: to see what would be given, or to give it as a page or as a file.
_SEE, _PAGE, _FILE = "see", "page", "file"


@dataclass(frozen=True)
class Choice:
    """Somebody to choose as the reader, and where the consents stand for one who needs them."""

    reader: Reader
    sharing: Sharing | None = None


@blueprint.get("/cases/<case_id>/extract")
@allowed("extract:make")
def extract_page(case_id: str) -> ResponseReturnValue:
    """Ask whom an extract is for."""
    with caller_unit() as unit:
        case, recorded = _open(unit, case_id)
        readers = readers_of(case, recorded, _today(), unit.library)
        return page("extract_choice.html", readers=readers, **_about(case, recorded))


@blueprint.post("/cases/<case_id>/extract")
@allowed("extract:make")
def make_extract(case_id: str) -> ResponseReturnValue:
    """Tell what an extract would hold, or give it as a document or as JSON."""
    context = current_context()
    asked = read_form("for", "form")
    if asked["form"] not in (_SEE, _PAGE, _FILE):
        raise Problem("bad-request")
    with caller_unit() as unit:
        refused = unit.event("export", "extract", case=case_id, record=case_id, outcome="refused")
        with record_refusals_as(refused):
            case, recorded = _open(unit, case_id)
            reader = find_reader(case, recorded, asked["for"], _today(), context.library)
        if asked["form"] == _SEE:
            would = read_extract(unit, case, reader)
            return page("extract_ask.html", for_whom=reader, extract=would, **_about(case, recorded))
        made = extract(unit, case_id, reader)
        if asked["form"] == _FILE and reader == YOUNG_PERSON:
            made.data.update(proven_reads(unit.session, case_id, context.settings.checkpoints))
        people = {row.id: row.name for row in unit.session.execute(select(Account.id, Account.name))}
    if asked["form"] == _FILE:
        answer = Response(json.dumps(made.data, ensure_ascii=False, indent=1), mimetype="application/json")
        name = f"{say('document.file.extract_' + reader.kind)}-{_today()}.json"
        answer.headers.set("Content-Disposition", "attachment", filename=name)
        return answer
    kept = kept_from_guardians() if reader.is_guardian else frozenset()
    words = _words(people=people, guardians=_guardians_in(made.data["entries"]), kept_back=kept)
    document = make_document(made.data, people, words, context.library)
    return page("extract.html", data=made.data, document=document, case_id=case_id)


@blueprint.get("/cases/<case_id>/view")
@allowed("view:make")
def view_page(case_id: str) -> ResponseReturnValue:
    """Ask whom a view is for, with where the consents stand for each."""
    library, today = current_context().library, _today()
    with caller_unit() as unit:
        case, recorded = _open(unit, case_id)
        guardians = [Choice(each) for each in readers_of(case, recorded, today, library) if each.is_guardian]
        others = [
            Choice(recipient_reader(each, today, library), sharing_among(case, recorded, each, today, library))
            for each in library.consent_rules(today).recipient_ids
        ]
        return page("view_choice.html", guardians=guardians, others=others, **_about(case, recorded))


@blueprint.post("/cases/<case_id>/view")
@allowed("view:make")
def make_view(case_id: str) -> ResponseReturnValue:
    """Tell what a view would hold and on whose consent, or give it as a document."""
    asked = read_form("for", "form")
    if asked["form"] not in (_SEE, _PAGE):
        raise Problem("bad-request")
    with caller_unit() as unit:
        refused = unit.event("export", "view", case=case_id, record=case_id, outcome="refused")
        with record_refusals_as(refused):
            case, recorded = _open(unit, case_id)
            reader = _view_reader(case, recorded, asked["for"])
        is_given = asked["form"] == _PAGE
        view = view_for(unit, case_id, reader) if is_given else read_view(unit, case, reader)
        about = _about(case, recorded)
    if view.data is None:
        return page("view_refused.html", for_whom=reader, view=view, status=409 if is_given else 200, **about)
    if not is_given:
        return page("view_ask.html", for_whom=reader, view=view, **about)
    words = _words(guardians=guardians_among(recorded) or (), numbers_guardians=False)
    return page("view.html", for_whom=reader, view=view, case_id=case_id, words_of=words)


def _open(unit: Unit, case_id: str) -> tuple[Case, Sequence[Entry]]:
    case = open_case(unit, case_id)
    return case, entries(unit.session, case_id)


def _view_reader(case: Case, recorded: Sequence[Entry], code: str) -> Reader:
    """A guardian, or somebody outside: the young person is given an extract."""
    library, today = current_context().library, _today()
    try:
        return recipient_reader(code, today, library)
    except NotFoundError:
        reader = find_reader(case, recorded, code, today, library)
    if not reader.is_guardian:
        raise NotFoundError
    return reader


def _about(case: Case, recorded: Sequence[Entry]) -> dict[str, Any]:
    return {
        "case_id": case.id,
        "reference": case.reference,
        "is_under_age": is_under_age(case, recorded, _today(), current_context().library),
        "words_of": _words(guardians=guardians_among(recorded) or ()),
    }


def _words(
    *,
    people: dict[str, str] | None = None,
    guardians: Sequence[str] = (),
    numbers_guardians: bool = True,
    kept_back: frozenset[str] = frozenset(),
) -> EntryWords:
    translator = Translator(current_context().catalogue, asked_language())
    return EntryWords(
        current_context().library,
        translator,
        _today(),
        guardians=guardians,
        numbers_guardians=numbers_guardians,
        people=people,
        kept_back=kept_back,
    )


def _guardians_in(seen: Sequence[dict[str, object]]) -> Sequence[str]:
    """The guardians as the reader of an extract knows them, by whom they are numbered."""
    last = next((each["content"] for each in reversed(seen) if each["kind"] == "guardians"), None)
    return last["guardians"] if isinstance(last, dict) else ()


def _today() -> date:
    return current_context().now().date()
