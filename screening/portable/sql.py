"""SQL that DuckDB, PostgreSQL and SQLite run as it stands.

Of the functions that the three share only those are used that mean the same in all: no dates, no regular expressions.
A column is named with its table, since SQLite takes an unknown name in quotes for a text.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import singledispatch
from hashlib import sha256

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
from screening.portable.layout import in_lines, is_unwritable

#: What the table or the step before is called in each step.
SOURCE = "intake"
#: What the characters around a cell are called. They are written once, since a line break is among them.
_AROUND = "around"
_DIGITS = "'0123456789'"
#: PostgreSQL cuts longer names (bytes of UTF-8), so that two may become one.
LONGEST_NAME = 63
_DIGEST = 8


def write_sql(query: Query, table: str, heading: Iterable[str] = ()) -> str:
    """Write a query as one statement without a semicolon, so that it can stand in a view.

    Every step is worked out before the next: a planner that puts steps into each other would work out what two
    columns build on twice, and what they build on in turn four times.

    Parameters
    ----------
    table : str
        The name of the table that is read, with its schema before a point.
    heading : iterable of str
        Lines that stand first, as comments.

    Raises
    ------
    InputError
        If a name is empty, cannot be written or is longer than `LONGEST_NAME`.
    """
    parts = table.split(".")
    _require_names(query, parts)
    prefix = "underlag_"
    while any(part.lower().startswith(prefix) for part in parts):
        prefix += "_"
    around = _named(f"{prefix}{_AROUND}")
    source = f"{'.'.join(map(_named, parts))} AS {SOURCE} CROSS JOIN {around} AS {_AROUND}"
    key, steps = f"{SOURCE}.{_named(query.key)} AS {_named('key')}", []
    for step in query.steps:
        selected = _select([key, *_columns(step.columns)], source)
        name = _named(f"{prefix}{step.name}")
        steps.append(in_lines([selected], "", opening=f"{name} AS MATERIALIZED (", closing=")"))
        key, source = f"{SOURCE}.*", f"{name} AS {SOURCE}"
    result = {name: f"nullif({_write(each)}, '')" for name, each in query.result.items()}
    selected = _select(
        [f"{SOURCE}.{_named('key')}", *(f"{sql} AS {_named(name)}" for name, sql in result.items())], source
    )
    first = f"{around} AS (SELECT {_text(TRIMMED)} AS characters)"
    return "\n".join([*(f"-- {line}".rstrip() for line in heading), f"WITH {', '.join([first, *steps])}", selected, ""])


def _require_names(query: Query, table: Sequence[str]) -> None:
    faults = [Fault("table-name-empty", "", {"name": ".".join(table)})] if "" in table else []
    faults += [Fault("name-unwritable", "", {"name": repr(part)}) for part in table if is_unwritable(part)]
    long = [name for name in query.result if len(name.encode()) > LONGEST_NAME]
    faults += [Fault("name-too-long", "", {"name": name, "most": LONGEST_NAME}) for name in long]
    if faults:
        raise InputError(faults)


def _columns(columns: Mapping[str, Expression]) -> list[str]:
    return [f"{_write(each)} AS {_named(_inner(name))}" for name, each in columns.items()]


def _select(columns: Sequence[str], source: str) -> str:
    return in_lines(columns, ",", opening="SELECT ", closing=f" FROM {source}")


def _inner(name: str) -> str:
    """The name of a column of a step; of a long one its beginning and a digest, so that no two become one."""
    if len(name.encode()) <= LONGEST_NAME:
        return name
    digest = sha256(name.encode()).hexdigest()[:_DIGEST]
    return f"{name.encode()[: LONGEST_NAME - _DIGEST - 1].decode(errors='ignore')}_{digest}"


def _named(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@singledispatch
def _write(expression: object) -> str:
    raise TypeError(f"{type(expression).__name__} has no SQL")


@_write.register
def _(each: Column) -> str:
    return f"{SOURCE}.{_named(_inner(each.name))}"


@_write.register
def _(each: Cell) -> str:
    return f"coalesce(trim(CAST({SOURCE}.{_named(each.column)} AS text), {_AROUND}.characters), '')"


@_write.register
def _(each: Constant) -> str:
    if isinstance(each.value, bool):
        return "TRUE" if each.value else "FALSE"
    return _text(each.value) if isinstance(each.value, str) else str(each.value)


@_write.register
def _(each: Comparison) -> str:
    return f"{_write(each.left)} {each.sign} {_write(each.right)}"


@_write.register
def _(each: IsOneOf) -> str:
    return f"{_write(each.part)} IN ({', '.join(_write(Constant(value)) for value in each.among)})"


@_write.register
def _(each: AllOf) -> str:
    return in_lines(map(_write, each.parts), " AND", opening="(", closing=")")


@_write.register
def _(each: AnyOf) -> str:
    return in_lines(map(_write, each.parts), " OR", opening="(", closing=")")


@_write.register
def _(each: Negation) -> str:
    return f"NOT ({_write(each.part)})"


@_write.register
def _(each: Count) -> str:
    ones = [f"CASE WHEN {_write(part)} THEN 1 ELSE 0 END" for part in each.parts]
    return in_lines(ones, " +", opening="(", closing=")")


@_write.register
def _(each: Sum) -> str:
    return in_lines(map(_write, each.parts), " +", opening="(", closing=")")


@_write.register
def _(each: Difference) -> str:
    return f"({_write(each.left)} - {_write(each.right)})"


@_write.register
def _(each: Choice) -> str:
    cases = [f"WHEN {_write(condition)} THEN {_write(value)}" for condition, value in each.cases]
    return in_lines([*cases, f"ELSE {_write(each.otherwise)}"], "", opening="CASE ", closing=" END")


@_write.register
def _(each: Joined) -> str:
    return in_lines(map(_write, each.parts), " ||", opening="(", closing=")")


@_write.register
def _(each: Slice) -> str:
    return f"substr({_write(each.text)}, {each.first}, {each.length})"


@_write.register
def _(each: WithoutDecimals) -> str:
    text = _write(each.text)
    without_zeros = f"rtrim({text}, '0')"
    whole = f"substr({without_zeros}, 1, length({without_zeros}) - 1)"
    digits = f"substr({whole}, CASE WHEN substr({text}, 1, 1) = '-' THEN 2 ELSE 1 END)"
    is_whole = f"{without_zeros} LIKE '%.' AND ltrim({digits}, {_DIGITS}) = '' AND {digits} <> ''"
    return f"CASE WHEN {is_whole} THEN {whole} ELSE {text} END"


@_write.register
def _(each: IsWhole) -> str:
    text = _write(each.text)
    return f"({text} <> '' AND ltrim({text}, {_DIGITS}) = '' AND length({text}) < 10)"


@_write.register
def _(each: WholeNumber) -> str:
    return f"CAST({_write(each.text)} AS integer)"
