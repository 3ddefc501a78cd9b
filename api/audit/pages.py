"""The log as pages, for the person whose duty it is to review it. Looking at it stands in it too."""

import csv
from collections.abc import Iterator
from io import StringIO

from flask import Response, redirect, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from api.access.actors import the_actor
from api.access.declarations import allowed
from api.access.permission_table import the_permissions
from api.access.units import the_grounds
from api.audit.audit_log import (
    OUTCOMES,
    SUGGESTIONS,
    Line,
    LogFilter,
    accounts,
    all_lines,
    cases_called,
    event_of_verification,
    latest_verification,
    read_log,
)
from api.audit.log_filter import address_arguments, read_filter
from api.context.context import current_context
from api.frame.accounts import read_form
from api.frame.oversight import blueprint, name_of, page, say, sentences
from api.frame.pages import asked_language
from api.store.audit_chain import AuditReport, record_event, verify_audit
from instruments.messages import Message
from screening.batch.spreadsheets import disarmed

_LONGEST_REFERENCE = 80


@blueprint.get("/log-review")
@allowed("audit:read")
def log_review() -> ResponseReturnValue:
    """Show the log, latest first."""
    wanted, before, faults = read_filter(request.args)
    return _shown(wanted, before, faults=[_fault(fault.code, fault.parameters) for fault in faults])


@blueprint.post("/log-review/verification")
@allowed("audit:verify")
def verify_log() -> ResponseReturnValue:
    """Walk the whole chain and show what came of it."""
    read_form()
    report = verify_and_record()
    return _shown(LogFilter(), None, report=report)


@blueprint.post("/log-review/case")
@allowed("audit:read")
def find_case() -> ResponseReturnValue:
    """Lead on to the log of a case that is named by its reference, which thus stands in no address."""
    reference = read_form("reference")["reference"].strip()[:_LONGEST_REFERENCE]
    context, actor = current_context(), the_actor()
    with context.database.unit_of_work() as session:
        cases = cases_called(session, reference)
        record_event(session, actor.event(context.now(), "search", "case", outcome="done" if cases else "not_found"))
    if len(cases) == 1:
        return redirect(url_for("oversight.log_review", case=cases[0][0]), 303)
    faults = [] if cases else [say("log.no_such_case")]
    return _shown(LogFilter(), None, choices=cases, faults=faults, status=200 if cases else 404)


@blueprint.get("/log-review/download")
@allowed("audit:read")
def download_log() -> ResponseReturnValue:
    """Give the lines that are asked for as a table."""
    wanted, _, faults = read_filter(request.args)
    if faults:
        return _shown(wanted, None, faults=[_fault(fault.code, fault.parameters) for fault in faults])
    context, actor = current_context(), the_actor()
    with context.database.unit_of_work() as session:
        record_event(session, actor.event(context.now(), "export", "audit", case=wanted.case))
    answer = Response(stream_with_context(_table(wanted)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="log.csv"'
    return answer


def verify_and_record() -> AuditReport:
    """Verify the chain and tell it what came of that."""
    context = current_context()
    with context.database.looking() as session:  # not in the unit of work: nobody should wait for it
        report = verify_audit(session)
    with context.database.unit_of_work() as session:
        record_event(session, the_actor().event(context.now(), "verify", "audit", **event_of_verification(report)))
    return report


def describe(line: Line) -> str:
    """What was done, in words."""
    return f"{name_of('action', line.action) or line.action}: {line.unit or kind_in_words(line.kind)}"


def kind_in_words(kind: str) -> str:
    """The kind of record; a role that was given, or an action that was refused, by what it is called."""
    table = the_permissions()
    titles = {action.id: action.title for action in table.actions} | {role.id: role.title for role in table.roles}
    if kind in titles:
        return titles[kind].in_language(asked_language())
    return name_of("kind", kind) or kind


def ground_in_words(ground: str) -> str:
    """A ground of the list by its title; one that was written, as it was."""
    titles = {each.id: each.title for each in the_grounds().grounds}
    return titles[ground].in_language(asked_language()) if ground in titles else ground


def outcome_in_words(outcome: str) -> str:
    """How it ended."""
    return name_of("outcome", outcome) or name_of("chain", outcome) or outcome


def who(line: Line) -> str:
    """Who did it: the account's name, or that nobody had logged in."""
    return say("log.nobody") if line.actor == "nobody" else line.name or line.actor


def _shown(
    wanted: LogFilter,
    before: int | None,
    *,
    faults: list[str] | None = None,
    report: AuditReport | None = None,
    choices: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> Response:
    context, actor = current_context(), the_actor()
    with context.database.unit_of_work() as session:
        log = read_log(session, wanted, before=before)
        verified = latest_verification(session)
        listed = accounts(session)
        record_event(session, actor.event(context.now(), "read", "audit", case=wanted.case))
    return page(
        "log_review.html",
        faults=faults or [],
        status=422 if faults and status == 200 else status,
        log=log,
        wanted=wanted,
        arguments_of_address=address_arguments(wanted),
        verified=verified,
        report=report,
        choices=choices or [],
        accounts=listed,
        suggestions=list(SUGGESTIONS),
        actions=_choices("action"),
        kinds=_choices("kind"),
        outcomes=OUTCOMES,
        grounds=the_grounds().grounds,
        describe=describe,
        ground_in_words=ground_in_words,
        outcome_in_words=outcome_in_words,
        who=who,
    )


def _choices(group: str) -> list[tuple[str, str]]:
    prefix = f"oversight.{group}."
    codes = [key.removeprefix(prefix) for key in sentences().keys() if key.startswith(prefix)]  # noqa: SIM118
    return sorted(((code, name_of(group, code) or code) for code in codes), key=lambda each: each[1].lower())


def _table(wanted: LogFilter) -> Iterator[str]:
    """Yield the lines as text with semicolons, which a Swedish spreadsheet opens, and the mark that it is UTF-8."""
    columns = ("number", "at", "who", "account", "what", "case", "record", "ground", "outcome", "request")
    yield "\ufeff" + _row([say(f"log.column.{name}") for name in columns])
    with current_context().database.looking() as session:
        for line in all_lines(session, wanted):
            yield _row(
                [
                    str(line.number),
                    line.at.isoformat(),
                    who(line),
                    line.actor,
                    describe(line),
                    line.case_id or "",
                    line.record_id or "",
                    ground_in_words(line.ground),
                    outcome_in_words(line.outcome),
                    line.request_id,
                ]
            )


def _row(cells: list[str]) -> str:
    written = StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerow([disarmed(cell) for cell in cells])
    return written.getvalue()


def _fault(code: str, parameters: object) -> str:
    assert isinstance(parameters, dict)  # noqa: S101 -- faults are made so
    return current_context().catalogue.render(Message(f"fault.{code}", parameters), asked_language())
