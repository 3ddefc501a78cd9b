"""A guidance bound to its parameters and an instrument: a flat list of nodes, ready to be decided.

Binding turns every name into a position or a code once, so that deciding an intake only compares numbers. It also
finds the inputs that a criterion uses more than once: there Kleene's minimum and maximum would answer "unknown" too
often, and every value of those inputs is tried instead.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import floor, prod
from operator import itemgetter

import numpy as np

from instruments.faults import Fault, InputError
from instruments.model import Instrument
from instruments.ratings import BLANK
from screening.criteria import (
    ITEM_PREFIX,
    AfterDate,
    FactIsOneOf,
    ItemCount,
    NumberWithin,
    OffencesAtLeast,
    Test,
    combine,
)
from screening.facts import NOT_APPLICABLE, FactDescription, FactDictionary
from screening.guidance import (
    Criterion,
    Flag,
    FlagSet,
    Guidance,
    ParameterValue,
    Rule,
    Setting,
)
from screening.guidance import ItemCount as ItemCountRule
from screening.intake import CodedIntake, Codes, Columns
from screening.truth import MET, WORDS

#: Most combinations of inputs used twice that are tried for one node.
MOST_COMBINATIONS = 4_096
OUTCOME = "outcome"
Truths = Sequence[int] | Mapping[int, int]


@dataclass(frozen=True)
class Node:
    """One criterion or flag, or the outcome itself, in a place of the list.

    Parameters
    ----------
    name : str
        The criterion's or flag's id, or ``outcome`` for the conjunction of the required criteria.
    kind : str
        The kind of its rule; see `screening.guidance.RULES`.
    children : tuple of int
        Positions of the nodes that it combines; all before its own.
    test : Test or None
        What is tested, for a node without children.
    limits : tuple of (parameter, value)
        The parameters in force that it uses; the first is the threshold proper.
    shared : tuple of str
        The inputs that occur more than once at or below it.
    """

    position: int
    name: str
    kind: str
    children: tuple[int, ...]
    test: Test | None
    limits: tuple[tuple[str, ParameterValue | None], ...]
    shared: tuple[str, ...]
    criterion: Criterion | None = None
    flag: Flag | None = None

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The key of the sentence for each truth."""
        return tuple(f"criterion.{self.kind}.{word}" for word in WORDS)

    @cached_property
    def use(self) -> Callable[[CodedIntake], tuple[tuple[str, int], ...]]:
        """Gives every input of the test with its code; of a node without a test, nothing."""
        test = self.test
        if test is None or not test.inputs:
            return lambda intake: ()
        names = test.inputs
        if isinstance(test, ItemCount):
            return lambda intake: tuple(zip(names, test.select(intake.items), strict=True))
        if len(names) == 1:
            (name,) = names
            return lambda intake: ((name, intake.facts.get(name, BLANK)),)
        return lambda intake: tuple([(name, intake.facts.get(name, BLANK)) for name in names])

    @cached_property
    def combine(self) -> Callable[[Truths], int]:
        """Kleene's combination of the children's truths, for a node that has a place for them."""
        if not self.children:
            alone = combine(self.kind, ())
            return lambda truths: alone
        if len(self.children) == 1:
            (child,) = self.children
            return (lambda truths: MET - truths[child]) if self.kind == "none_of" else itemgetter(child)
        pick = itemgetter(*self.children)
        if self.kind == "all_of":
            return lambda truths: min(pick(truths))
        if self.kind == "any_of":
            return lambda truths: max(pick(truths))
        return lambda truths: MET - max(pick(truths))


