"""A second reading of the definitions, slow and plain, to hold the engine against.

It is written from sections 3.2 to 3.7 of the architecture and shares no code with the engine. It works in words where
the engine works in codes, and lays out the whole truth table of a guidance (an axis for every input, an entry for
every completion) where the engine reasons. Everything asked of it is then a look into that table.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property, reduce
from itertools import combinations, product
from math import floor
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from instruments.model import Instrument, Item
from screening.facts import FactDictionary
from screening.guidance import Flag, FlagSet, Guidance
from screening.rules import Criterion, ItemCount, Rule

Value = str | int
Window = int | Literal["ever"] | None
Table = NDArray[np.bool_]
Change = frozenset[tuple[str, Value]]

OUTCOME = "outcome"
COUNT, AGE = "offence_count", "age"
WHOLE_LIFE = 10**6  # months


@dataclass(frozen=True)
class Known:
    """What is known of one person: a value, in the words of the definitions, for every input that is not blank.

    ``window`` is the time over which the offences were counted; None means "by the guidance's own rule".
    """

    values: Mapping[str, Value]
    window: Window = None

    def told(self, name: str, value: Value) -> "Known":
        """The same with one value (more). An offence count told anew is told by the guidance's own rule."""
        return Known({**self.values, name: value}, None if name == COUNT else self.window)

    def only(self, names: Iterable[str]) -> "Known":
        """The same with all but some inputs blank."""
        kept = {name: self.values[name] for name in names}
        return Known(kept, self.window if COUNT in kept else None)

    def without(self, name: str) -> "Known":
        """The same with one input blank."""
        return self.only(other for other in self.values if other != name)


@dataclass(frozen=True)
class CountingRule:
    """How a guidance counts offences: over some months, and over the whole life below an age."""

    months: int
    ever_below_age: int

    def agreeing(self, count: int, window: Window, age: int, most: int) -> tuple[int, int]:
        """The smallest and largest count by this rule, at an age, that agrees with what is recorded."""
        if window is None:
            return count, count
        asked = WHOLE_LIFE if age < self.ever_below_age else self.months
        recorded = WHOLE_LIFE if window == "ever" else window
        return (count, count) if recorded == asked else (count, most) if recorded < asked else (0, count)


