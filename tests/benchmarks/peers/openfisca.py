"""OpenFisca: every input and every criterion is a variable of a person, every criterion has a formula over columns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from openfisca_core.entities import Entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import Simulation, SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from instruments.ratings import BLANK
from screening.criteria import FactIsOneOf, ItemCount, NumberWithin, OffencesAtLeast
from screening.intake import Codes
from screening.ruleset import Node, RuleSet
from tests.benchmarks.shipped import Row

PERIOD = "2026-11"
Numbers = Any
Ask = Callable[[str], Numbers]


class OpenFisca:
    """Statuses are 0, 1 and 2; a blank is -1, since an absent value would become the variable's default."""

    name = "OpenFisca"

    def __init__(self, rules: RuleSet) -> None:
        self._criteria = [_criterion(node.name) for node in rules.decision]
        self._person = Entity("person", "persons", "a young person", "")
        self._system = TaxBenefitSystem([self._person])
        inputs = {name.removeprefix("item."): None for node in rules.decision if node.test for name in node.test.inputs}
        for name in inputs:
            self._add(name, None)
        for node in rules.decision:
            self._add(_criterion(node.name), _formula(node, rules))

    def _add(self, name: str, formula: Callable[..., Numbers] | None) -> None:
        attributes: dict[str, Any] = {
            "value_type": int,
            "entity": self._person,
            "definition_period": DateUnit.MONTH,
            "label": name,
            "default_value": BLANK,
        }
        if formula is not None:
            attributes["formula"] = formula
        self._system.add_variable(type(name, (Variable,), attributes))

    def _simulate(self, inputs: Mapping[str, Sequence[int] | Codes], count: int, *, is_traced: bool) -> Simulation:
        simulation = SimulationBuilder().build_default_simulation(self._system, count)
        simulation.trace = is_traced
        for name, codes in inputs.items():
            simulation.set_input(name, PERIOD, codes)
        for name in self._criteria:
            simulation.calculate(name, PERIOD)
        return simulation

    def _decide_one(self, row: Row, *, is_traced: bool) -> Simulation:
        codes = {name: np.array([BLANK if code is None else code]) for name, code in row.items()}
        return self._simulate(codes, 1, is_traced=is_traced)

    def decide(self, row: Row) -> Simulation:
        return self._decide_one(row, is_traced=False)

    def trace(self, row: Row) -> Any:
        simulation = self._decide_one(row, is_traced=True)
        simulation.tracer.get_serialized_flat_trace()
        return simulation

    def decide_columns(self, inputs: Mapping[str, Codes]) -> Simulation:
        return self._simulate(inputs, len(next(iter(inputs.values()))), is_traced=False)

    def statuses(self, answer: Simulation) -> list[int]:
        return [int(answer.get_array(name, PERIOD)[0]) for name in self._criteria]

    def statuses_of_columns(self, answer: Simulation) -> Codes:
        return np.stack([answer.get_array(name, PERIOD).astype(np.int8) for name in self._criteria])


def _criterion(name: str) -> str:
    return f"criterion_{name}"


def _formula(node: Node, rules: RuleSet) -> Callable[..., Numbers]:
    """A formula as OpenFisca wants it: a function of the persons and the period."""
    tested = _test(node, [_criterion(rules.nodes[child].name) for child in node.children])

    def formula(person: Any, period: Any) -> Numbers:
        return tested(lambda name: person(name, period))

    return formula


def _test(node: Node, children: Sequence[str]) -> Callable[[Ask], Numbers]:
    test = node.test
    if isinstance(test, NumberWithin):
        low, high, within = test.lowest, test.highest, test.name
        return lambda ask: _unless_blank(ask(within), lambda codes: (codes >= low) & (codes <= high))
    if isinstance(test, FactIsOneOf):
        choice, wanted = test.name, sorted(test.codes)
        return lambda ask: _unless_blank(ask(choice), lambda codes: np.isin(codes, wanted))
    if isinstance(test, OffencesAtLeast):
        least = test.least
        return lambda ask: _unless_blank(ask("offence_count"), lambda codes: codes >= least)
    if isinstance(test, ItemCount):
        return lambda ask: _count(test, [ask(name) for name in test.names])
    choose = np.minimum if node.kind == "all_of" else np.maximum
    return lambda ask: choose.reduce([ask(name) for name in children])


def _unless_blank(codes: Numbers, is_met: Callable[[Numbers], Numbers]) -> Numbers:
    return np.where(codes == BLANK, 1, np.where(is_met(codes), 2, 0))


def _count(test: ItemCount, items: Sequence[Numbers]) -> Numbers:
    counted = sum((codes >= test.least_code).astype(int) for codes in items)
    possible = counted + sum((codes == BLANK).astype(int) for codes in items)
    if test.at_least:
        return np.where(counted >= test.limit, 2, np.where(possible < test.limit, 0, 1))
    return np.where(possible <= test.limit, 2, np.where(counted > test.limit, 0, 1))