@dataclass(frozen=True)
class RuleSet:
    """Everything that decides an intake, bound together.

    Parameters
    ----------
    nodes : tuple of Node
        Children before parents.
    outcome : int
        Position of the outcome node.
    roots : tuple of int
        Positions of the guidance's own criteria, in its order.
    flags : tuple of int
        Positions of the flags, in their order of display.
    settings : Mapping of str to Setting
        Every parameter's value in force, with its owner.
    """

    guidance: Guidance
    flag_set: FlagSet
    dictionary: FactDictionary
    instrument: Instrument
    settings: Mapping[str, Setting]
    nodes: tuple[Node, ...]
    outcome: int
    roots: tuple[int, ...]
    flags: tuple[int, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        """The nodes by criterion or flag id."""
        return {node.name: node for node in self.nodes}

    @cached_property
    def criteria(self) -> tuple[Node, ...]:
        """The guidance's criteria, parents before children, in its order."""
        return tuple(self.by_name[criterion.id] for criterion in self.guidance.walk())

    @cached_property
    def decision(self) -> tuple[Node, ...]:
        """The criteria and, last, the outcome: all that stands before the flags."""
        return self.nodes[: self.outcome + 1]

    @cached_property
    def subtrees(self) -> tuple[tuple[Node, ...], ...]:
        """For every position, the nodes at and below it, children first."""
        return tuple(tuple(self.nodes[each] for each in _below(self.nodes, node)) for node in self.nodes)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Every input of the outcome, in the guidance's order."""
        found: dict[str, None] = {}
        for node in self.subtrees[self.outcome]:
            found.update(dict.fromkeys(node.test.inputs if node.test else ()))
        return tuple(found)

    @cached_property
    def fact_names(self) -> tuple[str, ...]:
        """Every fact that a criterion or flag tests."""
        found: dict[str, None] = {}
        for node in self.nodes:
            names = node.test.inputs if node.test else ()
            found.update(dict.fromkeys(name for name in names if not name.startswith(ITEM_PREFIX)))
        return tuple(found)

    def describe(self, name: str) -> FactDescription:
        """The dictionary row of a fact."""
        return self.dictionary.by_id[name]

    def code(self, name: str, intake: CodedIntake) -> int:
        """The code of an input, be it a fact or an item."""
        if name.startswith(ITEM_PREFIX):
            return intake.items[self.instrument.positions[name.removeprefix(ITEM_PREFIX)]]
        return intake.facts.get(name, BLANK)

    def column(self, name: str, columns: Columns) -> Codes:
        """The codes of an input for every row of a cohort, shape (n,)."""
        if name.startswith(ITEM_PREFIX):
            row: Codes = columns.items[self.instrument.positions[name.removeprefix(ITEM_PREFIX)]]
            return row
        codes = columns.facts.get(name)
        return np.full(len(columns), BLANK, dtype=np.int8) if codes is None else codes

    def is_open(self, name: str, intake: CodedIntake) -> bool:
        """Whether an input can still take more than one value that a criterion tells apart."""
        if name == "offence_count" and intake.offence_window is not None:
            return len(self.cells(name, intake)) > 1
        return self.code(name, intake) == BLANK

    def assign(self, name: str, code: int, intake: CodedIntake) -> CodedIntake:
        """The intake with an input set to a code."""
        if name.startswith(ITEM_PREFIX):
            return intake.with_item(self.instrument.positions[name.removeprefix(ITEM_PREFIX)], code)
        return intake.with_fact(name, code)

    def cells(self, name: str, intake: CodedIntake) -> tuple[int, ...]:
        """One code from every set of values that no criterion or flag tells apart.

        Of an offence count that was taken over another window, only the counts that agree with what is recorded.
        """
        if name == "offence_count" and intake.offence_window is not None:
            return self._counts_that_agree(intake)
        return self._cells[name]

    @cached_property
    def _cells(self) -> Mapping[str, tuple[int, ...]]:
        cuts: dict[str, set[int]] = {}
        for node in self.nodes:
            for name in node.test.inputs if node.test else ():
                cuts.setdefault(name, set()).update(node.test.cuts(name) if node.test else ())
        return {name: self._cells_of(name, found) for name, found in cuts.items()}

    def _cells_of(self, name: str, cuts: set[int]) -> tuple[int, ...]:
        if name.startswith(ITEM_PREFIX):
            item = self.instrument.item(name.removeprefix(ITEM_PREFIX))
            return tuple(range(len(self.instrument.levels(item))))
        fact = self.describe(name)
        low, high = fact.domain()
        known = (
            range(low, high + 1)
            if fact.kind == "choice"
            else sorted({low, *(c for c in cuts if low < c <= high)})
        )
        return (*known, NOT_APPLICABLE) if fact.not_applicable else tuple(known)

    def _counts_that_agree(self, intake: CodedIntake) -> tuple[int, ...]:
        counts: set[int] = set()
        for node in self.nodes:
            if isinstance(node.test, OffencesAtLeast):
                for side in node.test.sides(intake):
                    low, high = node.test.interval(intake, side)
                    counts.update({low, *(cut for cut in self._cells["offence_count"] if low <= cut <= high)})
        return tuple(sorted(counts))


def _below(nodes: Sequence[Node], top: Node) -> list[int]:
    found: list[int] = []

    def visit(node: Node) -> None:
        for child in node.children:
            visit(nodes[child])
        found.append(node.position)

    visit(top)
    return found


def bind(
    guidance: Guidance,
    settings: Mapping[str, Setting],
    flag_set: FlagSet,
    dictionary: FactDictionary,
    instrument: Instrument,
    *,
    is_rated: bool = True,
) -> RuleSet:
    """Bind a guidance and the flags to their parameters and an instrument.

    Parameters
    ----------
    settings : Mapping of str to Setting
        The values in force of every parameter of the guidance and of the flags.
    is_rated : bool
        Whether the instrument was used at all. Where it was not, its items are blank and its ages do not matter.

    Returns
    -------
    RuleSet

    Raises
    ------
    InputError
        If a criterion names a fact, value, level or parameter that does not exist, or if deciding exactly would need
        more than `MOST_COMBINATIONS` combinations.
    """
    binding = _Binding(guidance, settings, dictionary, instrument, is_rated)
    roots = tuple(binding.add_criterion(criterion) for criterion in guidance.criteria)
    required = tuple(
        root for root, criterion in zip(roots, guidance.criteria, strict=True) if criterion.required
    )
    outcome = binding.add(OUTCOME, "all_of", required, None, ())
    flags = tuple(binding.add_flag(flag) for flag in flag_set.flags)
    if binding.faults:
        raise InputError(binding.faults)
    rules = RuleSet(
        guidance, flag_set, dictionary, instrument, settings, tuple(binding.nodes), outcome, roots, flags
    )
    faults = list(_faults_of_size(rules))
    if faults:
        raise InputError(faults)
    return rules


def _faults_of_size(rules: RuleSet) -> Iterator[Fault]:
    for node in rules.nodes:
        combinations = prod(len(rules._cells[name]) for name in node.shared)
        if combinations > MOST_COMBINATIONS:
            parameters = {"name": node.name, "combinations": combinations, "most": MOST_COMBINATIONS}
            yield Fault("too-many-combinations", f"{rules.guidance.id}: {node.name}", parameters)


class _Binding:
    """The nodes so far, and what was wrong with them."""

    def __init__(
        self,
        guidance: Guidance,
        settings: Mapping[str, Setting],
        dictionary: FactDictionary,
        instrument: Instrument,
        is_rated: bool,
    ) -> None:
        self._is_rated = is_rated
        self._guidance = guidance
        self._settings = settings
        self._dictionary = dictionary
        self._instrument = instrument
        self.nodes: list[Node] = []
        self.faults: list[Fault] = []

    def add_criterion(self, criterion: Criterion) -> int:
        children = tuple(self.add_criterion(child) for child in criterion.rule.children)
        test, parameters = self._test(criterion.id, criterion.rule)
        return self.add(criterion.id, criterion.rule.kind, children, test, parameters, criterion=criterion)

    def add_flag(self, flag: Flag) -> int:
        children = tuple(self.add_criterion(child) for child in flag.rule.children)
        test, parameters = self._test(flag.id, flag.rule)
        return self.add(flag.id, flag.rule.kind, children, test, parameters, flag=flag)

    def add(
        self,
        name: str,
        kind: str,
        children: tuple[int, ...],
        test: Test | None,
        parameters: tuple[str, ...],
        criterion: Criterion | None = None,
        flag: Flag | None = None,
    ) -> int:
        if any(node.name == name for node in self.nodes):
            self.faults.append(Fault("repeated-criterion", f"{self._guidance.id}: {name}", {"name": name}))
        uses = Counter(test.inputs if test else ())
        for child in children:
            for below in _below(self.nodes, self.nodes[child]):
                leaf = self.nodes[below].test
                uses.update(leaf.inputs if leaf else ())
        shared = tuple(sorted((each for each, times in uses.items() if times > 1), key=_age_first))
        limits = tuple((each, self._settings[each].value) for each in parameters if each in self._settings)
        node = Node(len(self.nodes), name, kind, children, test, limits, shared, criterion, flag)
        self.nodes.append(node)
        return node.position

    def _fault(self, code: str, name: str, **parameters: object) -> None:
        self.faults.append(Fault(code, f"{self._guidance.id}: {name}", {"name": name, **parameters}))

    def _setting(self, criterion: str, parameter: str) -> ParameterValue | None:
        if parameter not in self._settings:
            self._fault("unknown-parameter", criterion, parameter=parameter)
            return None
        return self._settings[parameter].value

    def _number(self, criterion: str, parameter: str) -> int:
        value = self._setting(criterion, parameter)
        return value if isinstance(value, int) else 0

    def _fact(self, criterion: str, name: str, *kinds: str) -> FactDescription | None:
        fact = self._dictionary.by_id.get(name)
        if fact is None or fact.kind not in kinds:
            self._fault("unknown-fact-in-rule", criterion, fact=name)
            return None
        return fact

    def _test(self, name: str, rule: Rule) -> tuple[Test | None, tuple[str, ...]]:
        """The test of a rule without children, and the parameters that it uses."""
        if rule.between:
            fact = self._fact(name, rule.between.fact, "whole_number")
            bounds = self._number(name, rule.between.min), self._number(name, rule.between.max)
            return _within(fact, *bounds), (rule.between.min, rule.between.max)
        if rule.is_one_of:
            return self._is_one_of(name, rule)
        if rule.at_least or rule.at_most:
            limit = rule.at_least or rule.at_most
            assert limit is not None
            fact = self._fact(name, limit.fact, "whole_number")
            threshold = self._number(name, limit.threshold)
            low, high = (threshold, None) if rule.at_least else (None, threshold)
            return _within(fact, low, high), (limit.threshold,)
        if rule.offences_at_least:
            given = rule.offences_at_least
            fact = self._fact(name, "offence_count", "offences")
            used = (given.threshold, given.window_months, given.ever_below_age)
            least, window, age = (self._number(name, parameter) for parameter in used)
            return OffencesAtLeast(least, window, age, fact.domain()[1] if fact else 0), used
        if rule.items_at_least or rule.items_at_most:
            return self._item_count(name, rule)
        if rule.outside_design_age:
            return self._outside_design_age(), ()
        if rule.after_valid_to:
            return AfterDate(self._guidance.valid_to), ()
        return None, ()

    def _outside_design_age(self) -> Test:
        if not self._is_rated:  # no instrument was used, so none was used outside its ages
            return AfterDate(None)
        design = self._instrument.design_age
        return NumberWithin(
            "age", design.min, design.max, self._dictionary.by_id["age"].domain(), wants_outside=True
        )

    def _is_one_of(self, name: str, rule: Rule) -> tuple[Test | None, tuple[str, ...]]:
        given = rule.is_one_of
        assert given is not None
        fact = self._fact(name, given.fact, "choice")
        if fact is None:
            return None, ()
        parameters: tuple[str, ...] = ()
        wanted: Sequence[str] = given.values
        if given.least is not None:
            parameters = (given.least,)
            least = str(self._setting(name, given.least))
            wanted = list(fact.codes)[fact.codes.get(least, len(fact.codes)) :]
            if not wanted:
                self._fault("unknown-value-in-rule", name, fact=fact.id, value=least)
        for value in wanted:
            if value not in fact.codes:
                self._fault("unknown-value-in-rule", name, fact=fact.id, value=value)
        domain = (*fact.codes.values(), *((NOT_APPLICABLE,) if fact.not_applicable else ()))
        codes = frozenset(fact.codes[value] for value in wanted if value in fact.codes)
        return FactIsOneOf(fact.id, codes, domain), parameters

    def _item_count(self, name: str, rule: Rule) -> tuple[Test | None, tuple[str, ...]]:
        given = rule.items_at_least or rule.items_at_most
        assert given is not None
        items = [
            item
            for item in (
                self._instrument.items if not given.own_behaviour else self._instrument.own_behaviour_items
            )
            if item.kind == given.kind
        ]
        levels = self._instrument.codes[given.kind]
        level: str = given.least
        level_parameters: tuple[str, ...] = ()
        if given.least in self._settings:
            level, level_parameters = str(self._settings[given.least].value), (given.least,)
        if level not in levels:
            self._fault("unknown-level-in-rule", name, value=level)
            return None, ()
        limit, limit_parameters = self._limit(name, given, len(items))
        test = ItemCount(
            tuple(item.id for item in items),
            tuple(self._instrument.positions[item.id] for item in items),
            levels[level],
            limit,
            rule.items_at_least is not None,
            len(levels) - 1,
        )
        return test, (*limit_parameters, *level_parameters)

    def _limit(self, name: str, given: ItemCountRule, items: int) -> tuple[int, tuple[str, ...]]:
        if given.threshold is not None:
            number = self._setting(name, given.threshold)
            if number is not None:
                if int(number) > items:
                    self._fault("threshold-above-items", name, threshold=number, items=items)
                return int(number), (given.threshold,)
        if given.share is None:
            self._fault("no-limit", name)
            return 0, ()
        return more_than_share(self._setting(name, given.share) or 0, items), (given.share,)


def more_than_share(share: ParameterValue, items: int) -> int:
    """The smallest count that is more than a share of the items: ``floor(share × items) + 1``.

    The share is taken as it is written, so that 0.3 of ten items is three exactly.
    """
    return floor(Fraction(str(share)) * items) + 1


def _age_first(name: str) -> tuple[bool, str]:
    # Which offence counts agree with the record depends on the age, so the age is settled first.
    return name != "age", name


def _within(fact: FactDescription | None, low: int | None, high: int | None) -> NumberWithin | None:
    if fact is None:
        return None
    lowest, highest = fact.domain()
    return NumberWithin(
        fact.id,
        lowest if low is None else low,
        highest if high is None else high,
        (lowest, highest),
        fact.not_applicable is not None,
    )
