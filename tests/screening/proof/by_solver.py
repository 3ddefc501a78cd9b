"""A third reading of a guidance, as formulas for a solver: whatever the proof says of it can be asked of them.

It is written from the definitions, as `tests.screening.brute_force` is, and shares no code with the engine. It reads
whole ranges where the proof tries one number of each stretch, and every item by itself where the proof counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import floor
from typing import Any

import z3

from instruments.model import Instrument
from screening.facts import FactDictionary
from screening.guidance import Flag, FlagSet, Guidance
from screening.rules import Criterion, ItemCount, Rule

OUTCOME = "outcome"
#: A question that does not apply, as a number outside every range.
NOT_APPLICABLE = -1


@dataclass(frozen=True)
class Formulas:
    """A guidance and the flags as formulas over whole numbers.

    Parameters
    ----------
    parameters : Mapping
        The value in force of every parameter.
    """

    guidance: Guidance
    flags: FlagSet
    dictionary: FactDictionary
    instrument: Instrument
    parameters: Mapping[str, Any]

    def domain(self, name: str, value: Any) -> Any:
        """That a variable holds a value that the input can have."""
        if name.startswith("item."):
            return z3.And(value >= 0, value <= (2 if self.instrument.item(name[5:]).kind == "risk" else 1))
        fact = self.dictionary.by_id[name]
        low, high = fact.range or (0, len(fact.values) - 1)
        known = z3.And(value >= low, value <= high)
        return z3.Or(known, value == NOT_APPLICABLE) if fact.not_applicable else known

    def world(self, name: str = "") -> "World":
        """A completion, with variables of its own."""
        return World(self, name)


class World:
    """One completion: a variable for every input that is asked of it, and the formula of every node."""

    def __init__(self, formulas: Formulas, name: str) -> None:
        self._formulas = formulas
        self._name = name
        self.variables: dict[str, Any] = {}
        self._nodes: dict[str, Any] = {}
        for node in (*formulas.guidance.criteria, *formulas.flags.flags):
            self._add(node)

    def __getitem__(self, node: str) -> Any:
        """That a node is met."""
        if node == OUTCOME:
            return z3.And([self._nodes[each.id] for each in self._formulas.guidance.criteria if each.required])
        return self._nodes[node]

    @cached_property
    def is_possible(self) -> Any:
        """That every variable holds a value that its input can have."""
        return z3.And([self._formulas.domain(name, value) for name, value in self.variables.items()])

    def variable(self, name: str) -> Any:
        """The variable of an input."""
        return self.variables.setdefault(name, z3.Int(f"{self._name}{name}"))

    def _add(self, node: Criterion | Flag) -> Any:
        below = [self._add(child) for child in node.rule.children]
        if node.rule.all_of:
            formula = z3.And(below)
        elif node.rule.any_of:
            formula = z3.Or(below)
        else:
            formula = z3.Not(z3.Or(below)) if node.rule.none_of else self._test(node.rule)
        self._nodes[node.id] = formula
        return formula

    def _test(self, rule: Rule) -> Any:
        number = self._formulas.parameters
        if rule.between:
            return self._within(rule.between.fact, number[rule.between.min], number[rule.between.max])
        if rule.at_least:
            return self._within(rule.at_least.fact, number[rule.at_least.threshold], None)
        if rule.at_most:
            return self._within(rule.at_most.fact, 0, number[rule.at_most.threshold])
        if rule.offences_at_least:
            return self._within("offence_count", number[rule.offences_at_least.threshold], None)
        if rule.is_one_of:
            order = [value.id for value in self._formulas.dictionary.by_id[rule.is_one_of.fact].values]
            least = rule.is_one_of.least
            wanted = order[order.index(str(number[least])) :] if least else rule.is_one_of.values
            return z3.Or([self.variable(rule.is_one_of.fact) == order.index(value) for value in wanted])
        if rule.outside_design_age:
            ages = self._formulas.instrument.design_age
            return z3.Not(self._within("age", ages.min, ages.max))
        counted = rule.items_at_least or rule.items_at_most
        if counted is None:
            return z3.BoolVal(False)  # constant on a day
        count, limit = self._count(counted)
        return count >= limit if rule.items_at_least else count <= limit

    def _within(self, fact: str, low: int, high: int | None) -> Any:
        value = self.variable(fact)
        return z3.And(value >= low, value >= 0, *([] if high is None else [value <= high]))

    def _count(self, rule: ItemCount) -> tuple[Any, int]:
        formulas = self._formulas
        levels = {"risk": ["low", "moderate", "high"], "protective": ["absent", "present"]}[rule.kind]
        least = levels.index(str(formulas.parameters.get(rule.least, rule.least)))
        items = [
            self.variable(f"item.{item.id}")
            for item in formulas.instrument.items
            if item.kind == rule.kind and (item.own_behaviour or not rule.own_behaviour)
        ]
        set_number = formulas.parameters[rule.threshold] if rule.threshold else None
        limit = set_number if set_number is not None else floor(formulas.parameters[rule.share or ""] * len(items)) + 1
        return z3.Sum([z3.If(item >= least, 1, 0) for item in items]), limit


def is_possible(*formulas: Any) -> bool:
    """Whether some values make all of them true."""
    solver = z3.Solver()
    solver.add(*formulas)
    answer = solver.check()
    assert answer != z3.unknown
    return bool(answer == z3.sat)
