"""Until when the result of each row of a table stands, as columns beside it."""

import pyarrow as pa

from screening.batch.arrow_arrays import texts_of
from screening.batch.preparation import Preparation
from screening.batch.row_explanations import facts_of_row, intake_of_row
from screening.best_before import BestBefore, find_best_before
from screening.fact_reading import BIRTH_DATE, parse_date
from screening.library import Library
from screening.turns import Turn

#: The last day on which the result surely is what it is, and the same over every birth date that agrees with the age;
#: why it ends on the first of them; and what time changes on a day that nobody can tell.
COLUMNS = ("stands_through", "stands_through_latest", "ends_by", "undated")


def best_before_columns(prepared: Preparation, batch: pa.RecordBatch, library: Library) -> dict[str, pa.Array]:
    """Until when each row stands under the first guidance, if nothing is added; see `find_best_before`.

    Returns
    -------
    dict of str to array, shape (n,)
        By `COLUMNS`. A day is empty where time alone changes nothing; causes are ``kind:name`` with spaces between.
    """
    rows = [_cells(_best_before_of(prepared, batch, row, library)) for row in range(len(batch))]
    return {name: texts_of([cells[place] for cells in rows]) for place, name in enumerate(COLUMNS)}


def _best_before_of(prepared: Preparation, batch: pa.RecordBatch, row: int, library: Library) -> BestBefore:
    intake = intake_of_row(prepared, batch, row)
    born = parse_date(str(facts_of_row(prepared, batch, row).get(BIRTH_DATE)))
    return find_best_before(library, prepared.bound, intake, born)


def _cells(best: BestBefore) -> tuple[str, ...]:
    causes = best.earliest.causes if best.earliest else ()
    return (
        _last_day(best.earliest),
        _last_day(best.latest),
        " ".join(f"{cause.kind}:{cause.name}" for cause in causes),
        " ".join(best.undated),
    )


def _last_day(turn: Turn | None) -> str:
    return "" if turn is None else turn.last_day.isoformat()
