"""duckdb: one SELECT. SQL's boolean logic is Kleene's."""

from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from instruments.ratings import BLANK
from screening.criteria import FactIsOneOf, ItemCount, NumberWithin, OffencesAtLeast
from screening.intake import Codes
from screening.ruleset import Node, RuleSet


class Duck:
    name = "duckdb"

    def __init__(self, rules: RuleSet, inputs: Mapping[str, Codes], threads: int | None = None) -> None:
        self._names = [node.name for node in rules.decision]
        self._connection = duckdb.connect()
        if threads is not None:
            self._connection.execute(f"SET threads = {threads}")
        given = pa.table({name: pa.array(codes, mask=codes == BLANK) for name, codes in inputs.items()})
        self._connection.register("given", given)
        self._connection.execute("CREATE TABLE intakes AS SELECT * FROM given")
        self._query = query(rules)

    def decide(self) -> pa.Table:
        return self._connection.sql(self._query).to_arrow_table()

    def statuses(self, answer: pa.Table) -> Codes:
        columns = [answer[name].combine_chunks() for name in self._names]
        met = [column.fill_null(False).to_numpy(zero_copy_only=False) for column in columns]
        unknown = [column.is_null().to_numpy(zero_copy_only=False) for column in columns]
        return np.stack(met) * np.int8(2) + np.stack(unknown)


def query(rules: RuleSet) -> str:
    written: list[str] = []
    for node in rules.decision:
        written.append(_sql(node, written))
    columns = [f'{sql} AS "{node.name}"' for sql, node in zip(written, rules.decision, strict=True)]
    return f"SELECT {', '.join(columns)} FROM intakes"  # noqa: S608


def _sql(node: Node, before: Sequence[str]) -> str:
    test = node.test
    if isinstance(test, NumberWithin):
        return f"({test.name} BETWEEN {test.lowest} AND {test.highest})"
    if isinstance(test, FactIsOneOf):
        return f"({test.name} IN ({', '.join(map(str, sorted(test.codes)))}))"
    if isinstance(test, OffencesAtLeast):
        return f"(offence_count >= {test.least})"
    if isinstance(test, ItemCount):
        fewest, most = _count(test, -1), _count(test, test.largest_code)
        if test.at_least:
            return f"(CASE WHEN {fewest} >= {test.limit} THEN true WHEN {most} < {test.limit} THEN false END)"
        return f"(CASE WHEN {most} <= {test.limit} THEN true WHEN {fewest} > {test.limit} THEN false END)"
    return f"({(' AND ' if node.kind == 'all_of' else ' OR ').join(before[child] for child in node.children)})"


def _count(test: ItemCount, for_a_blank: int) -> str:
    counted = [f"(coalesce({name}, {for_a_blank}) >= {test.least_code})::TINYINT" for name in test.names]
    return f"({' + '.join(counted)})"
