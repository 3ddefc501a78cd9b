"""Guardians, and consents as a matrix of recipients and persons: answers recorded together, and withdrawn singly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, request, url_for

from api.access.actors import caller_unit
from api.access.caller import the_caller
from api.access.declarations import allowed
from api.cases.case_file import CaseFile, open_file
from api.cases.consents.rules import Sharing, consents_of, record_consent, sharing_with, withdraw_consent
from api.cases.events import record
from api.cases.forms import Form, Values, answer, without_blanks
from api.cases.frame import (
    WorkTranslator,
    blueprint,
    library,
    page,
    redirect_to,
    today,
    translator,
)
from api.cases.guardian_count import FIELD, ask_for_guardians, guardians_in
from api.cases.journal import entry_of, open_case
from api.evaluation.fields import Choice, Field
from api.evaluation.form_reading import asked_recipients
from api.store.schema import Case, Entry
from api.web import field_names as names
from instruments.faults import Fault, InputError
from screening.gate import YOUTH
from screening.gate import Consent as Held

Errors = Mapping[str, Sequence[str]]
DONE = ("opened", "consent_saved", "withdrawn", "guardians_saved")
#: What one saving says of every answer; how long it holds is said only of a consent that was given.
_COMMON, _PERIOD = ("answered_on", "form", "content"), ("valid_from", "valid_to")
_ANSWERS = ("given", "refused")


@dataclass(frozen=True)
class Cell:
    """One person's answer towards one recipient: where it stands today, and the field for a new one.

    Parameters
    ----------
    entry : Entry or None
        The answer that stands; None where nobody has asked.
    """

    person: str
    status: str
    entry: Entry | None
    field: Field

    @property
    def may_be_withdrawn(self) -> bool:
        """Whether it is a consent that holds, or will."""
        return self.status in ("given", "not_yet_valid")


@dataclass(frozen=True)
class Row:
    """A recipient, whether something may be shared with them today, and everyone's answer.

    Parameters
    ----------
    is_asked : bool
        Whether the recipient is always asked about, or somebody has answered about them.
    """

    recipient: str
    sharing: Sharing
    cells: tuple[Cell, ...]
    is_asked: bool

    @property
    def has_errors(self) -> bool:
        """Whether something in it has to be put right."""
        return any(cell.field.errors for cell in self.cells)


@blueprint.get("/cases/<case_id>/consents")
@allowed("case:read")
def consents(case_id: str) -> Response:
    """Show where every consent stands, and the form for recording answers."""
    return _show(case_id, {"answered_on": today().isoformat(), "form": ""}, {}, 200)


@blueprint.post("/cases/<case_id>/consents")
@allowed("consent:write")
def save_consents(case_id: str) -> Response:
    """Record the answers of everyone who was asked, with one scope, form and period. All are recorded, or none."""

    def save(values: Values) -> Response:
        persons, recipients = _persons(_opened(case_id)), library().consent_rules(today()).recipient_ids
        given = [
            (person, recipient, status)
            for recipient in recipients
            for person in persons
            if (status := values.get(names.consent(person, recipient), ""))
        ]
        faults = [
            Fault("not-a-choice", f"/consent/{person}/{recipient}", {"name": "status", "allowed": list(_ANSWERS)})
            for person, recipient, status in given
            if status not in _ANSWERS
        ]
        if not given:
            faults.append(Fault("missing-key", "/answers", {"name": "answers"}))
        if faults:
            raise InputError(faults)
        with caller_unit() as unit:
            for person, recipient, status in given:
                parts = without_blanks(values, *_COMMON, *(_PERIOD if status == "given" else ()))
                content = {**parts, "person": person, "recipient": recipient, "status": status}
                record_consent(unit, case_id, content)
        if values.get("to") == "facts":
            return redirect_to("work.facts", case_id=case_id)
        return redirect_to("work.consents", case_id=case_id, done="consent_saved")

    return answer(lambda values, faults, status: _show(case_id, values, faults, status), save)


def _opened(case_id: str) -> CaseFile:
    with caller_unit() as unit:
        return open_file(unit, case_id)


def _persons(case_file: CaseFile) -> tuple[str, ...]:
    return (YOUTH, *(case_file.guardians or ()))


@blueprint.post("/cases/<case_id>/guardians")
@allowed("facts:write")
def save_guardians(case_id: str) -> Response:
    """Record how many guardians there are; they are numbered, never named."""

    def save(values: Values) -> Response:
        guardians = guardians_in(values)
        if guardians is not None:
            with caller_unit() as unit:
                record(unit, case_id, "guardians", {"guardians": guardians})
        return redirect_to("work.consents", case_id=case_id, done="guardians_saved")

    return answer(lambda values, faults, status: _show(case_id, values, faults, status), save)


@blueprint.route("/consents/<consent_id>/withdraw", methods=["GET", "POST"])
@allowed("consent:write")
def withdraw(consent_id: str) -> Response:
    """Withdraw a consent; from that moment nothing may be shared on it."""
    with caller_unit() as unit:
        entry = unit.session.get_one(Entry, consent_id)
        case = open_case(unit, entry.case_id)
        consent = entry_of(unit.session, case, consent_id, "consent")

    def show(values: Values, faults: Errors, status: int) -> Response:
        words = translator()
        form = Form(words, values, faults)
        form.add("day", "withdrawn_on", words.t("work.field.withdrawn_on"))
        form.add("long", "note", words.t("work.field.note"))
        labels = _recipients(words)
        back = url_for("work.consents", case_id=case.id)
        return page(
            "withdraw.html",
            form=form,
            case=case,
            consent=consent,
            recipients=labels,
            back=back,
            status=status,
            has_form=True,
            words=words,
        )

    def save(values: Values) -> Response:
        content = without_blanks(values, "withdrawn_on", "note") | {"withdrawn_by": consent.content["person"]}
        with caller_unit() as unit:
            withdraw_consent(unit, case.id, consent_id, content)
        return redirect_to("work.consents", case_id=case.id, done="withdrawn")

    if request.method == "POST":
        return answer(show, save)
    return show({"withdrawn_on": today().isoformat()}, {}, 200)


def _show(case_id: str, values: Values, faults: Errors, status: int) -> Response:
    words = translator()
    with caller_unit() as unit:
        case_file = open_file(unit, case_id)
        case = unit.session.get_one(Case, case_id)
        held = consents_of(unit.session, case_id)
        rules = unit.library.consent_rules(today())
        asked = {*asked_recipients(rules), *(each["recipient"] for each in held)}
        sharing = sharing_with(unit.session, case, rules.recipient_ids, today(), unit.library)
    form = Form(words, values, faults)
    form.add("choice", "answers", words.t("work.consents.record"))
    rows = _rows(form, case_file, held, sharing, asked)
    _ask(form)
    done = request.args.get("done")
    return page(
        "consents.html",
        form=form,
        case_file=case_file,
        case=case_file.case,
        persons=_persons(case_file),
        rows=[row for row in rows if row.is_asked],
        others=[row for row in rows if not row.is_asked],
        recipients=_recipients(words),
        guardians=ask_for_guardians(
            Form(words, {FIELD: "" if case_file.guardians is None else str(len(case_file.guardians))})
        ),
        done=done if done in DONE else None,
        status=status,
        has_form=the_caller().may("consent:write"),
        words=words,
    )


def _recipients(words: WorkTranslator) -> dict[str, str]:
    return {each.id: words.say(each.label) for each in library().consent_rules(today()).recipients}


def _rows(
    form: Form,
    case_file: CaseFile,
    held: Sequence[Mapping[str, str]],
    sharing: Sequence[Sharing],
    asked: set[str],
) -> list[Row]:
    """Every recipient with the answer of everyone; nothing is chosen from the start."""
    standing, persons, recipients = _standing(case_file, held), _persons(case_file), _recipients(form.words)
    choices = (*form.options("work.option.answer", _ANSWERS), Choice("", form.words.t("work.option.answer.none")))
    rows = []
    for each in sharing:
        cells = []
        for person in persons:
            entry, status = standing.get((person, each.recipient), (None, "not_recorded"))
            label = f"{form.words.person(person)}, {recipients[each.recipient]}"
            field = form.add("choice", names.consent(person, each.recipient), label, choices=choices)
            cells.append(Cell(person, status, entry, field))
        rows.append(Row(each.recipient, each, tuple(cells), each.recipient in asked))
    return rows


def _ask(form: Form) -> None:
    t = form.words.t
    form.add("day", "answered_on", t("work.field.answered_on"))
    form.add("choice", "form", t("work.field.form"), choices=form.options("work.option.form", ("written", "oral")))
    form.add("long", "content", t("work.field.content"), help=t("work.help.content"))
    form.add("day", "valid_from", t("work.field.valid_from"), help=t("work.help.valid_from"))
    form.add("day", "valid_to", t("work.field.valid_to"), help=t("work.help.valid_to"))


def _standing(case_file: CaseFile, held: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], tuple[Entry, str]]:
    """Every answer that stands with its status today, by person and recipient."""
    by_pair = {(each["person"], each["recipient"]): each for each in held}
    longest = library().consent_rules(today()).longest_months
    listed: dict[tuple[str, str], tuple[Entry, str]] = {}
    for entry in case_file.of("consent"):
        pair = (entry.content["person"], entry.content["recipient"])
        given = by_pair[pair]
        days = (
            date.fromisoformat(given[name]) if given[name] else None
            for name in ("valid_from", "valid_to", "withdrawn_on")
        )
        held_now = Held(given["person"], given["recipient"], given["status"], *days)
        listed[pair] = (entry, held_now.status_on(today(), longest))
    return listed
