"""Reading whole records for counting. Nothing but what the lattice counts leaves the database."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from api.settings.clock import ZONE
from api.store.schema import Case, Entry, Monitoring, SecrecyUnit
from api.trends.case_events import About, CaseEventCounter, CriteriaOf, Recorded
from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from screening.library import Library
from screening.trends.counting import Cohort
from screening.trends.lattice import Lattice

if TYPE_CHECKING:
    import pandas as pd

#: Kinds of entry that are counted, with the parts of their content that are.
_PARTS = {
    "intake": ("reporter", "received_on"),
    "review": ("verdict", "deviation", "applies", "needs_second_person"),
    "review_countersigned": (),
    "review_rejected": (),
    "consent": ("status",),
    "consent_withdrawn": (),
    "assessment": (),
    "participation_started": ("started_on",),
    "network_meeting": ("held_on",),
    "participation_ended": ("reason",),
    "outcome_after_ending": ("new_reports",),
}
_IS_BOOLEAN = "needs_second_person"
_ROWS_AT_A_TIME = 5_000
Progress = Callable[[int, int], None]
Found = tuple[str, int, Recorded]


def read_cohort(
    session: Session, lattice: Lattice, library: Library, progress: Progress = lambda done, of: None
) -> Cohort:
    """Every case as the lattice counts it.

    Parameters
    ----------
    progress : callable
        Told how many cases are done, and of how many.
    """
    import pandas as pd

    folder = CaseEventCounter(lattice, criteria_in(library), frozenset(library.instruments.ids()))
    cases = _cases(session)
    rows_of: dict[str, list[dict[str, Any]]] = {measure.id: [] for measure in lattice.measures}
    for done, (case, journal) in enumerate(groupby(_journals(session, None), key=itemgetter(0))):
        rows = folder.fold(cases[case], (each[2] for each in journal))
        for (measure, month), row in rows.items():
            rows_of[measure].append({**row, "month": month})
        if done % 1_000 == 0:
            progress(done, len(cases))
    progress(len(cases), len(cases))
    units = session.scalars(select(SecrecyUnit.id).order_by(SecrecyUnit.id)).all()
    return Cohort({name: as_events(lattice, name, pd.DataFrame(rows)) for name, rows in rows_of.items()}, tuple(units))


def months_of(session: Session, lattice: Lattice, case_id: str) -> set[int]:
    """The months in whose numbers a case stands."""
    folder = CaseEventCounter(lattice, lambda reference: ())
    about = About(0, "", None, "unknown")
    return {month for _, month in folder.fold(about, (each[2] for each in _journals(session, case_id)))}


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


def _cases(session: Session) -> dict[str, About]:
    chosen = (
        select(Case.id, Case.unit_id, Case.birth_date, Monitoring.registered_sex)
        .outerjoin(Monitoring, Monitoring.case_id == Case.id)
        .order_by(Case.id)
    )
    return {
        case: About(number, unit, birth_date, sex or "unknown")
        for number, (case, unit, birth_date, sex) in enumerate(session.execute(chosen))
    }


def _journals(session: Session, case_id: str | None) -> Iterator[Found]:
    """Every entry that is counted, by case and in order."""
    streams = [_light(session, case_id), _screenings(session, case_id)]
    return merge(*streams, key=lambda each: each[:2])


def _chosen(*columns: Any, kinds: list[str], case_id: str | None) -> Select[Any]:
    chosen = (
        select(Entry.case_id, Entry.number, Entry.id, Entry.kind, Entry.made_at, Entry.subject_id, *columns)
        .where(Entry.kind.in_(kinds))
        .order_by(Entry.case_id, Entry.number)
        .execution_options(yield_per=_ROWS_AT_A_TIME)
    )
    return chosen if case_id is None else chosen.where(Entry.case_id == case_id)


def _light(session: Session, case_id: str | None) -> Iterator[Found]:
    names = sorted({name for parts in _PARTS.values() for name in parts})
    # as text, which no JSON has to be read for
    columns = [
        Entry.content[name].as_boolean() if name == _IS_BOOLEAN else Entry.content[name].as_string() for name in names
    ]
    for case, number, name, kind, made_at, subject, *values in session.execute(
        _chosen(*columns, kinds=sorted(_PARTS), case_id=case_id)
    ):
        given = dict(zip(names, values, strict=True))
        content = {part: given[part] for part in _PARTS[kind]}
        yield case, number, Recorded(name, kind, made_at.astimezone(ZONE).date(), subject, content)


def _screenings(session: Session, case_id: str | None) -> Iterator[Found]:
    covered = Entry.content["covered"]
    columns = [
        Entry.content["guidance"].as_string(),
        Entry.content["outcome"].as_string(),
        covered["definitions"].as_json(),
        covered["statuses"].as_json(),
        covered["inputs"]["facts"].as_json(),
    ]
    names = ("guidance", "outcome", "definitions", "statuses", "facts")
    for case, number, name, kind, made_at, subject, *values in session.execute(
        _chosen(*columns, kinds=["screening"], case_id=case_id)
    ):
        content = dict(zip(names, values, strict=True))
        yield case, number, Recorded(name, kind, made_at.astimezone(ZONE).date(), subject, content)


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
