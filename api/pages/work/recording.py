"""Recording how a case came and went on: each kind of entry has a form of its own."""

from collections.abc import Mapping, Sequence

from flask import Response, abort, url_for

from api.accounts.declarations import allowed
from api.pages.fields import Choice
from api.pages.work import events
from api.pages.work.case_file import CaseFile, open_file
from api.pages.work.forms import Form, Values, answer
from api.pages.work.frame import actor, at_work, blueprint, lead_to, now, page, posted, speech, today
from api.records.events import record
from api.records.journal import latest
from api.store.schema import Entry
from instruments.faults import InputError
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


def _record(case_id: str, kind: str, *, about: str | None = None, subject: str | None = None) -> Response:
    with at_work() as session:
        found = open_file(session, case_id)

    def show(values: Values, faults: Errors, status: int) -> Response:
        words = speech()
        form = Form(words, values, faults)
        events.ask(form, kind, stated_by=_persons(found, form))
        form.add("tick", "hidden", words.t("work.field.hidden"), help=words.t("work.help.hidden"))
        said = next((entry for entry in found.entries if entry.id == subject), None)
        back = url_for("work.follow_up" if kind in FOLLOW_UP_KINDS else "work.case", case_id=case_id)
        return page(
            "event.html",
            form=form,
            kind=kind,
            case=found.case,
            said=said,
            back=back,
            status=status,
            has_form=True,
            words=words,
        )

    def save(values: Values) -> Response:
        content, faults = events.read(values, events.QUESTIONS[kind])
        if faults:
            raise InputError(faults)
        with at_work() as session:
            entry = subject or (getattr(latest(session, case_id, about), "id", None) if about else None)
            hidden = values.get("hidden") == "yes"
            record(session, now(), actor(), case_id, kind, content, subject=entry, hidden_from_guardians=hidden)
        back = "work.follow_up" if kind in FOLLOW_UP_KINDS else "work.case"
        return lead_to(back, case_id=case_id, done="recorded")

    return answer(show, save) if posted() else show(_first(kind), {}, 200)


def _first(kind: str) -> dict[str, str]:
    """The day is today until something else is written; nothing else is filled in."""
    days = [asked.name for asked in events.QUESTIONS[kind] if asked.kind == "day" and asked.name != "given_on"]
    return dict.fromkeys(days, today().isoformat())


def _persons(found: CaseFile, form: Form) -> tuple[Choice, ...]:
    return tuple(Choice(person, form.words.person(person)) for person in (YOUTH, *(found.guardians or ())))
