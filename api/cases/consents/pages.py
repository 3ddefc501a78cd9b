"""Guardians, and consents per person and recipient: given or refused, for how long, and withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response, request, url_for

from api.access.caller import the_caller
from api.access.declarations import allowed
from api.cases.case_file import CaseFile, open_file
from api.cases.consents.rules import consents_of, may_share, record_consent, withdraw_consent
from api.cases.events import record
from api.cases.forms import Form, Values, answer, without_blanks
from api.cases.frame import (
    WorkTranslator,
    actor,
    at_work,
    blueprint,
    library,
    now,
    page,
    redirect_to,
    today,
    translator,
)
from api.cases.journal import entry_of, open_case
from api.evaluation.fields import Choice
from api.evaluation.form_reading import asked_recipients
from api.store.schema import Case, Entry
from screening.gate import YOUTH
from screening.gate import Consent as Held

Errors = Mapping[str, Sequence[str]]
_MOST_GUARDIANS = 4
DONE = ("consent_saved", "withdrawn", "guardians_saved")


@dataclass(frozen=True)
class Standing:
    """One person's answer towards one recipient, where it stands today."""

    entry: Entry
    status: str


@blueprint.get("/cases/<case_id>/consents")
@allowed("case:read")
def consents(case_id: str) -> Response:
    """Show where every consent stands, and the forms for recording one."""
    return _show(case_id, {"answered_on": today().isoformat(), "form": ""}, {}, 200)


@blueprint.post("/cases/<case_id>/consents")
@allowed("consent:write")
def save_consent(case_id: str) -> Response:
    """Record one person's answer towards one recipient."""
    parts = ("person", "recipient", "status", "answered_on", "form", "content", "valid_from", "valid_to")

    def save(values: Values) -> Response:
        with at_work() as session:
            record_consent(session, now(), actor(), case_id, without_blanks(values, *parts), library())
        return redirect_to("work.consents", case_id=case_id, done="consent_saved")

    return answer(lambda values, faults, status: _show(case_id, values, faults, status), save)


@blueprint.post("/cases/<case_id>/guardians")
@allowed("facts:write")
def save_guardians(case_id: str) -> Response:
    """Record how many guardians there are; they are numbered, never named."""

    def save(values: Values) -> Response:
        number = values.get("guardians", "")
        if number.isdigit() and int(number) <= _MOST_GUARDIANS:
            listed = [f"g{place}" for place in range(1, int(number) + 1)]
            with at_work() as session:
                record(session, now(), actor(), case_id, "guardians", {"guardians": listed})
        return redirect_to("work.consents", case_id=case_id, done="guardians_saved")

    return answer(lambda values, faults, status: _show(case_id, values, faults, status), save)


@blueprint.route("/consents/<consent_id>/withdraw", methods=["GET", "POST"])
@allowed("consent:write")
def withdraw(consent_id: str) -> Response:
    """Withdraw a consent; from that moment nothing may be shared on it."""
    with at_work() as session:
        entry = session.get_one(Entry, consent_id)
        case = open_case(session, now(), actor(), entry.case_id)
        consent = entry_of(session, case, consent_id, "consent")

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
        with at_work() as session:
            withdraw_consent(session, now(), actor(), case.id, consent_id, content)
        return redirect_to("work.consents", case_id=case.id, done="withdrawn")

    if request.method == "POST":
        return answer(show, save)
    return show({"withdrawn_on": today().isoformat()}, {}, 200)


def _show(case_id: str, values: Values, faults: Errors, status: int) -> Response:
    words = translator()
    with at_work() as session:
        found = open_file(session, case_id)
        case = session.get_one(Case, case_id)
        held = consents_of(session, case_id)
        rules = library().consent_rules(today())
        asked = {*asked_recipients(rules), *(each["recipient"] for each in held)}
        shown = [recipient for recipient in rules.recipient_ids if recipient in asked]
        sharing = [may_share(session, case, recipient, today(), library()) for recipient in shown]
    labels = _recipients(words)
    form = Form(words, values, faults)
    _ask(form, found, labels)
    done = request.args.get("done")
    return page(
        "consents.html",
        form=form,
        found=found,
        case=found.case,
        standing=_standing(found, held),
        sharing=sharing,
        others=[labels[recipient] for recipient in rules.recipient_ids if recipient not in asked],
        recipients=labels,
        guardians=Form(words, {"guardians": "" if found.guardians is None else str(len(found.guardians))}).add(
            "choice",
            "guardians",
            words.t("page.form.guardians"),
            choices=[Choice(str(number), str(number)) for number in range(_MOST_GUARDIANS + 1)],
            help=words.t("work.help.guardians"),
        ),
        done=done if done in DONE else None,
        status=status,
        has_form=the_caller().may("consent:write"),
        words=words,
    )


def _recipients(words: WorkTranslator) -> dict[str, str]:
    return {each.id: words.say(each.label) for each in library().consent_rules(today()).recipients}


def _ask(form: Form, found: CaseFile, recipients: Mapping[str, str]) -> None:
    t = form.words.t
    persons = [Choice(person, form.words.person(person)) for person in (YOUTH, *(found.guardians or ()))]
    form.add("choice", "person", t("work.field.person"), choices=persons)
    choices = [Choice("", t("work.option.recipient.none")), *(Choice(*each) for each in recipients.items())]
    form.add("select", "recipient", t("work.field.recipient"), choices=choices)
    form.add(
        "choice", "status", t("work.field.status"), choices=form.options("work.option.status", ("given", "refused"))
    )
    form.add("day", "answered_on", t("work.field.answered_on"))
    form.add("choice", "form", t("work.field.form"), choices=form.options("work.option.form", ("written", "oral")))
    form.add("long", "content", t("work.field.content"), help=t("work.help.content"))
    form.add("day", "valid_from", t("work.field.valid_from"), help=t("work.help.valid_from"))
    form.add("day", "valid_to", t("work.field.valid_to"), help=t("work.help.valid_to"))


def _standing(found: CaseFile, held: Sequence[Mapping[str, str]]) -> list[Standing]:
    """Every answer that stands, with its status today."""
    by_pair = {(each["person"], each["recipient"]): each for each in held}
    listed = []
    for entry in found.of("consent"):
        given = by_pair[(entry.content["person"], entry.content["recipient"])]
        days = (
            date.fromisoformat(given[name]) if given[name] else None
            for name in ("valid_from", "valid_to", "withdrawn_on")
        )
        held_now = Held(given["person"], given["recipient"], given["status"], *days)
        listed.append(Standing(entry, held_now.status_on(today(), library().consent_rules(today()).longest_months)))
    return listed
