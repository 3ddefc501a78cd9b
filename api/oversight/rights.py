"""The rights of the person: what is recorded about them, to read; and what others may see of the case now."""

from flask import Response, json, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.accounts.actors import the_actor
from api.accounts.declarations import allowed
from api.keeping import the_records
from api.oversight.entry_words import EntryWords
from api.oversight.page import blueprint, page, say
from api.oversight.person_document import make_document
from api.pages.chrome import asked_language
from api.pages.speech import Speech
from api.problems import Problem
from api.records.consents import guardians_of
from api.records.extracts import Extract, extract, readers_of
from api.records.journal import open_case
from api.records.refusals import RuleError
from api.records.views import GUARDIAN, View, view_for, view_for_guardian
from api.records.work import working
from api.service import the_service
from api.store.account_tables import Account
from api.store.schema import Case
from screening.gate import YOUTH


@blueprint.get("/cases/<case_id>/extract")
@allowed("extract:make")
def extract_page(case_id: str) -> ResponseReturnValue:
    """Show the extract as a document, or ask whom it is for."""
    if "for" not in request.args:
        return _ask(case_id, "extract_choice.html")
    made, accounts = _extract(case_id)
    library, today = the_service().library, the_records().now().date()
    words = EntryWords(library, Speech(the_service().catalogue, asked_language()), today)
    document = make_document(made.data, accounts, words, library)
    return page("extract.html", data=made.data, document=document, left_out=made.left_out, case_id=case_id)


@blueprint.get("/cases/<case_id>/extract/download")
@allowed("extract:make")
def download_extract(case_id: str) -> ResponseReturnValue:
    """Give the extract as JSON."""
    made, _ = _extract(case_id)
    answer = Response(json.dumps(made.data, ensure_ascii=False, indent=1), mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="extract.json"'
    return answer


@blueprint.get("/cases/<case_id>/view")
@allowed("view:make")
def view_page(case_id: str) -> ResponseReturnValue:
    """Show what somebody outside may see now, as a document, or ask whom it is for."""
    asked = request.args.get("for")
    if asked is None:
        return _ask(case_id, "view_choice.html")
    view, reader = _view(case_id, asked)
    words = EntryWords(
        the_service().library, Speech(the_service().catalogue, asked_language()), the_records().now().date()
    )
    status = 200 if view.data is not None else 409
    return page(
        "view.html",
        view=view,
        reader=reader or words.person(asked),
        words_of=words,
        without_kind=_without_kind,
        case_id=case_id,
        status=status,
    )


def _view(case_id: str, asked: str) -> tuple[View, str]:
    records, actor, library = the_records(), the_actor(), the_service().library
    with working(records.database) as session:
        if asked.startswith(f"{GUARDIAN}:"):
            case = open_case(session, records.now(), actor, case_id)
            _guardian(session, case, asked)
            return view_for_guardian(session, records.now(), actor, case_id, asked), _called(asked)
        if asked not in library.consent_rules(records.now().date()).recipient_ids:
            raise Problem("not-found")
        return view_for(session, records.now(), actor, case_id, asked, library), ""


def _extract(case_id: str) -> tuple[Extract, dict[str, str]]:
    """The extract that is asked for, and the names of those who wrote in it.

    Raises
    ------
    Problem
        Kind ``not-found`` for a reader that is none.
    RuleError
        ``not-a-party`` for a guardian of somebody who is of age.
    """
    records, actor = the_records(), the_actor()
    asked = request.args.get("for", "")
    with working(records.database) as session:
        reader = asked
        if asked != YOUTH:
            reader = _guardian(session, open_case(session, records.now(), actor, case_id), asked)
        made = extract(session, records.now(), actor, case_id, reader, the_service().library)
        names = {row.id: row.name for row in session.execute(select(Account.id, Account.name))}
    return made, names


def _guardian(session: Session, case: Case, asked: str) -> str:
    """The reference of the guardian that an address names by number, since a reference may be a name.

    Raises
    ------
    Problem
        Kind ``not-found`` if there is no such guardian.
    RuleError
        ``not-a-party`` if the young person is of age: nobody is then a guardian.
    """
    known = guardians_of(session, case.id) or ()
    kind, _, number = asked.partition(":")
    places = {str(place + 1): place for place in range(len(known))}
    if kind != GUARDIAN or number not in places:
        raise Problem("not-found")
    if _guardians(session, case) == ():
        raise RuleError("not-a-party")
    return known[places[number]]


def _guardians(session: Session, case: Case) -> tuple[str, ...]:
    """Those guardians who may be told something: none once the young person is of age."""
    return readers_of(session, case, the_records().now().date(), the_service().library)[1:]


def _without_kind(event: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in event.items() if name != "kind"}


def _called(asked: str) -> str:
    return say("document.guardian", number=asked.partition(":")[2])


def _ask(case_id: str, template: str) -> Response:
    records, actor = the_records(), the_actor()
    today = records.now().date()
    with working(records.database) as session:
        case = open_case(session, records.now(), actor, case_id)
        guardians = _guardians(session, case)
    numbers = range(1, len(guardians) + 1)
    readers = [(f"{GUARDIAN}:{number}", say("document.guardian", number=number)) for number in numbers]
    recipients = the_service().library.consent_rules(today).recipients
    return page(template, case_id=case_id, reference=case.reference, readers=readers, recipients=recipients)
