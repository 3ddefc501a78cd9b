"""datalogic-py: JSON Logic, compiled once."""

from typing import Any

import datalogic_py
import orjson

from screening.criteria import FactIsOneOf, ItemCount, NumberWithin, OffencesAtLeast
from screening.ruleset import Node, RuleSet
from tests.benchmarks.shipped import Row

Logic = Any


class Datalogic:
    """One rule that gives the list of statuses. JSON Logic names no results, so parents repeat their children."""

    name = "datalogic-py"

    def __init__(self, rules: RuleSet) -> None:
        logic = [_logic(node, rules) for node in rules.decision]
        self._engine = datalogic_py.Engine()
        self._rule = self._engine.compile(logic)
        self._text = orjson.dumps(logic).decode()

    def decide(self, row: Row) -> Any:
        return self._rule.evaluate(row)

    def trace(self, row: Row) -> Any:
        return self._engine.evaluate_with_trace(self._text, orjson.dumps(row).decode())

    def statuses(self, answer: Any) -> list[int]:
        return answer if isinstance(answer, list) else orjson.loads(answer)["result"]


def _logic(node: Node, rules: RuleSet) -> Logic:
    test = node.test
    if isinstance(test, NumberWithin):
        return _unless_blank(test.name, {"<=": [test.lowest, {"var": test.name}, test.highest]})
    if isinstance(test, FactIsOneOf):
        return _unless_blank(test.name, {"in": [{"var": test.name}, sorted(test.codes)]})
    if isinstance(test, OffencesAtLeast):
        return _unless_blank("offence_count", {">=": [{"var": "offence_count"}, test.least]})
    if isinstance(test, ItemCount):
        fewest, most = _count(test, -1), _count(test, test.largest_code)
        if test.at_least:
            return {"if": [{">=": [fewest, test.limit]}, 2, {"<": [most, test.limit]}, 0, 1]}
        return {"if": [{"<=": [most, test.limit]}, 2, {">": [fewest, test.limit]}, 0, 1]}
    return {"min" if node.kind == "all_of" else "max": [_logic(rules.nodes[child], rules) for child in node.children]}


def _unless_blank(name: str, is_met: Logic) -> Logic:
    return {"if": [{"===": [{"var": name}, None]}, 1, is_met, 2, 0]}


def _count(test: ItemCount, for_a_blank: int) -> Logic:
    """How many items count, if every blank were rated so."""
    return {"+": [{"if": [{">=": [_rating(name, for_a_blank), test.least_code]}, 1, 0]} for name in test.names]}


def _rating(name: str, for_a_blank: int) -> Logic:
    return {"??": [{"var": name}, for_a_blank]}
