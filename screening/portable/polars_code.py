"""Python for polars: one function from a frame to a frame, which needs nothing but polars."""

from collections.abc import Iterable, Mapping
from functools import singledispatch
from textwrap import indent

from instruments.faults import Fault, InputError
from screening.portable.expressions import (
    TRIMMED,
    AllOf,
    AnyOf,
    Cell,
    Choice,
    Column,
    Comparison,
    Constant,
    Count,
    Difference,
    Expression,
    IsOneOf,
    IsWhole,
    Joined,
    Negation,
    Query,
    Slice,
    Sum,
    WholeNumber,
    WithoutDecimals,
)
from screening.portable.layout import in_lines

_SIGNS = {"=": "==", "<>": "!="}


def write_polars(query: Query, heading: Iterable[str] = ()) -> str:
    """Write a query as a module with the function ``screen``.

    Parameters
    ----------
    heading : iterable of str
        Lines that stand first, as comments.

    Raises
    ------
    InputError
        If polars takes the name of a column for a pattern.
    """
    patterns = [name for name in query.columns_read if name == "*" or (name.startswith("^") and name.endswith("$"))]
    if patterns:
        raise InputError(Fault("name-is-pattern", f"column {name}", {"name": name}) for name in patterns)
    key = f"pl.col({query.key!r}).alias('key')"
    # NaN is how a column of decimal numbers says that a cell is empty; the text "NaN" is a text as any other.
    steps = [f"intakes = intakes.with_columns(pl.selectors.float().exclude({query.key!r}).fill_nan(None))"]
    verb = "select"
    for step in query.steps:
        columns = [*([key] if verb == "select" else []), *_columns(step.columns)]
        steps += [f"# {step.name}", in_lines(columns, ",", opening=f"intakes = intakes.{verb}(", closing=")")]
        verb = "with_columns"
    result = [f"{_write(each)}.replace('', None).alias({name!r})" for name, each in query.result.items()]
    steps.append(in_lines([repr("key"), *result], ",", opening="return intakes.select(", closing=")"))
    return "\n".join(
        [
            *(f"# {line}".rstrip() for line in heading),
            "import polars as pl",
            "",
            "",
            "def screen(intakes: pl.LazyFrame) -> pl.LazyFrame:",
            indent("\n".join(steps), "    "),
            "",
        ]
    )


def _columns(columns: Mapping[str, Expression]) -> list[str]:
    return [f"{_write(each)}.alias({name!r})" for name, each in columns.items()]


@singledispatch
def _write(expression: object) -> str:
    raise TypeError(f"{type(expression).__name__} has no polars expression")


@_write.register
def _(each: Column) -> str:
    return f"pl.col({each.name!r})"


@_write.register
def _(each: Cell) -> str:
    return f"pl.col({each.column!r}).cast(pl.String).str.strip_chars({TRIMMED!r}).fill_null('')"


@_write.register
def _(each: Constant) -> str:
    return f"pl.lit({each.value!r})"


@_write.register
def _(each: Comparison) -> str:
    right = repr(each.right.value) if isinstance(each.right, Constant) else _write(each.right)
    return f"({_write(each.left)} {_SIGNS.get(each.sign, each.sign)} {right})"


@_write.register
def _(each: IsOneOf) -> str:
    return f"{_write(each.part)}.is_in({list(each.among)!r})"


@_write.register
def _(each: AllOf) -> str:
    return in_lines(map(_write, each.parts), " &", opening="(", closing=")")


@_write.register
def _(each: AnyOf) -> str:
    return in_lines(map(_write, each.parts), " |", opening="(", closing=")")


@_write.register
def _(each: Negation) -> str:
    return f"~{_write(each.part)}"


@_write.register
def _(each: Count) -> str:
    return in_lines((f"{_write(part)}.cast(pl.Int16)" for part in each.parts), " +", opening="(", closing=")")


@_write.register
def _(each: Sum) -> str:
    return in_lines(map(_write, each.parts), " +", opening="(", closing=")")


@_write.register
def _(each: Difference) -> str:
    return f"({_write(each.left)} - {_write(each.right)})"


@_write.register
def _(each: Choice) -> str:
    cases = [f".when({_write(condition)}).then({_write(value)})" for condition, value in each.cases]
    return in_lines(["pl", *cases, f".otherwise({_write(each.otherwise)})"], "", opening="(", closing=")")


@_write.register
def _(each: Joined) -> str:
    return in_lines(map(_write, each.parts), " +", opening="(", closing=")")


@_write.register
def _(each: Slice) -> str:
    return f"{_write(each.text)}.str.slice({each.first - 1}, {each.length})"


@_write.register
def _(each: WithoutDecimals) -> str:
    return f"{_write(each.text)}.str.replace(r'^(-?[0-9]+)\\.0*$', '${{1}}')"


@_write.register
def _(each: IsWhole) -> str:
    return f"{_write(each.text)}.str.contains('^[0-9]{{1,9}}$')"


@_write.register
def _(each: WholeNumber) -> str:
    return f"{_write(each.text)}.cast(pl.Int32, strict=False)"
