"""From the cells of a table to codes, as `screening.batch.cells` reads them, in expressions.

What cannot be read is never taken for a blank: such a row has no answer, and its column ``not_readable`` names the
columns of the table.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from instruments.ratings import BLANK
from screening.batch.cell_values import LARGEST_WINDOW
from screening.batch.plan import NOT_FOUND, UNREADABLE, Input
from screening.coding import days_fresh
from screening.criteria import STANDINGS
from screening.fact_reading import AGE, BIRTH_DATE, LONGEST_TEXT
from screening.facts import EVER, NOT_APPLICABLE, NOT_APPLICABLE_WORD
from screening.guidance import Freshness
from screening.intake import EVER_MONTHS, OWN_RULE_MONTHS
from screening.portable.expressions import (
    FALSE,
    Cell,
    Column,
    Constant,
    Difference,
    Expression,
    IsWhole,
    Joined,
    Slice,
    Step,
    Sum,
    WholeNumber,
    WithoutDecimals,
    all_of,
    any_of,
    choose,
    compare,
    is_day,
    is_one_of,
    negate,
)
from screening.ruleset import RuleSet

OFFENCES = "offence_count"
WINDOW = "offence_count.window_months"
NOT_READABLE = "not_readable"
#: What stands for a day that cannot be read.
BAD_DAY = "bad"
#: What stands after the day where a day is held as a point of time.
MIDNIGHT = [f" 00:00:00{decimals}" for decimals in ("", ".000", ".000000", ".000000000")]
#: What is worked out one after the other, each from those before.
STEPS = ("cells", "texts", "codes", "sums", "known")


@dataclass
class Reading:
    """The steps from the cells of a table to the codes of its rows, gathered input by input.

    Parameters
    ----------
    on : date
        The reference date.
    """

    rules: RuleSet
    on: date
    cells: dict[str, Expression] = field(default_factory=dict)
    texts: dict[str, Expression] = field(default_factory=dict)
    codes: dict[str, Expression] = field(default_factory=dict)
    sums: dict[str, Expression] = field(default_factory=dict)
    known: dict[str, Expression] = field(default_factory=dict)
    faults: dict[str, Expression] = field(default_factory=dict)

    def steps(self, inputs: Iterable[Input]) -> list[Step]:
        """The steps that leave a column of codes for each input, the window of the offences and ``not_readable``."""
        by_name = {given.name: given for given in inputs}
        for name, given in by_name.items():
            if name == BIRTH_DATE:
                self._read_birth_date(given, by_name.get(AGE))
            elif name != AGE or BIRTH_DATE not in by_name:
                self._read_input(given)
        marks = [choose([(fault, Constant(f", {column}"))], Constant("")) for column, fault in self.faults.items()]
        self.known[NOT_READABLE] = Slice(Joined(tuple(marks)), 3, LONGEST_TEXT) if marks else Constant("")
        columns = (self.cells, self.texts, self.codes, self.sums, self.known)
        return [Step(name, each) for name, each in zip(STEPS, columns, strict=True) if each]

    def _read_input(self, given: Input) -> None:
        name, code = given.name, self._code_of(given)
        if name == OFFENCES:
            self._read_offences(given, code)
        else:
            self.known[name] = self._still_fresh(name, given, code)

    def _still_fresh(self, name: str, given: Input | None, code: Expression) -> Expression:
        """The code, or a blank where the answer must be asked again; ``given`` is where the fact itself is read."""
        rows = [row for row in self.rules.guidance.freshness if row.fact == name]
        return choose([(self._is_stale(given, code, row), Constant(BLANK)) for row in rows], code)

    def _code_of(self, given: Input) -> Expression:
        """The code of an input's cell, or of the sum of its cells; what cannot be read is noted."""
        codes = [self._read_cell(given, column) for column in given.columns]
        if len(codes) == 1:
            return codes[0]
        total = Column(f"{given.name}.total")
        self.sums[total.name] = Sum(tuple(codes))
        is_blank = any_of(*(compare(code, "=", BLANK) for code in codes))
        is_read = all_of(*(compare(code, ">=", 0) for code in codes))
        self._note(" + ".join(given.columns), all_of(is_read, compare(total, ">", given.range[1])))
        return choose([(is_blank, Constant(BLANK))], total)

    def _read_cell(self, given: Input, column: str) -> Expression:
        code = Column(f"{given.name}.{column}.code" if len(given.columns) > 1 else f"{given.name}.code")
        self.codes[code.name] = self._reading(given, column)
        self._note(column, compare(code, "=", UNREADABLE))
        return code

    def _reading(self, given: Input, column: str) -> Expression:
        texts: dict[int, list[str]] = {}
        for text, code in given.codes.items():
            texts.setdefault(BLANK if code == NOT_FOUND else code, []).append(text)
        may_be_numbers = given.kind == "number" or any(text.lstrip("-").isdigit() for text in given.codes)
        cell = self._text_of(column, may_be_numbers=may_be_numbers)
        cases: list[tuple[Expression, Expression]] = [
            (is_one_of(cell, those), Constant(code)) for code, those in texts.items()
        ]
        if given.kind == "number":
            cases.append((IsWhole(cell), _number_within(cell, *given.range)))
        return choose(cases, Constant(UNREADABLE))

    def _text_of(self, column: str, *, may_be_numbers: bool = False) -> Column:
        cell = Column(f"{column}.cell")
        self.cells[cell.name] = Cell(column)
        if not may_be_numbers:
            return cell
        text = Column(f"{column}.text")
        self.texts[text.name] = WithoutDecimals(cell)
        return text

    def _day_of(self, given: Input, column: str) -> Column:
        """A day as text, empty where there is none; one that is none, or lies after the reference date, is noted."""
        cell, day = Column(f"{column}.date"), Column(f"{column}.day")
        text = self._text_of(column)
        is_midnight = is_one_of(Slice(text, len("2026-11-21") + 1, LONGEST_TEXT), MIDNIGHT)
        self.texts[cell.name] = choose([(is_midnight, Slice(text, 1, len("2026-11-21")))], text)
        blanks = [text for text, code in given.codes.items() if code in (BLANK, NOT_FOUND)]
        is_past = compare(cell, "<=", self.on.isoformat())
        self.codes[day.name] = choose(
            [(is_one_of(cell, blanks), Constant("")), (is_day(cell), choose([(is_past, cell)], Constant(BAD_DAY)))],
            Constant(BAD_DAY),
        )
        self._note(column, compare(day, "=", BAD_DAY))
        return day

    def _is_stale(self, given: Input | None, code: Expression, row: Freshness) -> Expression:
        """Whether an answer must be asked again; see `screening.coding.is_stale`."""
        codes = {**self.rules.describe(row.fact).codes, NOT_APPLICABLE_WORD: NOT_APPLICABLE}
        is_stale_undated = is_one_of(code, [codes[word] for word in row.must_be_dated if word in codes])
        if given is None or given.observed_on is None:
            return is_stale_undated
        day = self._day_of(given, given.observed_on)
        oldest = self.on - timedelta(days=days_fresh(self.rules, row))
        is_undated = compare(day, "=", "")
        return any_of(
            all_of(is_undated, is_stale_undated), all_of(negate(is_undated), compare(day, "<", oldest.isoformat()))
        )

    def _read_offences(self, given: Input, code: Expression) -> None:
        """The count and its window; see `screening.batch.coded_rows.CodedRows.columns`."""
        window = self._window_of(given, code)
        code = self._still_fresh(OFFENCES, given, code)
        is_open: Expression = FALSE
        offences = self.rules.offences
        if offences is not None and offences.counted not in (None, STANDINGS[0]):
            # A table holds no standings: only a count by the guidance's own rule is known to be of those that count.
            is_open = all_of(negate(compare(window, "=", OWN_RULE_MONTHS)), compare(code, ">=", offences.least))
        self.known[OFFENCES] = choose([(is_open, Constant(BLANK))], code)
        is_blank = any_of(is_open, compare(code, "=", BLANK))
        self.known[WINDOW] = choose([(is_blank, Constant(OWN_RULE_MONTHS))], window)

    def _window_of(self, given: Input, code: Expression) -> Expression:
        if given.window_column is None:
            return Constant(OWN_RULE_MONTHS if given.window_months is None else given.window_months)
        cell, window = self._text_of(given.window_column, may_be_numbers=True), Column(f"{WINDOW}.code")
        self.codes[window.name] = choose(
            [
                (compare(cell, "=", ""), Constant(OWN_RULE_MONTHS)),
                (compare(cell, "=", EVER), Constant(EVER_MONTHS)),
                (IsWhole(cell), _number_within(cell, 1, LARGEST_WINDOW)),
            ],
            Constant(UNREADABLE),
        )
        is_without_count = all_of(compare(code, "=", BLANK), negate(compare(window, "=", OWN_RULE_MONTHS)))
        self._note(given.window_column, any_of(compare(window, "=", UNREADABLE), is_without_count))
        return window

    def _read_birth_date(self, given: Input, stated: Input | None) -> None:
        """The age in completed years; an age that was stated as well must be the same."""
        column, years = given.columns[0], Column(f"{AGE}.counted")
        day = self._day_of(given, column)
        is_dated = negate(is_one_of(day, ["", BAD_DAY]))
        is_to_come = compare(Slice(day, 6, 5), ">", self.on.isoformat()[5:])
        counted = Difference(
            Constant(self.on.year),
            Sum((WholeNumber(Slice(day, 1, 4)), choose([(is_to_come, Constant(1))], Constant(0)))),
        )
        self.sums[years.name] = choose([(is_dated, counted)], Constant(BLANK))
        self._note(column, compare(years, ">", self.rules.describe(AGE).domain()[1]))
        code: Expression = Constant(BLANK)
        if stated is not None:
            code = self._code_of(stated)
            are_known = all_of(compare(years, ">=", 0), compare(code, ">=", 0))
            self._note(" + ".join(stated.columns), all_of(are_known, negate(compare(years, "=", code))))
        self.known[AGE] = self._still_fresh(AGE, stated, choose([(compare(years, ">=", 0), years)], code))

    def _note(self, column: str, fault: Expression) -> None:
        if fault != FALSE:
            self.faults[column] = any_of(self.faults.get(column, FALSE), fault)


def _number_within(text: Expression, lowest: int, highest: int) -> Expression:
    number = WholeNumber(text)
    is_within = all_of(compare(number, ">=", lowest), compare(number, "<=", highest))
    return choose([(is_within, number)], Constant(UNREADABLE))