class BruteForce:
    """A guidance and the flags, read by laying out every completion.

    A node is a criterion, a flag or the outcome, by its id.

    Parameters
    ----------
    parameters : Mapping, optional
        The value of every parameter; its default where nothing else is said.
    """

    def __init__(
        self,
        guidance: Guidance,
        flags: FlagSet,
        dictionary: FactDictionary,
        instrument: Instrument,
        on: date,
        parameters: Mapping[str, object] | None = None,
    ) -> None:
        self.guidance = guidance
        self.flags = flags
        self.dictionary = dictionary
        self.instrument = instrument
        self.on = on
        defaults = {each.id: each.default for each in (*flags.parameters, *guidance.parameters)}
        self.parameters: Mapping[str, object] = {**defaults, **(parameters or {})}

    # What the definitions say.

    @cached_property
    def required(self) -> list[Criterion]:
        """The criteria that the outcome rests on."""
        return [criterion for criterion in self.guidance.criteria if criterion.required]

    @cached_property
    def inputs(self) -> list[str]:
        """Every input, in the order in which the criteria and then the flags first use it."""
        return self._inputs_of(*self.guidance.criteria, *self.flags.flags)

    @cached_property
    def inputs_of_outcome(self) -> list[str]:
        """Every input of a required criterion, in the guidance's order."""
        return self._inputs_of(*self.required)

    @cached_property
    def leaves(self) -> list[Rule]:
        """Every rule without children."""
        return [rule for node in (*self.guidance.criteria, *self.flags.flags) for rule in _leaves(node.rule)]

    @cached_property
    def counting(self) -> CountingRule | None:
        """How offences are counted; there is one way in a guidance. None where they are not."""
        rules = {
            CountingRule(self._number(rule.window_months), self._number(rule.ever_below_age))
            for leaf in self.leaves
            if (rule := leaf.offences_at_least)
        }
        assert len(rules) <= 1, "one number cannot be counted in two ways"
        return rules.pop() if rules else None

    def domain(self, name: str) -> list[Value]:
        """Every value that an input can have."""
        if name.startswith("item."):
            return list(_LEVELS[self.instrument.item(name[5:]).kind])
        fact = self.dictionary.by_id[name]
        if fact.range:
            values: list[Value] = list(range(fact.range[0], fact.range[1] + 1))
        else:
            values = [value.id for value in fact.values]
        return [*values, "not_applicable"] if fact.not_applicable else values

    def _inputs_of(self, *nodes: Criterion | Flag) -> list[str]:
        return list(dict.fromkeys(name for node in nodes for name in self._uses(node.rule)))

    def _uses(self, rule: Rule) -> Iterator[str]:
        for child in rule.children:
            yield from self._uses(child.rule)
        for tested in (rule.between, rule.is_one_of, rule.at_least, rule.at_most):
            if tested:
                yield tested.fact
        if rule.offences_at_least:
            yield from (COUNT, AGE)
        if counted := rule.items_at_least or rule.items_at_most:
            yield from (f"item.{item.id}" for item in self._counted(counted))
        if rule.outside_design_age:
            yield AGE

    def _counted(self, rule: ItemCount) -> list[Item]:
        return [
            item
            for item in self.instrument.items
            if item.kind == rule.kind and (item.own_behaviour or not rule.own_behaviour)
        ]

    def _number(self, parameter: str) -> int:
        value = self.parameters[parameter]
        assert isinstance(value, int)
        return value

    # Truth where nothing is blank.

    def answers_in(self, world: Mapping[str, Value]) -> dict[str, bool]:
        """The two-valued answer of every node in one completion."""
        return {name: bool(np.all(answer)) for name, answer in self._all(lambda leaf: self.holds(leaf, world)).items()}

    def _all(self, answer: Callable[[Rule], Any]) -> dict[str, Any]:
        """The answers of all nodes from those of the rules without children, be they single answers or tables."""
        answers: dict[str, Any] = {}

        def add(node: Criterion | Flag) -> Any:
            below = [add(child) for child in node.rule.children]
            if node.rule.all_of:
                answers[node.id] = reduce(np.logical_and, below)
            elif node.rule.any_of:
                answers[node.id] = reduce(np.logical_or, below)
            elif node.rule.none_of:
                answers[node.id] = np.logical_not(reduce(np.logical_or, below))
            else:
                answers[node.id] = answer(node.rule)
            return answers[node.id]

        for node in (*self.guidance.criteria, *self.flags.flags):
            add(node)
        always = np.ones((1,) * len(self.inputs), dtype=bool)
        answers[OUTCOME] = reduce(np.logical_and, [answers[criterion.id] for criterion in self.required], always)
        return answers

    def holds(self, rule: Rule, world: Mapping[str, Value | None]) -> bool:
        """Whether a rule without children holds where nothing that it asks about is blank."""
        if rule.between:
            return self._is_within(world[rule.between.fact], rule.between.min, rule.between.max)
        if rule.at_least:
            return self._is_within(world[rule.at_least.fact], rule.at_least.threshold, None)
        if rule.at_most:
            return self._is_within(world[rule.at_most.fact], None, rule.at_most.threshold)
        if rule.is_one_of:
            wanted: list[Value] = list(rule.is_one_of.values)
            if rule.is_one_of.least:
                order = [value.id for value in self.dictionary.by_id[rule.is_one_of.fact].values]
                wanted = [*order[order.index(str(self.parameters[rule.is_one_of.least])) :]]
            return world[rule.is_one_of.fact] in wanted
        if rule.offences_at_least:
            return self._is_within(world[COUNT], rule.offences_at_least.threshold, None)
        if rule.outside_design_age:
            return not self.instrument.design_age.min <= _whole(world[AGE]) <= self.instrument.design_age.max
        if rule.after_valid_to:
            return any(day is not None and self.on > day for day in (self.guidance.valid_to, self.guidance.ended_on))
        counted = rule.items_at_least or rule.items_at_most
        assert counted is not None
        number = sum(self._counts(item, counted.least, world[f"item.{item.id}"]) for item in self._counted(counted))
        return number >= self.limit(counted) if rule.items_at_least else number <= self.limit(counted)

    def _is_within(self, value: Value | None, low: str | None, high: str | None) -> bool:
        if value == "not_applicable":
            return False
        return (low is None or self._number(low) <= _whole(value)) and (
            high is None or _whole(value) <= self._number(high)
        )

    def _counts(self, item: Item, least: str, level: Value | None) -> bool:
        levels = _LEVELS[item.kind]
        return levels.index(str(level)) >= levels.index(str(self.parameters.get(least, least)))

    def limit(self, rule: ItemCount) -> int:
        """The number of items that a count is held against: a set number, or more than a share of all items."""
        if rule.threshold is not None and self.parameters[rule.threshold] is not None:
            return self._number(rule.threshold)
        assert rule.share is not None
        share = Fraction(str(self.parameters[rule.share]))
        return floor(share * len(self._counted(rule))) + 1

    # The truth table.

    @cached_property
    def tables(self) -> dict[str, Any]:
        """The table of every node: one axis for each of `inputs`, of length one where the node does not use it."""
        return self._all(self._leaf_table)

    def _leaf_table(self, rule: Rule) -> Table:
        # The count in a completion is the count by the guidance's own rule, so the age does not matter for it here.
        names = {COUNT} if rule.offences_at_least else set(self._uses(rule))
        domains = [self.domain(name) if name in names else [None] for name in self.inputs]
        answers = [self.holds(rule, dict(zip(self.inputs, values, strict=True))) for values in product(*domains)]
        return np.array(answers, dtype=bool).reshape([len(domain) for domain in domains])

    # Completions.

    def completions(self, node: str, known: Known) -> Table:
        """A node's answer in every completion of what is known; known inputs have an axis of length one."""
        table = self._as_recorded(self.tables[node], known)
        index = []
        for axis, name in enumerate(self.inputs):
            is_fixed = name in known.values and table.shape[axis] > 1 and not (name == COUNT and known.window)
            place = self.domain(name).index(known.values[name]) if is_fixed else 0
            index.append(slice(place, place + 1) if is_fixed else slice(None))
        return table[tuple(index)]

    def _as_recorded(self, table: Table, known: Known) -> Table:
        """The table where the count axis no longer says the count itself but the count that it is taken to be.

        A count over another window leaves open some counts by the rule, and which ones depends on the age. Every
        entry of the axis stands for the nearest count that agrees with the record, so that blanks are independent.
        """
        if known.window is None or COUNT not in known.values or self.counting is None:
            return table
        count_axis, age_axis = self.inputs.index(COUNT), self.inputs.index(AGE)
        if table.shape[count_axis] == 1:
            return table
        counts, by_age = self.domain(COUNT), []
        for place, age in enumerate(self.domain(AGE)):
            low, high = self.counting.agreeing(
                _whole(known.values[COUNT]), known.window, _whole(age), _whole(counts[-1])
            )
            nearest = [counts.index(min(max(_whole(count), low), high)) for count in counts]
            at_age = np.take(table, [place if table.shape[age_axis] > 1 else 0], axis=age_axis)
            by_age.append(np.take(at_age, nearest, axis=count_axis))
        return np.concatenate(by_age, axis=age_axis)

    def status(self, node: str, known: Known) -> str:
        """Met or not met where all completions agree, else unknown (3.3, 3.4)."""
        answers = self.completions(node, known)
        return "met" if answers.all() else "unknown" if answers.any() else "not_met"

    def statuses(self, known: Known) -> dict[str, str]:
        """The status of every criterion, the outcome and every flag."""
        return {node: self.status(node, known) for node in self.tables}

    # What is decisive (3.7).

    def decisive_sets(self, known: Known) -> set[frozenset[str]]:
        """The inclusion-minimal sets of known inputs that alone, all else blank, give the same outcome."""
        names = [name for name in self.inputs_of_outcome if name in known.values]
        outcome = self.status(OUTCOME, known)
        smallest_sets: set[frozenset[str]] = set()
        for size in range(len(names) + 1):
            for kept in map(frozenset, combinations(names, size)):
                is_smallest = not any(smaller <= kept for smaller in smallest_sets)
                if is_smallest and self.status(OUTCOME, known.only(kept)) == outcome:
                    smallest_sets.add(kept)
        return smallest_sets

    def open_inputs(self, known: Known) -> list[str]:
        """The inputs of the outcome that can still have more than one value."""
        return [
            name
            for name in self.inputs_of_outcome
            if name not in known.values or (name == COUNT and len(self.answers(name, known)) > 1)
        ]

    def answers(self, name: str, known: Known) -> list[Value]:
        """Every value that an open input can turn out to have."""
        if name not in known.values or known.window is None or self.counting is None:
            return self.domain(name)
        ages = [known.values[AGE]] if AGE in known.values else self.domain(AGE)
        most = _whole(self.domain(COUNT)[-1])
        spans = [self.counting.agreeing(_whole(known.values[COUNT]), known.window, _whole(age), most) for age in ages]
        return sorted({count for low, high in spans for count in range(low, high + 1)})

    def decisive_blanks(self, known: Known) -> list[str]:
        """The blanks whose value changes the outcome for some values of the other blanks, in the guidance's order."""
        table = self.completions(OUTCOME, known)
        can_turn = {name: bool((table.any(axis) & ~table.all(axis)).any()) for axis, name in enumerate(self.inputs)}
        return [name for name in self.inputs_of_outcome if can_turn[name]]

    def questions(self, known: Known, not_found: Iterable[str] = ()) -> list[tuple[str, str, list[str]]]:
        """The open questions in order: the input, how far an answer settles, and the unresolved criteria it bears on.

        An input settles "with another" where two answers settle the outcome together and neither does so alone.
        """
        out_of_reach = frozenset(not_found)
        asked = self.askable(known, out_of_reach)
        settling = {
            (name, value): self.status(OUTCOME, known.told(name, value)) != "unknown"
            for name in asked
            for value in self.answers(name, known)
        }
        alone = {name for (name, _), settles in settling.items() if settles}
        paired = set()
        for name, other in combinations(asked, 2):
            for value in self.answers(name, known):
                after = known.told(name, value)
                for other_value in self.answers(other, after):
                    neither_alone = not settling[name, value] and not settling.get((other, other_value), False)
                    if neither_alone and self.status(OUTCOME, after.told(other, other_value)) != "unknown":
                        paired |= {name, other}
        costs = self.costs(known, out_of_reach)
        return [
            (
                name,
                "alone" if name in alone else "with_another" if name in paired else "not_yet",
                [
                    criterion.id
                    for criterion in self.required
                    if name in self._inputs_of(criterion) and self.status(criterion.id, known) == "unknown"
                ],
            )
            for name in sorted(asked, key=costs.__getitem__)
        ]

    # The strategy of asking (3.7): every order of questions and every answer is tried.

    def askable(self, known: Known, not_found: frozenset[str]) -> list[str]:
        """The blanks that can change the outcome and were not looked for in vain."""
        if self.status(OUTCOME, known) != "unknown":
            return []
        return [name for name in self.decisive_blanks(known) if name not in not_found]

    def costs(self, known: Known, not_found: frozenset[str]) -> dict[str, tuple[int, Fraction]]:
        """What it takes to ask each question first and then what is best: the most answers, and their mean number.

        Every value that can be declared is as likely as another.
        """
        costs = {}
        for name in self.askable(known, not_found):
            answers = self.stretches(name, known)
            after = [(self.best(known.told(name, value), not_found), number) for value, number in answers.items()]
            mean = Fraction(sum(cost[1] * number for cost, number in after), sum(answers.values()))
            costs[name] = 1 + max(cost[0] for cost, _ in after), 1 + mean
        return costs

    def best(self, known: Known, not_found: frozenset[str]) -> tuple[int, Fraction]:
        """The same for the best first question; nothing where none is left."""
        key = frozenset(known.values.items()), known.window, not_found
        if key not in self._best:
            self._best[key] = min(self.costs(known, not_found).values(), default=(0, Fraction(0)))
        return self._best[key]

    @cached_property
    def _best(self) -> dict[object, tuple[int, Fraction]]:
        return {}

    def fewest(self, known: Known, not_found: frozenset[str]) -> int:
        """The fewest answers, of any to any questions, after which none is left."""
        asked = self.askable(known, not_found)
        return min(
            (
                1 + self.fewest(known.told(name, value), not_found)
                for name in asked
                for value in self.stretches(name, known)
            ),
            default=0,
        )

    def stretches(self, name: str, known: Known) -> dict[Value, int]:
        """The answers that something tells apart, each with the number of answers that it stands for."""
        numbers: dict[Value, int] = {}
        for value in self.answers(name, known):
            first = value if known.window is not None and name == COUNT else self.first_of_stretch(name, value)
            numbers[first] = numbers.get(first, 0) + 1
        return numbers

    # The smallest changes (3.7).

    def smallest_changes(self, known: Known) -> set[Change]:
        """The sets of fewest changed values that give another outcome. The age is never changed, blanks stay blank."""
        outcome = self.status(OUTCOME, known)
        if outcome == "unknown":
            return set()
        changeable = [name for name in self.inputs_of_outcome if name in known.values and name != AGE]
        for number in range(1, len(changeable) + 1):
            changes = {
                frozenset(change)
                for names in combinations(changeable, number)
                for change in product(*(self._other_values(name, known) for name in names))
                if self.status(OUTCOME, reduce(lambda so_far, one: so_far.told(*one), change, known)) != outcome
            }
            if changes:
                return changes
        return set()

    def _other_values(self, name: str, known: Known) -> list[tuple[str, Value]]:
        return [(name, value) for value in self.domain(name) if value != known.values[name]]

    def first_of_stretch(self, name: str, value: Value) -> Value:
        """The smallest number that no criterion or flag tells from this one; of a choice, the value itself."""
        domain = self.domain(name)
        place = domain.index(value)
        while place and isinstance(domain[place], int) and self._are_alike(name, place - 1, place):
            place -= 1
        return domain[place]

    def _are_alike(self, name: str, place: int, other: int) -> bool:
        limit = self.counting.ever_below_age if self.counting and name == AGE else None
        if limit is not None and self.domain(name)[other] == limit:
            return False
        axis = self.inputs.index(name)
        tables = [self._leaf_table(leaf) for leaf in self.leaves]
        return all(
            table.shape[axis] == 1 or np.array_equal(np.take(table, place, axis), np.take(table, other, axis))
            for table in tables
        )


def _leaves(rule: Rule) -> Iterator[Rule]:
    if not rule.children:
        yield rule
    for child in rule.children:
        yield from _leaves(child.rule)


_LEVELS = {"risk": ["low", "moderate", "high"], "protective": ["absent", "present"]}


def _whole(value: object) -> int:
    assert isinstance(value, int), f"{value!r} is not a whole number"
    return value
