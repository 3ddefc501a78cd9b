"""From the cells of a table to codes, a column at a time; what cannot be read is told by row and column."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from instruments.faults import Fault, InputError
from instruments.mapped_columns import text_of_cell
from instruments.model import Instrument
from instruments.ratings import BLANK
from instruments.row_faults import RowFaults, place, shown
from screening.batch.cell_values import (
    Kind,
    Numbers,
    buffer,
    cell_reader,
    completed_years,
    fault_of_cell,
    is_not_found,
    packed_as_it_is,
    packed_reader,
    read_day,
    read_distinct,
    read_window,
    too_long,
    with_blanks,
)
from screening.batch.coded_rows import UNDATED, CodedRows
from screening.batch.plan import NOT_FOUND, UNREADABLE, Input, Plan
from screening.criteria import ITEM_PREFIX
from screening.fact_reading import LONGEST_TEXT
from screening.facts import NOT_APPLICABLE
from screening.intake import LARGEST_CODE, OWN_RULE_MONTHS, Codes

RowNumber = Callable[[int], int]


class CellReader:
    """Reads the columns of a plan.

    An int8 column of a table in our own names may be *packed*: it holds codes as they are, with -1 for not asked, -2
    for not applicable and -3 for not found. Where every code is on the scale such a column is taken without a copy.
    """

    def __init__(self, plan: Plan, instrument: Instrument, on: date) -> None:
        self._plan = plan
        self._on = on
        self._positions = {ITEM_PREFIX + name: position for name, position in instrument.positions.items()}
        self._tables: dict[str, Numbers] = {}

    def read(self, batch: pa.RecordBatch, row_number: RowNumber, faults: RowFaults) -> CodedRows:
        """Put a batch into codes.

        Parameters
        ----------
        row_number : callable
            From a place in the batch to the row's number in the table, for messages.
        faults : RowFaults
            Takes in every cell that cannot be read. The codes are of no use then.

        Raises
        ------
        InputError
            If a column holds text that is not Unicode.
        """
        rows = _Rows(self, batch, row_number, faults)
        try:
            for given in self._plan.facts:
                rows.read_fact(given)
            items = np.full((len(self._positions), len(batch)), BLANK, dtype=np.int8)
            for given in self._plan.items:
                items[self._positions[given.name]] = rows.blank_not_found(given, rows.read_codes(given, np.int8))
        except UnicodeDecodeError as error:
            raise InputError([Fault("text-unreadable", f"column {given.columns[0]}", {"name": given.name})]) from error
        return CodedRows(rows.facts, items, self._on, rows.not_found, rows.observed_on, rows.window)

    def table(self, given: Input, kind: Kind) -> Numbers:
        """The code of each of the 256 values of an int8 column, the negative ones last."""
        if given.name not in self._tables:
            read = packed_reader(given) if given.can_be_packed else cell_reader(given)
            self._tables[given.name] = np.array([read(value) for value in (*range(128), *range(-128, 0))], dtype=kind)
        return self._tables[given.name]


class _Rows:
    """One pass over a batch."""

    def __init__(self, reader: CellReader, batch: pa.RecordBatch, row_number: RowNumber, faults: RowFaults) -> None:
        self._reader = reader
        self._batch = batch
        self._row_number = row_number
        self._faults = faults
        self.on = reader._on
        self.facts: dict[str, Codes] = {}
        self.not_found: dict[str, NDArray[np.bool_]] = {}
        self.observed_on: dict[str, NDArray[np.int32]] = {}
        self.window: NDArray[np.int16] | None = None

    def read_fact(self, given: Input) -> None:
        """Read a fact and what stands beside it. Facts come in the plan's order; the age may come in two columns."""
        if given.observed_on is not None:
            self.observed_on[given.name] = self._read_days(given, given.observed_on)
        if given.kind == "text":
            self._require_short(given)
        elif given.kind == "date":
            self._settle_age(given)
        elif given.kind == "word":
            self.facts[given.name] = self.blank_not_found(given, self.read_codes(given, np.int8))
        else:
            numbers = self._read_numbers(given)
            codes = np.minimum(self.blank_not_found(given, numbers), LARGEST_CODE).astype(np.int8, copy=False)
            if given.name == "age" and "age" in self.facts:
                codes = self._agreed_ages(self.facts["age"], codes)
            self.facts[given.name] = codes
            if given.name == "age":
                self._keep_not_found_ages()
            if given.window_months is not None or given.window_column is not None:
                self._read_window(given, codes)

    def read_codes(self, given: Input, kind: Kind, column: str | None = None) -> Numbers:
        """The codes of a column; every cell without one is told."""
        name = column or given.columns[0]
        values = self._batch.column(name)
        packed = packed_as_it_is(values, given)
        if packed is not None:
            return packed
        if values.type == pa.int8():
            codes = with_blanks(self._reader.table(given, kind)[buffer(values, np.uint8)], values)
        else:
            codes = read_distinct(values, cell_reader(given), kind)
        if codes.size and codes.min() <= UNREADABLE:
            self._add_faults(codes == UNREADABLE, name, lambda raw: fault_of_cell(given, raw))
        return codes

    def blank_not_found(self, given: Input, codes: Numbers) -> Numbers:
        """Put a blank in the codes where the input was not found, which is noted."""
        if codes.size and codes.min() <= NOT_FOUND:
            mask = codes == NOT_FOUND
            if NOT_APPLICABLE in given.codes.values():
                codes = np.where(codes <= NOT_FOUND, codes.dtype.type(BLANK), codes)
            else:  # then a blank is the smallest code, and this is several times as fast
                codes = np.maximum(codes, codes.dtype.type(BLANK))
            if mask.any():
                self.not_found[given.name] = mask | self.not_found.get(given.name, np.False_)
        return codes

    def _read_numbers(self, given: Input) -> Numbers:
        """A column of whole numbers, or several summed; the sum is blank where any of them is."""
        if len(given.columns) == 1:
            return self.read_codes(given, np.int16)
        parts = [self.read_codes(given, np.int16, column) for column in given.columns]
        total: Numbers = np.add.reduce(parts, axis=0, dtype=np.int32)
        largest = given.range[1]
        too_large = (np.min(parts, axis=0) >= 0) & (total > largest)
        if too_large.any():
            where = " + ".join(given.columns)
            parameters = {"name": given.name, "low": given.range[0], "high": largest}
            self._add_faults_of_rows(
                too_large,
                lambda row: Fault(
                    "cell-off-range", place(self._row_number(row), where), {**parameters, "value": int(total[row])}
                ),
            )
        for blank in (BLANK, NOT_FOUND):  # where a part cannot be learned, asking for the rest does not give the sum
            total[np.any([part == blank for part in parts], axis=0)] = blank
        return np.minimum(total, largest).astype(np.int16)

    def _read_window(self, given: Input, codes: Codes) -> None:
        if given.window_column is None:
            window = np.full(len(codes), given.window_months, dtype=np.int16)
        else:
            column = given.window_column
            values = self._batch.column(column)
            window = read_distinct(values, lambda raw: read_window(text_of_cell(raw)), np.int16)
            window[window == BLANK] = OWN_RULE_MONTHS
            self._add_faults(window == UNREADABLE, column, lambda raw: ("bad-window", {"value": shown(raw)}))
            self._add_faults(
                (codes == BLANK) & (window != OWN_RULE_MONTHS), column, lambda raw: ("window-without-count", {})
            )
        self.window = np.where(codes == BLANK, np.int16(OWN_RULE_MONTHS), window)

    def _read_days(self, given: Input, column: str) -> NDArray[np.int32]:
        days = read_distinct(self._batch.column(column), lambda raw: read_day(raw, given), np.int32)
        self._add_faults(days == UNREADABLE, column, lambda raw: ("impossible-date", {"value": shown(raw)}))
        on = self.on.isoformat()
        later = days > self.on.toordinal()
        self._add_faults(later, column, lambda raw: ("date-in-future", {"value": text_of_cell(raw), "on": on}))
        return np.where(later | (days == UNREADABLE), np.int32(UNDATED), days)

    def _settle_age(self, given: Input) -> None:
        """Ages from birth dates; an age that was stated as well must be the same.

        Where neither is known, looking for either in vain is looking for the age in vain; see
        `screening.fact_reading`, which does the same for one intake.
        """
        column = given.columns[0]
        born = self._read_days(given, column)
        sought = read_distinct(self._batch.column(column), lambda raw: int(is_not_found(raw, given)), np.int8) == 1
        years = completed_years(born, self.on)
        too_old = years > LARGEST_CODE
        self._add_faults_of_rows(
            too_old,
            lambda row: Fault(
                "impossible-birth-date",
                place(self._row_number(row), column),
                {"value": date.fromordinal(int(born[row])).isoformat(), "years": int(years[row])},
            ),
        )
        codes = np.where(too_old, BLANK, years).astype(np.int8)
        self.facts["age"] = self._agreed_ages(codes, self.facts["age"]) if "age" in self.facts else codes
        if sought.any():
            self.not_found["age"] = sought | self.not_found.get("age", np.False_)
        self._keep_not_found_ages()

    def _agreed_ages(self, counted: Codes, stated: Codes) -> Codes:
        differs = (counted != BLANK) & (stated != BLANK) & (counted != stated)
        column = next(given.columns[0] for given in self._reader._plan.facts if given.name == "age")
        self._add_faults_of_rows(
            differs,
            lambda row: Fault(
                "age-disagrees",
                place(self._row_number(row), column),
                {"age": int(stated[row]), "years": int(counted[row]), "on": self.on.isoformat()},
            ),
        )
        return np.where(counted == BLANK, stated, counted)

    def _keep_not_found_ages(self) -> None:
        """An age that is known from either column was found."""
        if "age" in self.not_found:
            self.not_found["age"] = self.not_found["age"] & (self.facts["age"] == BLANK)

    def _require_short(self, given: Input) -> None:
        column = given.columns[0]
        values = self._batch.column(column)
        lengths = read_distinct(values, lambda raw: min(len(str(raw)), 2**31 - 1), np.int32)
        self._add_faults(lengths > LONGEST_TEXT, column, lambda raw: too_long(given.name, raw))

    def _add_faults(
        self, wrong: NDArray[np.bool_], column: str, describe: Callable[[Any], tuple[str, dict[str, object]]]
    ) -> None:
        values = self._batch.column(column)

        def fault(row: int) -> Fault:
            code, parameters = describe(values[row].as_py())
            return Fault(code, place(self._row_number(row), column), parameters)

        self._add_faults_of_rows(wrong, fault)

    def _add_faults_of_rows(self, wrong: NDArray[np.bool_], fault: Callable[[int], Fault]) -> None:
        rows = np.flatnonzero(wrong)
        if rows.size:
            faults = ((self._row_number(int(row)), fault(int(row))) for row in rows)
            self._faults.add_many(faults, rows.size)
