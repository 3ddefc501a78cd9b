"""Rows of which each stands for five young people who are much alike: all that a what-if is worked out from.

What would happen under another guidance can be asked in so many ways, and the answers overlap so much, that hiding
small numbers one answer at a time cannot hold: two limits that lie a year apart differ by the few who are of that age.
So it is not the answers that are protected but what they are worked out from. When a year is over, its young people are
put in order so that those who are alike lie together, the order is cut into fives, and the middle one of each five is
taken to stand for all five (microaggregation of fixed size: Domingo-Ferrer and Mateo-Sanz, IEEE TKDE 2002). It is done
once, and never again for the same people.

Every answer is then a sum of fives, and three things follow.

1. Nothing that can be asked, together with everything else that can be asked, tells more than these rows do. That holds
   for questions that nobody has thought of yet.
2. Of every small group, one to four people with whatever in common, either none stands for a five, and then the rows
   would be just the same if the group were not there at all; or one does, and then they would be just the same if the
   group were five or more. (Put what is told of the middle one in place of the others in each five, and leave those out
   who stand in none: the rows stay as they are.) No reader can tell a small group from none, or from one that is not
   small.
3. What differs between two years' rows is other people. Nobody enters or leaves a year that is over, so that comparing
   yesterday's answer with today's tells nothing.

4. Nobody is found by what others know of them. The five that a row stands for are alike in all that an answer is
   divided by: unit, sex and age band. Whoever has too few of their own kind in a year stands together with others, and
   what those do not have in common is not told of any of them; an exact age that fewer than five have is not told.

What it costs is that small numbers are rough: a 5 may be anything from one to nine, and some people are of no unit.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from instruments.ratings import BLANK
from screening.batch.coded_rows import UNDATED, CodedRows
from screening.evaluation import decide_columns
from screening.guidance import ParameterValue
from screening.intake import Codes
from screening.library import BoundGuidance, Library
from screening.trends.lattice import Lattice, lattice_on

if TYPE_CHECKING:
    import pandas as pd

#: How many a row stands for. Part of how the rows are made, and so no limit that can be set.
FIVE = 5
FACT, DAYS, ITEM = "fact.", "days.", "item."
WINDOW = "offence_window"
ABOUT = ("instrument", "unit", "sex")
AGE = f"{FACT}age"
#: In rows that are put in fives: where a row stands in its five.
PLACE = "place_in_five"
_OUTCOME = "outcome."
_GROUP = "alike_in_what_is_shown"
#: What an answer is divided by, besides what the rules make of it, and what stands where it is not told.
_BLANKS: dict[str, object] = {"unit": "", "sex": "unknown", AGE: BLANK}
#: Those who find no five among people of their own unit, sex and age band find one among others, and lose by each step
#: what they no longer have in common.
_STEPS: tuple[tuple[str, ...], ...] = ((), ("sex",), ("unit",), (AGE,))
Truths = tuple[NDArray[np.intp], BoundGuidance, Codes]


def microaggregate(rows: "pd.DataFrame", library: Library, on: date) -> "pd.DataFrame":
    """Let the middle one of every five stand for them; up to four at the end stand in no five and are left out.

    Parameters
    ----------
    rows : DataFrame
        One row for each young person: ``instrument`` (``id@version``, or nothing), ``unit``, ``sex``,
        ``fact.<name>`` and ``item.<place>`` in codes, ``days.<name>`` since an answer was observed, `WINDOW`; see
        `screening.trends.recorded`. All of one year.
    on : date
        The day whose guidances put the rows in order.

    Returns
    -------
    DataFrame
        The same columns, and a fifth of the rows.
    """
    members = in_groups_of_five(rows, library, on)
    return members[members[PLACE] == FIVE // 2].drop(columns=PLACE).reset_index(drop=True)


def in_groups_of_five(rows: "pd.DataFrame", library: Library, on: date) -> "pd.DataFrame":
    """Rows in the order in which each five stands together, told only as closely as the whole five is alike.

    Parameters
    ----------
    rows, library, on
        As in `microaggregate`.

    Returns
    -------
    DataFrame
        The same columns, some of their values blanked, and `PLACE`: 0 to 4 within a five.
    """
    import pandas as pd

    lattice = lattice_on(on).content
    left, fives = _with_outcomes(without_rare(rows), library, on), []
    for blanked in _STEPS:
        left = _blanked(left, blanked)
        if AGE in blanked:  # of unit and sex no outcome depends
            left = _with_outcomes(left[rows.columns], library, on)
        shown = [left["unit"], left["sex"], pd.Series(age_bands(left, lattice), left.index)]
        ordered = _sorted(left.assign(**{_GROUP: left.groupby(shown).ngroup()}))
        group = ordered.pop(_GROUP)
        place, size = group.groupby(group).cumcount(), group.groupby(group).transform("size")
        stands = place < size // FIVE * FIVE
        alike = ordered.loc[stands, list(rows.columns)].assign(**{PLACE: place % FIVE})
        fives.append(alike.iloc[np.argsort(group[stands], kind="stable")])
        left = ordered[~stands]
    return pd.concat(fives, ignore_index=True)


def without_rare(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Blank each unit, sex and age that fewer than five of the rows have.

    So many are blanked that those without a value are five or more too: a blank would otherwise tell of the same few.

    Parameters
    ----------
    rows : DataFrame
        As in `microaggregate`; it is not changed.
    """
    rows = rows.reset_index(drop=True)
    for name, blank in _BLANKS.items():
        if name not in rows:
            continue
        values = rows[name].where(rows[name].notna(), blank)
        counts = values[values != blank].value_counts().sort_index(kind="stable").sort_values(kind="stable")
        hidden, rare = int((values == blank).sum()), []
        for value, number in zip(counts.index.tolist(), counts.tolist(), strict=True):
            if number >= FIVE and not 0 < hidden < FIVE:
                break
            rare.append(value)
            hidden += number
        rows[name] = values.where(~values.isin(rare), blank).astype(rows[name].dtype)
    return rows


