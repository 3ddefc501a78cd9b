"""My work: what waits, the cases of the unit, and finding one by the municipality's own reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Response, request, url_for

from api.access.caller import the_caller
from api.access.declarations import allowed
from api.cases.derived import derive
from api.cases.frame import actor, at_work, blueprint, now, page, posted, redirect_to, today
from api.cases.register import Page, list_cases
from api.cases.waiting import Waiting, waiting_for
from api.context.context import current_context
from api.frame.accounts import is_own_path, lead_on
from api.frame.expiry import page_to_go_on
from api.store.schema import Case
from api.web.language import remember_language
from instruments.messages import LANGUAGES

#: What somebody may do about each kind of waiting.
ACTIONS = {
    "meeting_overdue": "participation:write",
    "second_rating": "assessment:rate_again",
    "draft": "assessment:write",
    "unscreened": "screening:make",
    "unreviewed": "review:sign",
    "rejected": "review:sign",
    "outcome_not_stated": "review:sign",
    "second_person": "deviation:confirm",
    "consent_expires": "consent:write",
    "reassessment": "assessment:write",
}
STAGES = ("opened", "intake", "assessed", "screened", "reviewed", "participating", "ended")
_LINES = 25


@dataclass(frozen=True)
class Line:
    """Something that waits; of consents in one case the first, with how many there are."""

    first: Waiting
    number: int


def lines_of(waits: Sequence[Waiting]) -> list[tuple[str, list[Line]]]:
    """What waits, by kind: several consents in one case are one line, with the day of the first."""
    told = []
    for kind, each in groupby(waits, lambda wait: wait.kind):
        together: dict[str, list[Waiting]] = {}
        for wait in each:
            key = wait.record if wait.record and kind != "consent_expires" else wait.case_id
            together.setdefault(key, []).append(wait)
        told.append((kind, [Line(found[0], len(found)) for found in together.values()]))
    return told


@blueprint.get("/work")
@allowed("case:list")
def own() -> Response:
    """Show what waits, and the cases of the unit."""
    return _show(request.args.get("stage"))


@blueprint.post("/work")
@allowed("case:list")
def find() -> Response:
    """Find a case by its reference, which is not put into any address; one that is found whole is opened."""
    reference = posted().get("reference", "").strip()[:80]
    return _show(None, reference) if reference else redirect_to("work.own")


def _show(stage: str | None, reference: str | None = None) -> Response:
    stage = stage if stage in STAGES else None
    caller = the_caller()
    kinds = [kind for kind, action in ACTIONS.items() if caller.may(action)]
    with at_work() as session:
        waits = [] if reference else waiting_for(session, now(), actor(), kinds, policies=current_context().policies)
        derive(session, current_context().policies)
        found = list_cases(
            session,
            now(),
            actor(),
            after=_position(request.args.get("after", "")),
            limit=_LINES,
            stage=stage,
            reference=reference,
        )
    if reference is not None and len(found.cases) == 1 and found.cases[0].case.reference == reference:
        return redirect_to("work.case", case_id=found.cases[0].case.id)
    lines = lines_of(waits)
    return page(
        "own.html",
        waits=lines,
        number=sum(len(each) for _, each in lines),
        address_of=_address_of,
        found=found,
        after=_written(found),
        stages=STAGES,
        stage=stage,
        reference=reference,
        today=today(),
    )


def _address_of(wait: Waiting) -> str:
    if wait.kind == "draft":
        return url_for("work.resume", draft_id=wait.record)
    if wait.result is not None:
        return url_for("work.recommendation", screening_id=wait.record)
    if wait.kind == "consent_expires":
        return url_for("work.consents", case_id=wait.case_id)
    if wait.kind == "meeting_overdue":
        return url_for("work.follow_up", case_id=wait.case_id)
    return url_for("work.case", case_id=wait.case_id)


def _written(found: Page) -> str | None:
    return f"{found.after[0].isoformat()}_{found.after[1]}" if found.after else None


def _position(written: str) -> tuple[datetime, str] | None:
    """Where a page of the list begins; the beginning where the address cannot be read."""
    moment, _, case = written.partition("_")
    try:
        read = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (read, case) if read.tzinfo is not None and len(case) == Case.id.type.length else None


@blueprint.post("/language")
@allowed("public")
def change_language() -> Response:
    """Change the language of pages, and go back to where one was."""
    values = posted()
    path, language = values.get("next", ""), values.get("language")
    answer = lead_on(_without_language(path) if is_own_path(path) else url_for("work.own"))
    if language in LANGUAGES:
        remember_language(answer, str(language))
    return answer


def _without_language(path: str) -> str:
    """An address that no longer asks for a language of its own."""
    parts = urlsplit(path)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "language"]
    return f"{parts.path}?{urlencode(kept)}" if kept else parts.path


@blueprint.post("/go-on")
@allowed("public", is_sealed=True)
def go_on() -> Response:
    """Go on with a form that was sent after the log-in had expired."""
    return page_to_go_on()
