"""A guidance as a query over one flat table, the same that `underlag screen` reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from instruments.faults import Fault, InputError
from instruments.mapping import MappingFile
from instruments.ratings import BLANK
from screening.batch.plan import KEY, OBSERVED_ON, WINDOW_COLUMN, Input, make_plan
from screening.fact_reading import AGE, BIRTH_DATE
from screening.intake import OWN_RULE_MONTHS
from screening.portable.deciding import decision_steps, possibly, surely
from screening.portable.expressions import Column, Constant, Expression, Query, choose, compare, negate
from screening.portable.layout import is_unwritable
from screening.portable.reading import NOT_READABLE, OFFENCES, WINDOW, Reading
from screening.recommendation import OUTCOMES
from screening.ruleset import Node, RuleSet
from screening.truth import WORDS


@dataclass(frozen=True)
class Exported:
    """A guidance as a query, and what it reads of a table.

    Parameters
    ----------
    inputs : tuple of Input
        The facts and items that a criterion tests, with their columns.
    """

    query: Query
    inputs: tuple[Input, ...]


def export_rules(
    rules: RuleSet, on: date, mapping: MappingFile | None = None, names: Sequence[str] | None = None
) -> Exported:
    """Write a guidance as a query.

    Parameters
    ----------
    on : date
        The reference date of all rows. For another day it is exported again: another version may then be in force.
    mapping : MappingFile or None
        None where the table's columns have our own names.
    names : sequence of str or None
        The table's columns; what it lacks is blank in every row. None for a table with every column that the mapping
        names or, without one, that a criterion tests.

    Returns
    -------
    Exported

    Raises
    ------
    InputError
        If the mapping or the columns do not fit, or a name or text of theirs cannot be written in a query.
    """
    plan = make_plan(names or every_column(rules, mapping), rules.instrument, rules.dictionary, mapping)
    used = {*rules.criterion_inputs, *([BIRTH_DATE] if AGE in rules.criterion_inputs else [])}
    inputs = [given for given in (*plan.facts, *plan.items) if given.name in used]
    _require_writable(plan.key, inputs)
    steps = Reading(rules, on).steps(inputs)
    read = {name for step in steps for name in step.columns}
    codes: dict[str, Expression] = {
        name: Column(name) if name in read else Constant(BLANK) for name in rules.criterion_inputs
    }
    codes[WINDOW] = Column(WINDOW) if WINDOW in read else Constant(OWN_RULE_MONTHS)
    steps += decision_steps(rules, codes, on)
    return Exported(Query(plan.key, steps, _result(rules)), tuple(inputs))


def every_column(rules: RuleSet, mapping: MappingFile | None) -> list[str]:
    """The columns of a table that has all that the mapping names or, without one, all that a criterion tests."""
    if mapping is not None:
        content = mapping.content
        return list(dict.fromkeys((content.key, *(column for _, column in content.input_columns()))))
    tested = rules.criterion_inputs
    dated = [row.fact + OBSERVED_ON for row in rules.guidance.freshness if row.fact in tested]
    return [KEY, *tested, *dated, *([WINDOW_COLUMN] if OFFENCES in tested else [])]


def _require_writable(key: str, inputs: Iterable[Input]) -> None:
    texts = dict.fromkeys([key])
    for given in inputs:
        beside = (column for column in (given.observed_on, given.window_column) if column is not None)
        texts.update(dict.fromkeys((*given.columns, *beside, *given.codes)))
    faults = [Fault("name-unwritable", "", {"name": repr(text)}) for text in texts if is_unwritable(text)]
    if faults:
        raise InputError(faults)


def _result(rules: RuleSet) -> dict[str, Expression]:
    """The columns of `screening.batch.pipeline.result_batch` that are exported, and ``not_readable`` after them."""
    columns = {"outcome": _in_words(rules.nodes[rules.outcome], OUTCOMES)}
    columns |= {f"criterion.{node.name}": _in_words(node, WORDS) for node in rules.criteria}
    return {**columns, NOT_READABLE: Column(NOT_READABLE)}


def _in_words(node: Node, words: tuple[str, ...]) -> Expression:
    least, middle, most = (Constant(word) for word in words)
    is_unreadable = negate(compare(Column(NOT_READABLE), "=", ""))
    return choose([(is_unreadable, Constant("")), (surely(node), most), (possibly(node), middle)], least)