def _blanked(rows: "pd.DataFrame", names: Iterable[str]) -> "pd.DataFrame":
    import pandas as pd

    blanks = {name: pd.Series(_BLANKS[name], rows.index).astype(rows[name].dtype) for name in names if name in rows}
    return rows.assign(**blanks)


def age_bands(rows: "pd.DataFrame", lattice: Lattice) -> NDArray[np.object_]:
    """The band that the age of each row lies in, by the lattice; an array of str, shape (rows,)."""
    ages = rows[AGE].to_numpy() if AGE in rows else np.full(len(rows), BLANK)
    bands = lattice.dimension("age_band")
    names = {age: bands.band_of(None if age == BLANK else int(age)) for age in np.unique(ages).tolist()}
    return np.array([names[age] for age in ages.tolist()], dtype=object)


def in_order(rows: "pd.DataFrame", library: Library, on: date) -> "pd.DataFrame":
    """Put rows in order so that those who are alike lie together.

    First by what every guidance makes of them, then by unit, age and sex, then by everything else. Rows that are the
    same in all of it are the same.

    Parameters
    ----------
    rows, library, on
        As in `microaggregate`.

    Returns
    -------
    DataFrame
        The same rows and columns, numbered anew.
    """
    return _sorted(_with_outcomes(rows, library, on))[list(rows.columns)]


def _with_outcomes(rows: "pd.DataFrame", library: Library, on: date) -> "pd.DataFrame":
    """The same rows, and what every guidance makes of them."""
    coded = RowsByInstrument(rows, on)
    return rows.assign(**{f"{_OUTCOME}{name}": coded.outcomes(library, name) for name in library.names()})


def _sorted(rows: "pd.DataFrame") -> "pd.DataFrame":
    outcomes = [str(name) for name in rows if str(name).startswith(_OUTCOME)]
    first = [*outcomes, "unit", *([AGE] if AGE in rows else []), "sex"]
    rest = sorted({str(name) for name in rows} - set(first))
    return rows.sort_values([*first, *rest], kind="stable", ignore_index=True)


def outcomes_of(rows: "pd.DataFrame", library: Library, on: date, name: str) -> Codes:
    """What a guidance makes of every row: 0 not the target group, 1 more information is needed, 2 supports an offer.

    A guidance that is not in force on the day, or does not fit the instrument that was used, makes nothing of it: -1.

    Parameters
    ----------
    rows, library, on
        As in `microaggregate`.
    name : str
        Of the guidance.

    Returns
    -------
    int8 array, shape (rows,)
    """
    return RowsByInstrument(rows, on).outcomes(library, name)


class RowsByInstrument:
    """Rows in codes, those of one instrument at a time. They are coded once, whatever is then asked of them.

    Parameters
    ----------
    rows : DataFrame
        As in `microaggregate`.
    on : date
        The day whose guidances decide.
    """

    def __init__(self, rows: "pd.DataFrame", on: date) -> None:
        self._rows, self._on = rows, on
        used = rows["instrument"].to_numpy(dtype=object)
        self._places = {reference: np.flatnonzero(used == reference) for reference in sorted(set(used.tolist()))}
        self._coded: dict[tuple[str, int], CodedRows] = {}

    def outcomes(self, library: Library, name: str) -> Codes:
        """What a guidance makes of every row; see `outcomes_of`."""
        outcomes = np.full(len(self._rows), BLANK, dtype=np.int8)
        try:
            for places, bound, truths in self.decided(library, name):
                outcomes[places] = truths[bound.rules.outcome]
        except (UnknownDefinitionError, AlteredDefinitionError, InputError):
            outcomes.fill(BLANK)
        return outcomes

    def decided(
        self, library: Library, name: str, changed: Mapping[str, ParameterValue] | None = None
    ) -> Iterator[Truths]:
        """Decide rows under a guidance.

        Yields
        ------
        places : int array
            Which rows.
        bound : BoundGuidance
        truths : int8 array, shape (nodes, rows)

        Raises
        ------
        UnknownDefinitionError, AlteredDefinitionError, InputError
            See `screening.library.Library.bind`.
        """
        for reference, places in self._places.items():
            bound = library.bind(
                name, on=self._on, instrument=reference or None, is_rated=bool(reference), changed=changed
            )
            key = reference, len(bound.rules.instrument.items)
            if key not in self._coded:
                self._coded[key] = _coded(self._rows.iloc[places], key[1], self._on)
            yield places, bound, decide_columns(bound.rules, self._coded[key].columns(bound.rules))


def _coded(rows: "pd.DataFrame", number_of_items: int, on: date) -> CodedRows:
    columns = [str(column) for column in rows]
    facts = {
        column.removeprefix(FACT): rows[column].to_numpy(dtype=np.int8) for column in columns if column.startswith(FACT)
    }
    items = np.full((number_of_items, len(rows)), BLANK, dtype=np.int8)
    for place in range(number_of_items):
        if f"{ITEM}{place}" in rows:
            items[place] = rows[f"{ITEM}{place}"].to_numpy(dtype=np.int8)
    observed = {}
    for column in columns:
        if column.startswith(DAYS):
            days = rows[column].to_numpy(dtype=np.int32)
            observed[column.removeprefix(DAYS)] = np.where(days == UNDATED, UNDATED, on.toordinal() - days)
    window = rows[WINDOW].to_numpy(dtype=np.int16) if WINDOW in rows else None
    return CodedRows(facts, items, on, {}, observed, window)
