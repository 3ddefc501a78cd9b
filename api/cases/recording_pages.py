"""Recording how a case came and went on: each kind of entry has a form of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import Response, abort, url_for
from sqlalchemy.orm import Session

from api.access.caller import the_caller
from api.access.declarations import allowed
from api.cases import event_forms as events
from api.cases.case_file import CaseFile, open_file
from api.cases.events import record
from api.cases.forms import Form, Values, answer
from api.cases.frame import actor, at_work, blueprint, library, now, page, posted, redirect_to, today, translator
from api.cases.journal import latest
from api.cases.register import units_of
from api.evaluation.fields import Choice
from api.store.schema import Entry
from instruments.faults import Fault, InputError
from screening.gate import YOUTH

Errors = Mapping[str, Sequence[str]]
INTAKE_KINDS = ("intake", "preliminary_assessment_closed", "feedback_to_reporter")
FOLLOW_UP_KINDS = (
    "participation_started",
    "officials_meeting",
    "network_meeting",
    "plan_follow_up",
    "family_support",
    "participation_ended",
    "outcome_after_ending",
)
CORRECTING_KINDS = ("correction", "counter_statement")
#: Days that are not today unless somebody writes so.
_LATER = ("given_on", "until")


@blueprint.route("/cases/<case_id>/intake/<kind>", methods=["GET", "POST"])
@allowed("intake:write", plain=["kind"])
def record_intake(case_id: str, kind: str) -> Response:
    """Record how a case came, how the preliminary assessment ended, and what the reporter was told."""
    if kind not in INTAKE_KINDS:
        abort(404)
    return _record(case_id, kind, about="intake" if kind != "intake" else None)


@blueprint.route("/cases/<case_id>/follow-up/<kind>", methods=["GET", "POST"])
@allowed("participation:write", plain=["kind"])
def record_follow_up(case_id: str, kind: str) -> Response:
    """Record a start, a meeting, how the plan goes, an ending, or what came after it."""
    if kind not in FOLLOW_UP_KINDS:
        abort(404)
    return _record(case_id, kind)


@blueprint.route("/entries/<entry_id>/<kind>", methods=["GET", "POST"])
@allowed("correction:write", plain=["kind"])
def correct(entry_id: str, kind: str) -> Response:
    """Record what is wrong in an entry, or what somebody says against it. Both are kept."""
    if kind not in CORRECTING_KINDS:
        abort(404)
    with at_work() as session:
        entry = session.get(Entry, entry_id)
        if entry is None:
            abort(404)
    return _record(entry.case_id, kind, subject=entry.id)


@blueprint.route("/cases/<case_id>/hand-over", methods=["GET", "POST"])
@allowed("case:hand_over")
def hand_over(case_id: str) -> Response:
    """Let another unit see a case, on a stated ground; it is then theirs too."""
    return _record(case_id, "hand_over")


@blueprint.route("/cases/<case_id>/disclosure", methods=["GET", "POST"])
@allowed("view:make")
def disclose(case_id: str) -> Response:
    """Record that something was given to somebody outside. Nothing is sent by this."""
    return _record(case_id, "disclosure")


@blueprint.route("/cases/<case_id>/hold", methods=["GET", "POST"])
@allowed("retention:hold")
def keep(case_id: str) -> Response:
    """Keep a case beyond its time."""
    return _record(case_id, "hold")


@blueprint.route("/holds/<entry_id>/lift", methods=["GET", "POST"])
@allowed("retention:hold")
def lift(entry_id: str) -> Response:
    """Say that the reason to keep a case no longer holds."""
    with at_work() as session:
        entry = session.get(Entry, entry_id)
        if entry is None or entry.kind != "hold":
            abort(404)
    return _record(entry.case_id, "hold_lifted", subject=entry.id)


def _record(case_id: str, kind: str, *, about: str | None = None, subject: str | None = None) -> Response:
    with at_work() as session:
        found = open_file(session, case_id)
        options = _options(session, found)
    questions = [
        asked
        for asked in events.QUESTIONS[kind]
        if not asked.name.startswith("hand_over.")
        or (the_caller().may("case:hand_over") and options["hand_over.unit"][1:])
    ]

    def show(values: Values, faults: Errors, status: int) -> Response:
        words = translator()
        form = Form(words, values, faults)
        events.ask(form, questions, kind, options)
        form.add("tick", "hidden", words.t("work.field.hidden"), help=words.t("work.help.hidden"))
        said = next((entry for entry in found.entries if entry.id == subject), None)
        back = url_for("work.follow_up" if kind in FOLLOW_UP_KINDS else "work.case", case_id=case_id)
        return page(
            "event.html",
            form=form,
            kind=kind,
            case=found.case,
            said=said,
            has_other_units=bool(options["unit"][1:]),
            back=back,
            status=status,
            has_form=True,
            words=words,
        )

    def save(values: Values) -> Response:
        content, faults = events.read(values, questions)
        if faults:
            raise InputError(faults)
        try:
            with at_work() as session:
                entry = subject or (getattr(latest(session, case_id, about), "id", None) if about else None)
                hidden = values.get("hidden") == "yes"
                record(session, now(), actor(), case_id, kind, content, subject=entry, hidden_from_guardians=hidden)
        except InputError as error:
            raise InputError([_at_a_field(fault) for fault in error.faults]) from None
        back = "work.follow_up" if kind in FOLLOW_UP_KINDS else "work.case"
        return redirect_to(back, case_id=case_id, done="recorded")

    return answer(show, save) if posted() else show(_first(kind), {}, 200)


def _at_a_field(fault: Fault) -> Fault:
    """A fault of a hand-over as a whole stands at its unit, where it can be put right."""
    return replace(fault, where="/hand_over/unit") if fault.where == "/hand_over" else fault


def _first(kind: str) -> dict[str, str]:
    """The day is today until something else is written; nothing else is filled in."""
    days = [asked.name for asked in events.QUESTIONS[kind] if asked.kind == "day" and asked.name not in _LATER]
    return dict.fromkeys(days, today().isoformat())


def _options(session: Session, found: CaseFile) -> dict[str, tuple[Choice, ...]]:
    """The answers that differ from case to case: its persons, the units that it could go to, and who could be told."""
    words = translator()
    held = units_of(session, found.case.id)
    others = {name: said for name, said in found.units.items() if name not in held}
    units = tuple(Choice(name, said) for name, said in sorted(others.items(), key=lambda unit: unit[1]))
    chosen_none = Choice("", words.t("work.option.unit.none"))
    not_handed = Choice("", words.t("work.option.hand_over.none"))
    recipients = library().consent_rules(today()).recipients
    return {
        "stated_by": tuple(Choice(person, words.person(person)) for person in (YOUTH, *(found.guardians or ()))),
        "unit": (chosen_none, *units),
        "hand_over.unit": (not_handed, *units),
        "recipient": (
            Choice("", words.t("work.option.recipient.none")),
            *(Choice(each.id, words.say(each.label)) for each in recipients),
            *(Choice(said[:80], words.t("work.option.recipient.unit", unit=said)) for said in sorted(others.values())),
        ),
    }
