"""My work: cases by the day of their next step, and finding one by the municipality's own reference."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Response, request, url_for
from sqlalchemy import select

from api.access.actors import caller_unit
from api.access.caller import the_caller
from api.access.declarations import allowed
from api.access.users import names_of
from api.cases.follow_up_limits import noticed_until
from api.cases.frame import actor, blueprint, page, posted, redirect_to, today
from api.cases.next_step import STEPS
from api.cases.shown_steps import BEFORE_ASSESSMENT, PAGES, address_of
from api.cases.worklist import ALL, MINE, SORTS, Wanted, WorkRow, list_work
from api.frame.accounts import is_own_path, lead_on
from api.frame.expiry import page_to_go_on
from api.store.identity import holds_personal_number
from api.store.schema import SecrecyUnit
from api.web.language import remember_language
from instruments.messages import LANGUAGES

_MOST_PASSED_OVER = 100_000


@dataclass(frozen=True)
class Line:
    """A case as it is listed.

    Parameters
    ----------
    label : str or None
        The key of the step in words; None where it is kept from its reader.
    address : str or None
        Where the step is done, for whoever may do it.
    is_soon : bool
        Whether its day is near or past.
    draft : str or None
        Where an assessment in the making is gone on with, where that is not the step.
    """

    row: WorkRow
    label: str | None
    address: str | None
    is_soon: bool
    draft: str | None = None


@blueprint.get("/work")
@allowed("case:list")
def own() -> Response:
    """Show cases with their next steps, by day."""
    return _show(_wanted())


@blueprint.post("/work")
@allowed("case:list")
def find() -> Response:
    """Find cases by any part of the reference, which is put into no address; one that is found whole is opened."""
    reference = posted().get("reference", "").strip()[:80]
    if not reference:
        return redirect_to("work.own")
    if holds_personal_number(reference):
        return _show(Wanted(), is_number=True)
    return _show(Wanted(reference=reference, sort="reference", limit=100))


def _wanted() -> Wanted:
    """What the address asks for; whatever makes no sense in it is as if it were left out."""
    asked = request.args
    view, sort, first = asked.get("view", MINE), asked.get("sort", ""), asked.get("after", "")
    return Wanted(
        view if view in (MINE, ALL, *actor().units) else MINE,
        asked["step"] if asked.get("step") in STEPS else None,
        next((each for each in SORTS if each == sort), "day"),
        first=min(int(first), _MOST_PASSED_OVER) if first.isascii() and first.isdigit() else 0,
    )


def _show(wanted: Wanted, *, is_number: bool = False) -> Response:
    with caller_unit() as unit:
        listed = list_work(unit, wanted, the_caller().actions)
        names = names_of(unit.session, {row.caseworker for row in listed.rows} - {unit.actor.id})
        units = unit.session.scalars(select(SecrecyUnit).where(SecrecyUnit.id.in_(unit.actor.units))).all()
    rows = listed.rows
    if wanted.reference and len(rows) == 1 and rows[0].reference == wanted.reference:
        return redirect_to("work.case", case_id=rows[0].case_id)
    return page(
        "own.html",
        groups=_groups(rows, today()) if wanted.sort == "day" else [("cases", [_line(row, today()) for row in rows])],
        wanted=wanted,
        asked=listed.asked,
        names=names,
        views=_views([(each.id, each.name) for each in units]),
        steps=STEPS,
        sorts=SORTS,
        following=listed.following,
        is_number=is_number,
        today=today(),
    )


def _views(units: list[tuple[str, str]]) -> list[tuple[str, str | None]]:
    """What may be looked at, each with the name of a unit; all units together where there are several."""
    named = sorted(units, key=lambda unit: unit[1])
    return [(MINE, None), *named, *([(ALL, None)] if len(units) > 1 else [])]


def _groups(rows: Iterable[WorkRow], today: date) -> list[tuple[str, list[Line]]]:
    """The rows by when their day is; they come in its order."""
    return [
        (when, [_line(row, today) for row in together])
        for when, together in groupby(rows, lambda row: when_is(row.due_on, today))
    ]


def when_is(day: date | None, today: date) -> str:
    """Whether a day is ``late``, ``today``, this ``week`` (to its Sunday), ``later`` or ``undated``."""
    if day is None:
        return "undated"
    if day <= today:
        return "today" if day == today else "late"
    sunday = today + timedelta(days=6 - today.weekday())
    return "week" if day <= sunday else "later"


def _line(row: WorkRow, today: date) -> Line:
    if row.step is None:
        return Line(row, None, None, is_soon=False)
    is_resumed = row.step in BEFORE_ASSESSMENT and row.draft is not None
    action = PAGES["assess" if is_resumed else row.step][1] if row.step in PAGES else ""
    may = the_caller().may(action) and (row.is_turn or row.role == "caseworker")
    address = address_of(row.step, row.case_id, screening=row.screening, draft=row.draft) if may else None
    label = "work.next.resume" if is_resumed else f"work.next.do.{row.step}"
    is_soon = row.due_on is not None and row.due_on <= noticed_until(today)
    has_draft = row.draft is not None and not is_resumed and the_caller().may("assessment:write")
    draft = url_for("work.resume", draft_id=row.draft) if has_draft else None
    return Line(row, "work.next.where.closed" if row.step == "closed" else label, address, is_soon, draft)


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
