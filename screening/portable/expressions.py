"""The intermediate form: expressions over the columns of a step, and the steps that make a query.

No expression is null: a blank is the number `BLANK`, an empty cell the empty text. So every back end can use its plain
two-valued logic, and what is unknown is said by two truths, met *surely* and met *possibly*.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import Literal, TypeAlias

Sign = Literal["=", "<>", "<", "<=", ">", ">="]
_COMPARE = {"=": eq, "<>": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
#: Characters around a cell that are not read.
TRIMMED = " \t\n\v\f\r\u00a0"
_OTHERWISE: Mapping[Sign, Sign] = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True)
class Column:
    """A column of an earlier step."""

    name: str


@dataclass(frozen=True)
class Cell:
    """A cell of the table that is read, as text without `TRIMMED` around it; empty where the cell is."""

    column: str


@dataclass(frozen=True)
class Constant:
    """A truth, a whole number or a text."""

    value: bool | int | str


@dataclass(frozen=True)
class Comparison:
    """Two numbers, or two texts by the order of their characters."""

    left: "Expression"
    sign: Sign
    right: "Expression"


@dataclass(frozen=True)
class IsOneOf:
    """Whether a number or text is one of some."""

    part: "Expression"
    among: tuple[int, ...] | tuple[str, ...]


@dataclass(frozen=True)
class AllOf:
    """Whether every one of some truths holds; two or more."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class AnyOf:
    """Whether one of some truths holds; two or more."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class Negation:
    """The other truth."""

    part: "Expression"


@dataclass(frozen=True)
class Count:
    """How many of some truths hold."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class Sum:
    """The sum of some numbers."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class Difference:
    """A number less another."""

    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Choice:
    """The value beside the first condition that holds."""

    cases: tuple[tuple["Expression", "Expression"], ...]
    otherwise: "Expression"


@dataclass(frozen=True)
class Joined:
    """Texts one after the other."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class Slice:
    """So many characters of a text from a place on, the first being 1."""

    text: "Expression"
    first: int
    length: int


@dataclass(frozen=True)
class WithoutDecimals:
    """A text such as ``15.0`` as ``15``, and any other text as it is."""

    text: "Expression"


@dataclass(frozen=True)
class IsWhole:
    """Whether a text is one to nine digits."""

    text: "Expression"


@dataclass(frozen=True)
class WholeNumber:
    """The number of a text of which `IsWhole` holds."""

    text: "Expression"


Expression: TypeAlias = (
    Column
    | Cell
    | Constant
    | Comparison
    | IsOneOf
    | AllOf
    | AnyOf
    | Negation
    | Count
    | Sum
    | Difference
    | Choice
    | Joined
    | Slice
    | WithoutDecimals
    | IsWhole
    | WholeNumber
)
TRUE, FALSE = Constant(True), Constant(False)


@dataclass(frozen=True)
class Step:
    """Columns that are worked out together, from those of the steps before.

    Parameters
    ----------
    name : str
        What the step does, as a name.
    columns : Mapping of str to Expression
        The columns that it adds.
    """

    name: str
    columns: Mapping[str, Expression]


@dataclass(frozen=True)
class Query:
    """A guidance as steps from a table to its result, a row for each of the table's rows.

    Parameters
    ----------
    key : str
        The table's column that tells its rows apart; it is ``key`` in every step and in the result.
    steps : sequence of Step
        The first reads cells and no other does.
    result : Mapping of str to Expression
        The columns of the result, texts over the columns of the steps; an empty text stands for none.
    """

    key: str
    steps: Sequence[Step]
    result: Mapping[str, Expression]

    @property
    def columns_read(self) -> list[str]:
        """The columns of the table, the key first."""
        cells = (each for step in self.steps for each in step.columns.values() if isinstance(each, Cell))
        return [self.key, *(cell.column for cell in cells)]


# What can be told while the expression is made is told then: an enumeration is substitution.


