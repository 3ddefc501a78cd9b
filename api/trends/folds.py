"""Counting what changed since the last time: each case is kept as it is counted, until something is added to it."""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import orjson
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from api.store.json_writing import write_json
from api.store.schema import Entry
from api.store.trend_tables import TrendFold
from api.trends.case_events import About, CountedRow
from api.trends.reading import Progress, cohort_of, every_case, fold_cases
from instruments.registry import Definition
from screening.library import Library
from screening.trends.counting import Cohort
from screening.trends.lattice import Lattice

_SOURCES = Path(__file__).parents[2]
_ROOMS = ("instruments", "screening", "api")
_AT_A_TIME = 500


def read_kept_cohort(
    session: Session, lattice: Definition[Lattice], library: Library, progress: Progress = lambda done, of: None
) -> Cohort:
    """The same as `api.trends.reading.read_cohort`, from what is kept of every case that is as it was.

    A case is read anew when an entry was added, the registered sex is another, or any definition or line of the program
    is.
    """
    cases = every_case(session)
    made_from = _made_from(session, cases, f"{lattice.sha256} {library.sha256} {code_sha256()}")
    kept = {row[0]: row[1] for row in session.execute(select(TrendFold.case_id, TrendFold.made_from))}
    changed = {case: about for case, about in cases.items() if kept.get(case) != made_from[case]}
    made = []
    for case, rows in fold_cases(session, lattice.content, library, changed, progress):
        made.append({"case_id": case, "made_from": made_from[case], "rows": write_json(rows)})
        if len(made) == _AT_A_TIME:
            _keep(session, made)
            made = []
    _keep(session, made)
    return cohort_of(session, lattice.content, _rows_kept(session))


def _made_from(session: Session, cases: Mapping[str, About], rules: str) -> dict[str, str]:
    """What stands for all that the rows of each case are made from: the case itself and its entries never change."""
    counted = select(Entry.case_id, func.count()).group_by(Entry.case_id)
    entries: dict[str, int] = {row[0]: row[1] for row in session.execute(counted)}
    return {
        case: hashlib.sha256(f"{entries.get(case, 0)} {about.sex} {rules}".encode()).hexdigest()
        for case, about in cases.items()
    }


def _keep(session: Session, made: list[dict[str, str]]) -> None:
    if made:
        chosen = TrendFold.case_id.in_([each["case_id"] for each in made])
        session.execute(delete(TrendFold).where(chosen).execution_options(synchronize_session=False))
        session.connection().execute(insert(TrendFold), made)


def _rows_kept(session: Session) -> Iterator[list[CountedRow]]:
    chosen = select(TrendFold.rows).order_by(TrendFold.case_id).execution_options(yield_per=_AT_A_TIME)
    for rows in session.scalars(chosen):
        yield orjson.loads(rows)


@cache
def code_sha256() -> str:
    """Stands for the program with the definitions that belong to it: another one as soon as any line is another."""
    digest = hashlib.sha256()
    files = (file for room in _ROOMS for file in (_SOURCES / room).rglob("*") if file.suffix in (".py", ".yaml"))
    for file in sorted(files):
        digest.update(str(file.relative_to(_SOURCES)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
