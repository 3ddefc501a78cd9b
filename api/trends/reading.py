"""Reading whole records for counting. Nothing but what the lattice counts leaves the database."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from api.settings.clock import ZONE
from api.store.schema import Case, Entry, Monitoring, SecrecyUnit
from api.trends.case_events import About, CaseEventCounter, CountedRow, CriteriaOf, Recorded
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
_CASES_AT_A_TIME = 500
Progress = Callable[[int, int], None]
Found = tuple[str, int, Recorded]


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
    folder = CaseEventCounter(lattice, criteria_in(library), frozenset(library.instruments.ids()))
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
    for number, rows in enumerate(cases):
        for measure, month, row in rows:
            rows_of[measure].append({"case": number, **row, "month": month})
    units = session.scalars(select(SecrecyUnit.id).order_by(SecrecyUnit.id)).all()
    return Cohort({name: as_events(lattice, name, pd.DataFrame(rows)) for name, rows in rows_of.items()}, tuple(units))


def months_of(session: Session, lattice: Lattice, case_id: str) -> set[int]:
    """The months in whose numbers a case stands."""
    folder = CaseEventCounter(lattice, lambda reference: ())
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
    found = sorted([*_light(session, cases), *_screenings(session, cases)], key=itemgetter(0, 1))
    journals: dict[str, list[Recorded]] = {case: [] for case in cases}
    for case, _, entry in found:
        journals[case].append(entry)
    return journals


def _chosen(*columns: Any, kinds: list[str], cases: Collection[str]) -> Select[Any]:
    return (
        select(Entry.case_id, Entry.number, Entry.id, Entry.kind, Entry.made_at, Entry.subject_id, *columns)
        .where(Entry.case_id.in_(cases), Entry.kind.in_(kinds))
        .order_by(Entry.case_id, Entry.number)
    )


def _light(session: Session, cases: Collection[str]) -> Iterator[Found]:
    names = sorted({name for parts in _PARTS.values() for name in parts})
    columns = [
        Entry.content[name].as_boolean() if name == _IS_BOOLEAN else Entry.content[name].as_string() for name in names
    ]
    places = {kind: [(part, names.index(part)) for part in parts] for kind, parts in _PARTS.items()}
    for case, number, name, kind, made_at, subject, *values in session.execute(
        _chosen(*columns, kinds=sorted(_PARTS), cases=cases)
    ):
        content = {part: values[place] for part, place in places[kind]}
        yield case, number, Recorded(name, kind, made_at.astimezone(ZONE).date(), subject, content)


def _screenings(session: Session, cases: Collection[str]) -> Iterator[Found]:
    covered = Entry.content["covered"]
    parts = {
        "definitions": covered["definitions"],
        "statuses": covered["statuses"],
        "facts": covered["inputs"]["facts"],
    }
    columns = [Entry.content["guidance"].as_string(), Entry.content["outcome"].as_string()]
    # as text, which orjson reads many times as fast as the database's driver
    columns += [part.as_string() for part in parts.values()]
    for case, number, name, kind, made_at, subject, guidance, outcome, *written in session.execute(
        _chosen(*columns, kinds=["screening"], cases=cases)
    ):
        content = {"guidance": guidance, "outcome": outcome}
        content |= {part: orjson.loads(text) for part, text in zip(parts, written, strict=True)}
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
