"""Recording how a case came and went on: each kind of entry has a form of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import Response, abort, url_for
from sqlalchemy.orm import Session

from api.access.actors import caller_unit
from api.access.caller import the_caller
from api.access.declarations import allowed
from api.cases import event_forms
from api.cases.case_file import CaseFile, open_file
from api.cases.caseworkers import eligible_caseworkers
from api.cases.events import record
from api.cases.forms import Form, Values, answer
from api.cases.frame import blueprint, page, posted, redirect_to, today, translator
from api.cases.journal import latest
from api.cases.kinds import RECORDABLE
from api.cases.participation_kinds import PARTICIPATION, NetworkMeeting
from api.cases.plans.follow_up_form import ask_of_measures, read_measures
from api.cases.plans.kinds import MeasuresFollowedUp
from api.cases.plans.pages import plan_words
from api.cases.plans.rules import plan_among
from api.cases.recorded_kinds import Part, RecordedContent, parts_of_kind
from api.cases.register import units_of
from api.context.unit import Unit
from api.evaluation.fields import Choice
from api.store.schema import Entry
from instruments.faults import Fault, InputError
from screening.gate import YOUTH

Errors = Mapping[str, Sequence[str]]


def _add(kind: type[RecordedContent], address: str) -> None:
    """Add the page that records a kind of entry, as it is declared."""

    @blueprint.route(address, methods=["GET", "POST"], endpoint=f"record_{kind.KIND}")
    @allowed(kind.RECORDED_AT.action)
    def form_page(case_id: str | None = None, entry_id: str | None = None) -> Response:
        if case_id is None:
            with caller_unit() as unit:
                entry = unit.session.get(Entry, entry_id)
                about = kind.RECORDED_AT.about
                if entry is None or (about and entry.kind not in about):
                    abort(404)
            case_id = entry.case_id
        return _record(case_id, kind, subject=entry_id)


for _kind in RECORDABLE.values():
    if _kind.RECORDED_AT.page is not None:
        _add(_kind, _kind.RECORDED_AT.page)


def _record(case_id: str, kind: type[RecordedContent], *, subject: str | None = None) -> Response:
    with caller_unit() as unit:
        case_file = open_file(unit, case_id)
        choices = _choices(unit, case_file)
    parts = [
        part
        for part in parts_of_kind(kind)
        if not part.name.startswith("hand_over.") or (the_caller().may("case:hand_over") and choices["units"])
    ]
    back = "work.follow_up" if kind.KIND in PARTICIPATION else "work.case"
    plan = plan_among(case_file.entries) if kind is NetworkMeeting else None

    def show(values: Values, faults: Errors, status: int) -> Response:
        words = translator()
        form = Form(words, values, faults)
        event_forms.ask(form, parts, kind.KIND, choices)
        asked = list(form.fields.values())
        goals = ask_of_measures(form, plan, plan_words(today())) if plan else []
        form.add("tick", "hidden", words.t("work.field.hidden"), help=words.t("work.help.hidden"))
        about = next((entry for entry in case_file.entries if entry.id == subject), None)
        return page(
            "event.html",
            form=form,
            asked=asked,
            plan=plan,
            goals=goals,
            kind=kind.KIND,
            case=case_file.case,
            said=about,
            has_other_units=bool(choices["units"]),
            back=url_for(back, case_id=case_id),
            status=status,
            has_form=True,
            words=words,
        )

    def save(values: Values) -> Response:
        content, faults = event_forms.read(values, parts)
        followed, more = read_measures(values) if plan else ([], [])
        faults += more
        if followed and content.get("plan_followed_up") is False:
            faults.append(Fault("measures-of-unfollowed-plan", "/plan_followed_up"))
        if faults:
            raise InputError(faults)
        try:
            with caller_unit() as unit:
                hidden = values.get("hidden") == "yes"
                entry = subject or _latest_subject(unit.session, case_id, kind)
                record(unit, case_id, kind.KIND, content, subject=entry, hidden_from_guardians=hidden)
                if followed:
                    follow_up = {"followed_up_on": content["held_on"], "measures": followed}
                    about = values.get("plan", "")
                    record(
                        unit, case_id, MeasuresFollowedUp.KIND, follow_up, subject=about, hidden_from_guardians=hidden
                    )
        except InputError as error:
            raise InputError([_at_a_field(fault) for fault in error.faults]) from None
        return redirect_to(back, case_id=case_id, done="recorded")

    return answer(show, save) if posted() else show(_first(parts, case_file), {}, 200)


def _latest_subject(session: Session, case_id: str, kind: type[RecordedContent]) -> str | None:
    """The entry that it is about where the page does not name one: the latest of those that it can be about."""
    about = kind.RECORDED_AT.about
    subject = latest(session, case_id, *about) if about else None
    return None if subject is None else subject.id


def _at_a_field(fault: Fault) -> Fault:
    """A fault of a hand-over as a whole stands at its unit, where it can be put right."""
    return replace(fault, where="/hand_over/unit") if fault.where == "/hand_over" else fault


def _first(parts: Sequence[Part], case_file: CaseFile) -> dict[str, str]:
    """What stands in a form at first: today as a day that must be given, and whoever works with the caseworker."""
    first = {part.name: today().isoformat() for part in parts if part.widget == "day" and part.is_required}
    return {**first, "co_worker": case_file.co_worker or ""}


def _choices(unit: Unit, case_file: CaseFile) -> dict[str, tuple[Choice, ...]]:
    """The answers that differ from case to case: persons, units and colleagues that it could go to, and recipients."""
    words = translator()
    held = units_of(unit.session, case_file.case.id)
    others = {name: title for name, title in case_file.units.items() if name not in held}
    recipients = unit.library.consent_rules(today()).recipients
    return {
        "persons": tuple(Choice(person, words.person(person)) for person in (YOUTH, *(case_file.guardians or ()))),
        "units": tuple(Choice(name, title) for name, title in sorted(others.items(), key=lambda unit: unit[1])),
        "colleagues": tuple(Choice(*each) for each in eligible_caseworkers(unit.session, case_file.case.id).items()),
        "recipients": (
            *(Choice(each.id, words.say(each.label)) for each in recipients),
            *(
                Choice(title[:80], words.t("work.option.recipient.unit", unit=title))
                for title in sorted(others.values())
            ),
        ),
    }
