"""Reading whole records for counting. Nothing but what the lattice counts is kept of them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Text, cast, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from api.cases.event_kinds import CaseClosed
from api.cases.screenings.best_before import RESTED_ON
from api.settings.clock import ZONE
from api.store.schema import Case, Entry, Monitoring, SecrecyUnit
from api.trends.case_events import About, CaseEventCounter, CountedRow, CriteriaOf, Recorded
from api.trends.run_outs import run_outs_in
from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from screening.library import Library
from screening.trends.counting import Cohort
from screening.trends.lattice import Lattice

if TYPE_CHECKING:
    import pandas as pd

#: Kinds of entry that are counted or end a recommendation, with the parts of their content that are read.
_PARTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((*RESTED_ON, CaseClosed.KIND), ()),
    "screening": ("guidance", "outcome", "covered", "submission"),
    "intake": ("reporter", "received_on"),
    "review": ("verdict", "deviation", "applies", "needs_second_person"),
    "review_countersigned": (),
    "review_rejected": (),
    "consent": ("status",),
    "participation_started": ("started_on",),
    "network_meeting": ("held_on",),
    "participation_ended": ("reason",),
    "outcome_after_ending": ("new_reports",),
}
_CASES_AT_A_TIME, _ROWS_AT_A_TIME = 500, 20_000
Progress = Callable[[int, int], None]


def read_cohort(
    session: Session, lattice: Lattice, library: Library, progress: Progress = lambda done, of: None
) -> Cohort:
    """Every case as the lattice counts it, from its entries; see `api.trends.folds` for a quicker way to the same.

    Parameters
    ----------
    progress : callable
        Told how many cases are done, and of how many.
    """
    folded = fold_cases(session, lattice, library, every_case(session), progress)
    return cohort_of(session, lattice, (rows for _, rows in folded))


def fold_cases(
    session: Session, lattice: Lattice, library: Library, cases: Mapping[str, About], progress: Progress
) -> Iterator[tuple[str, list[CountedRow]]]:
    """Yield each of some cases, in the order of their ids, with the rows that its journal comes to."""
    folder = CaseEventCounter(lattice, criteria_in(library), run_outs_in(library), frozenset(library.instruments.ids()))
    names = sorted(cases)
    for begun in range(0, len(names), _CASES_AT_A_TIME):
        progress(begun, len(names))
        chosen = names[begun : begun + _CASES_AT_A_TIME]
        journals = _journals(session, chosen)
        for case in chosen:
            yield case, folder.fold(cases[case], journals[case])
    progress(len(names), len(names))


def cohort_of(session: Session, lattice: Lattice, cases: Iterable[Iterable[CountedRow]]) -> Cohort:
    """Every case by its rows, as it is counted together with the others."""
    import pandas as pd

    rows_of: dict[str, list[dict[str, Any]]] = {measure.id: [] for measure in lattice.measures}
    parts: dict[str, list[pd.DataFrame]] = {measure.id: [] for measure in lattice.measures}
    for number, rows in enumerate(cases):
        for measure, month, row in rows:
            of_measure = rows_of[measure]
            of_measure.append({"case": number, **row, "month": month})
            if len(of_measure) == _ROWS_AT_A_TIME:  # as columns they take a fraction of the room
                parts[measure].append(pd.DataFrame(of_measure))
                of_measure.clear()
    frames = {
        name: pd.concat([*parts[name], pd.DataFrame(rows)], ignore_index=True) if parts[name] else pd.DataFrame(rows)
        for name, rows in rows_of.items()
    }
    units = session.scalars(select(SecrecyUnit.id).order_by(SecrecyUnit.id)).all()
    return Cohort({name: as_events(lattice, name, frame) for name, frame in frames.items()}, tuple(units))


def months_of(session: Session, lattice: Lattice, library: Library, case_id: str) -> set[int]:
    """The months in whose numbers a case stands."""
    folder = CaseEventCounter(lattice, lambda reference: (), run_outs_in(library))
    journal = _journals(session, [case_id])[case_id]
    return {month for _, month, _ in folder.fold(About("", None, "unknown"), journal)}


def criteria_in(library: Library) -> CriteriaOf:
    """A way to find the criteria of a guidance by ``id@version``."""

    @cache
    def criteria_of(reference: str) -> tuple[str, ...]:
        try:
            day = datetime.max.date()  # whatever came later has the same criteria under this reference
            rules = library.bind(reference, on=day).rules
        except (UnknownDefinitionError, AlteredDefinitionError, InputError):
            return ()
        return tuple(rules.nodes[root].name for root in rules.roots)

    return criteria_of


def every_case(session: Session) -> dict[str, About]:
    """What is counted of every case beside its journal, by its id."""
    chosen = (
        select(Case.id, Case.unit_id, Case.birth_date, Monitoring.registered_sex)
        .outerjoin(Monitoring, Monitoring.case_id == Case.id)
        .order_by(Case.id)
    )
    return {case: About(unit, birth_date, sex or "unknown") for case, unit, birth_date, sex in session.execute(chosen)}


def _journals(session: Session, cases: Collection[str]) -> dict[str, list[Recorded]]:
    """The entries of some cases that are counted, in the order in which they were recorded."""
    entries = Entry.__table__.c
    # as text, which orjson reads many times as fast as the driver does, and only where something in it is counted
    has_parts = entries.kind.in_([kind for kind, parts in _PARTS.items() if parts])
    chosen = (
        select(entries.case_id, entries.id, entries.kind, entries.made_at, entries.subject_id)
        .add_columns(sql_case((has_parts, cast(entries.content, Text))))
        .where(entries.case_id.in_(cases), entries.kind.in_(list(_PARTS)))
        .order_by(entries.case_id, entries.number)
    )
    journals: dict[str, list[Recorded]] = {case: [] for case in cases}
    for case, name, kind, made_at, subject, content in session.connection().execute(chosen):
        whole = orjson.loads(content) if content else {}
        counted = {part: whole.get(part) for part in _PARTS[kind]}
        journals[case].append(Recorded(name, kind, made_at.astimezone(ZONE).date(), subject, counted))
    return journals


def as_events(lattice: Lattice, measure: str, frame: "pd.DataFrame") -> "pd.DataFrame":
    """Rows of a measure with every column that is counted; what is not there is empty."""
    import pandas as pd

    for name in ("case", "month"):
        frame[name] = frame[name].astype("int64") if name in frame else pd.Series(dtype="int64")
    for name in lattice.measure(measure).dimensions():
        dimension = lattice.dimension(name)
        is_answer = any(each.answered_by == name for each in lattice.dimensions)
        if name not in frame and dimension.answered_by is None and not is_answer:
            frame[name] = pd.Series(dtype="object")
    for name in frame.columns:
        if name.startswith("fact."):
            frame[name] = frame[name].where(frame[name].notna(), "not_used")
        elif frame[name].dtype != "int64":
            frame[name] = frame[name].astype("object").where(frame[name].notna(), None)
    return frame