def compare(left: Expression, sign: Sign, right: Expression | int | str) -> Expression:
    """Compare two numbers or two texts."""
    right = Constant(right) if isinstance(right, int | str) else right
    if isinstance(left, Constant) and isinstance(right, Constant):
        return Constant(bool(_COMPARE[sign](left.value, right.value)))
    return Comparison(left, sign, right)


def is_one_of(part: Expression, among: Iterable[int] | Iterable[str]) -> Expression:
    """Whether a number or text is one of some."""
    values: tuple[int, ...] | tuple[str, ...] = tuple(sorted(set(among)))  # type: ignore[type-var, assignment]
    if isinstance(part, Constant):
        return Constant(part.value in values)
    if len(values) < 2:
        return Comparison(part, "=", Constant(values[0])) if values else FALSE
    return IsOneOf(part, values)


def all_of(*parts: Expression) -> Expression:
    """Whether every one of some truths holds."""
    open_parts = _open_parts(parts, AllOf, TRUE)
    if FALSE in open_parts:
        return FALSE
    return open_parts[0] if len(open_parts) == 1 else AllOf(open_parts) if open_parts else TRUE


def any_of(*parts: Expression) -> Expression:
    """Whether one of some truths holds."""
    open_parts = _open_parts(parts, AnyOf, FALSE)
    if TRUE in open_parts:
        return TRUE
    return open_parts[0] if len(open_parts) == 1 else AnyOf(open_parts) if open_parts else FALSE


def _open_parts(
    parts: Iterable[Expression], kind: type[AllOf] | type[AnyOf], idle: Expression
) -> tuple[Expression, ...]:
    """The parts without those that change nothing, each once; parts of the same kind are taken apart."""
    flat: dict[Expression, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if isinstance(part, kind) else [part]))
    return tuple(part for part in flat if part != idle)


def negate(part: Expression) -> Expression:
    """The other truth."""
    if isinstance(part, Constant):
        return Constant(not part.value)
    if isinstance(part, Comparison):
        return Comparison(part.left, _OTHERWISE[part.sign], part.right)
    return part.part if isinstance(part, Negation) else Negation(part)


def count(parts: Iterable[Expression]) -> Expression:
    """How many of some truths hold."""
    given = tuple(parts)
    certain = sum(part == TRUE for part in given)
    uncertain = tuple(part for part in given if not isinstance(part, Constant))
    if not uncertain:
        return Constant(certain)
    return Sum((Constant(certain), Count(uncertain))) if certain else Count(uncertain)


def choose(cases: Iterable[tuple[Expression, Expression]], otherwise: Expression) -> Expression:
    """The value beside the first condition that holds."""
    possible: list[tuple[Expression, Expression]] = []
    for condition, value in cases:
        if condition == TRUE:
            otherwise = value
            break
        if condition != FALSE:
            possible.append((condition, value))
    return Choice(tuple(possible), otherwise) if possible else otherwise


def is_day(text: Expression) -> Expression:
    """Whether a text is a day of the calendar, such as ``2026-11-21``."""
    year, month, day = Slice(text, 1, 4), Slice(text, 6, 2), Slice(text, 9, 2)
    fours = [f"{number:02}" for number in range(0, 100, 4)]
    is_leap = all_of(
        is_one_of(Slice(text, 3, 2), fours),
        any_of(compare(Slice(text, 3, 2), "<>", "00"), is_one_of(Slice(text, 1, 2), fours)),
    )
    return all_of(
        Comparison(Joined((year, Constant("-"), month, Constant("-"), day)), "=", text),
        IsWhole(year),
        compare(year, "<>", "0000"),
        is_one_of(month, [f"{number:02}" for number in range(1, 13)]),
        any_of(
            is_one_of(day, [f"{number:02}" for number in range(1, 29)]),
            all_of(compare(day, "=", "29"), any_of(compare(month, "<>", "02"), is_leap)),
            all_of(compare(day, "=", "30"), compare(month, "<>", "02")),
            all_of(compare(day, "=", "31"), is_one_of(month, ["01", "03", "05", "07", "08", "10", "12"])),
        ),
    )
