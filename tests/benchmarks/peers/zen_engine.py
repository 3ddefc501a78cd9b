"""zen-engine: one expression node, as its editor would save it."""

import json
from typing import Any

import zen

from screening.criteria import FactIsOneOf, ItemCount, NumberWithin, OffencesAtLeast
from screening.ruleset import Node, RuleSet
from tests.benchmarks.shipped import Row


class Zen:
    """Statuses are 0, 1 and 2, so that all of is the minimum and any of the maximum, as in Underlag.

    Of the writings tried this is the one with the fastest trace: one expression a criterion and no helper
    expressions (each would be traced too), no output node, and content prepared once.
    """

    name = "zen-engine"

    def __init__(self, rules: RuleSet) -> None:
        self._names = [node.name for node in rules.decision]
        content = zen.ZenDecisionContent(json.dumps(_graph(rules)))
        self._engine = zen.ZenEngine({"loader": lambda key: content})

    def decide(self, row: Row) -> Any:
        return self._engine.evaluate("stockholm_2012", row)

    def trace(self, row: Row) -> Any:
        return self._engine.evaluate("stockholm_2012", row, {"trace": True})

    def statuses(self, answer: Any) -> list[int]:
        result = answer["result"]
        return [result[f"criterion_{name}"] for name in self._names]


def _graph(rules: RuleSet) -> dict[str, Any]:
    expressions = [
        {"id": node.name, "key": f"criterion_{node.name}", "value": _expression(node, rules)} for node in rules.decision
    ]
    return {
        "nodes": [
            {"id": "intake", "type": "inputNode", "name": "intake", "position": {"x": 0, "y": 0}},
            {
                "id": "criteria",
                "type": "expressionNode",
                "name": "criteria",
                "position": {"x": 0, "y": 0},
                "content": {"expressions": expressions, "passThrough": False},
            },
        ],
        "edges": [{"id": "edge", "sourceId": "intake", "targetId": "criteria", "type": "edge"}],
    }


def _expression(node: Node, rules: RuleSet) -> str:
    test = node.test
    if isinstance(test, NumberWithin):
        within = f"{test.name} >= {test.lowest} and {test.name} <= {test.highest}"
        return f"{test.name} == null ? 1 : ({within} ? 2 : 0)"
    if isinstance(test, FactIsOneOf):
        return f"{test.name} == null ? 1 : ({test.name} in {sorted(test.codes)} ? 2 : 0)"
    if isinstance(test, OffencesAtLeast):
        return f"offence_count == null ? 1 : (offence_count >= {test.least} ? 2 : 0)"
    if isinstance(test, ItemCount):
        items = f"[{', '.join(test.names)}]"
        fewest = f"count({items}, # != null and # >= {test.least_code})"
        most = f"count({items}, # == null or # >= {test.least_code})"
        if test.at_least:
            return f"{fewest} >= {test.limit} ? 2 : ({most} < {test.limit} ? 0 : 1)"
        return f"{most} <= {test.limit} ? 2 : ({fewest} > {test.limit} ? 0 : 1)"
    children = ", ".join(f"$.criterion_{rules.nodes[child].name}" for child in node.children)
    return f"{'min' if node.kind == 'all_of' else 'max'}([{children}])"
