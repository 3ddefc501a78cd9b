"""The report of a period, as PDF and as a workbook: put into a folder, or sent, once for each period."""

from collections.abc import Sequence
from pathlib import Path

from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.auditing import audit_event
from api.context.context import current_context
from api.store.audit_chain import SERVICE, record_event
from api.store.schema import Audit, AuditHead
from api.store.trend_tables import TrendPeriod
from api.trends.alarms import alarm_in_words, alarms_of, sentence_of_none
from api.trends.dashboard import Dashboard
from api.trends.panels import THEMES, panels_in
from api.trends.reference import reference_numbers
from api.trends.workbook import MEDIA_TYPE, Cell, Sheet, write_workbook
from api.web.pdf import PdfUnavailableError, as_pdf, stylesheet_of_documents
from screening.trends.lattice import LEVELS, Level

_KIND = "trend_report"
MEDIA_TYPES = {"pdf": "application/pdf", "xlsx": MEDIA_TYPE}
_NARROW, _WIDE = 16, 48


def latest_period(session: Session, level: Level) -> str | None:
    """The latest period of a length that was published."""
    chosen = select(TrendPeriod.period).where(TrendPeriod.months == LEVELS[level])
    return session.scalar(chosen.order_by(TrendPeriod.first.desc()).limit(1))


def report_page(dashboard: Dashboard) -> str:
    """The whole dashboard as one page for paper; in the context of a request of nobody's.

    It tells nothing of queues: those concern whoever leads a unit, and a paper goes further.
    """
    return render_template(
        "trends/report.html",
        dashboard=dashboard,
        themes=THEMES,
        alarms=[alarm_in_words(alarm, dashboard) for alarm in alarms_of(dashboard, with_queues=False)],
        without_alarms=sentence_of_none(dashboard),
        made_on=current_context().today().isoformat(),
        numbers=reference_numbers(),
    )


def report_pdf(dashboard: Dashboard) -> bytes | None:
    """The dashboard as PDF; None on a machine that cannot make one."""
    try:
        return as_pdf(report_page(dashboard), stylesheet_of_documents())
    except PdfUnavailableError:
        return None


def report_workbook(dashboard: Dashboard) -> bytes:
    """The table of every chart on a sheet of its own; the first sheet says what each is."""
    t = dashboard.translator.t
    shown = map(dashboard.view, panels_in(dashboard.lattice))
    views = [view for view in shown if view.numbers.is_published and view.numbers.period]
    contents: list[list[Cell]] = [[t("trends.sheet.number"), t("trends.sheet.title"), t("trends.notes.about")]]
    contents += [[number, view.title, view.about] for number, view in enumerate(views, start=1)]
    contents += [["", t(f"trends.read.{key}", **dashboard.levels), ""] for key in ("hidden", "limits", "cause")]
    sheets = [Sheet(t("trends.sheet.notes"), contents, (_NARROW, _WIDE, 2 * _WIDE), is_prose=True)]
    for number, view in enumerate(views, start=1):
        names = [t("trends.period"), *view.names_of_dimensions, t("trends.cases")]
        rows: list[list[Cell]] = [list(row) for row in view.rows_in_words()]
        widths = (_NARROW, *(_WIDE for _ in view.names_of_dimensions), _NARROW)
        sheets.append(Sheet(str(number), [names, *rows], widths))
    return write_workbook(sheets, language=dashboard.language)


def write_files(folder: Path, period: str, files: dict[str, bytes]) -> list[str]:
    """Put the files of a period into a folder; one that is there already stays as it is.

    Returns
    -------
    list of str
        The files that were written now.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for ending, content in files.items():
        path = folder / f"{period}.{ending}"
        if not path.exists():
            write_file(path, content)
            written.append(path.name)
    return written


def write_file(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def take_period(period: str) -> bool:
    """Write down in the log that the report of a period is sent; False where that was done before, to whomever.

    The head of the log is locked first, so that of two calls at once one is the first.
    """
    with current_context().database.unit_of_work() as session:
        session.execute(select(AuditHead.number).with_for_update())
        sent = select(Audit.outcome).where(Audit.kind == _KIND, Audit.record_id == period)
        if session.scalar(sent.order_by(Audit.number.desc()).limit(1)) == "done":
            return False
        record_event(session, audit_event("send", _KIND, actor=SERVICE, record=period))
    return True


def give_period_back(period: str) -> None:
    """Write down that the report of a period was not sent after all, so that the next call sends it."""
    with current_context().database.unit_of_work() as session:
        record_event(session, audit_event("send", _KIND, actor=SERVICE, record=period, outcome="not_sent"))


def attached(files: dict[str, bytes], period: str) -> Sequence[tuple[str, str, bytes]]:
    """The files as a letter has them: name, media type, content."""
    return [(f"{period}.{ending}", MEDIA_TYPES[ending], content) for ending, content in files.items()]
