"""Binding a guidance to its parameters and an instrument.

Names become positions and codes, and whatever does not fit together is told at once.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import floor, prod

from instruments.faults import Fault, InputError
from instruments.model import Instrument
from screening.criteria import (
    STANDINGS,
    AfterDate,
    FactIsOneOf,
    ItemCount,
    NeverMet,
    NumberWithin,
    OffencesAtLeast,
    Test,
)
from screening.facts import NOT_APPLICABLE, FactDescription, FactDictionary
from screening.guidance import Flag, FlagSet, Guidance, ParameterValue, Setting
from screening.intake import LARGEST_CODE
from screening.rules import Between, Criterion, IsOneOf, Limit, Rule
from screening.rules import ItemCount as ItemCountRule
from screening.rules import OffencesAtLeast as OffencesRule
from screening.ruleset import OUTCOME, Node, RuleSet, positions_below

#: Most combinations of inputs used twice that are tried for one node.
MOST_COMBINATIONS = 4_096
_Bound = tuple[Test | None, tuple[str, ...]]


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
    required = tuple(root for root, criterion in zip(roots, guidance.criteria, strict=True) if criterion.required)
    outcome = binding.add(OUTCOME, "all_of", required, None, ())
    flags = tuple(binding.add_flag(flag) for flag in flag_set.flags)
    if binding.faults:
        raise InputError(binding.faults)
    rules = RuleSet(guidance, flag_set, dictionary, instrument, settings, tuple(binding.nodes), outcome, roots, flags)
    faults = [*_faults_of_size(rules), *_faults_of_windows(rules)]
    if faults:
        raise InputError(faults)
    return rules


def _faults_of_size(rules: RuleSet) -> Iterator[Fault]:
    for node in rules.nodes:
        combinations = prod(len(rules.all_cells[name]) for name in node.shared)
        if combinations > MOST_COMBINATIONS:
            parameters = {"name": node.name, "combinations": combinations, "most": MOST_COMBINATIONS}
            yield Fault("too-many-combinations", f"{rules.guidance.id}: {node.name}", parameters)


def _faults_of_windows(rules: RuleSet) -> Iterator[Fault]:
    """Offences counted over two windows: one fact cannot hold both counts."""
    tests = [node.test for node in rules.nodes if isinstance(node.test, OffencesAtLeast)]
    if len({(test.window_months, test.ever_below_age, test.counted) for test in tests}) > 1:
        yield Fault("two-windows", rules.guidance.id, {"name": rules.guidance.id})


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
        for child in criterion.rule.children:
            if child.required:  # the outcome rests on the criteria at the top alone
                self._fault("required-below", child.id, above=criterion.id)
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
            for below in positions_below(self.nodes, self.nodes[child]):
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
        if not isinstance(value, int):
            if parameter in self._settings:
                self._fault("limit-not-whole", criterion, parameter=parameter)
            return 0
        if value > LARGEST_CODE:  # the columns of a cohort hold no more, and would decide otherwise
            self._fault("limit-too-large", criterion, parameter=parameter, most=LARGEST_CODE)
        return value

    def _fact(self, criterion: str, name: str, *kinds: str) -> FactDescription | None:
        fact = self._dictionary.by_id.get(name)
        if fact is None or fact.kind not in kinds:
            self._fault("unknown-fact-in-rule", criterion, fact=name)
            return None
        return fact

    def _test(self, name: str, rule: Rule) -> _Bound:
        """The test of a rule without children, and the parameters that it uses."""
        if rule.between:
            return self._between(name, rule.between)
        if rule.is_one_of:
            return self._is_one_of(name, rule.is_one_of)
        if rule.at_least:
            return self._limit(name, rule.at_least, is_floor=True)
        if rule.at_most:
            return self._limit(name, rule.at_most, is_floor=False)
        if rule.offences_at_least:
            return self._offences(name, rule.offences_at_least)
        if rule.items_at_least:
            return self._item_count(name, rule.items_at_least, at_least=True)
        if rule.items_at_most:
            return self._item_count(name, rule.items_at_most, at_least=False)
        if rule.outside_design_age:
            return self._outside_design_age(), ()
        if rule.after_valid_to:
            return AfterDate(self._guidance.last_day), ()
        return None, ()

    def _between(self, name: str, given: Between) -> _Bound:
        fact = self._fact(name, given.fact, "whole_number")
        low, high = self._number(name, given.min), self._number(name, given.max)
        return _within(fact, low, high), (given.min, given.max)

    def _limit(self, name: str, given: Limit, *, is_floor: bool) -> _Bound:
        fact = self._fact(name, given.fact, "whole_number")
        threshold = self._number(name, given.threshold)
        bounds = (threshold, None) if is_floor else (None, threshold)
        return _within(fact, *bounds), (given.threshold,)

    def _offences(self, name: str, given: OffencesRule) -> _Bound:
        fact = self._fact(name, "offence_count", "offences")
        used: tuple[str, ...] = (given.threshold, given.window_months, given.ever_below_age)
        least, window, age = (self._number(name, parameter) for parameter in used)
        counted = None
        if given.counted is not None:
            counted = str(self._setting(name, given.counted))
            used = (*used, given.counted)
            if counted not in STANDINGS:
                self._fault("unknown-value-in-rule", name, fact=given.fact, value=counted)
        return (OffencesAtLeast(least, window, age, fact.domain()[1], counted) if fact else None), used

    def _outside_design_age(self) -> Test:
        if not self._is_rated:  # no instrument was used, so none was used outside its ages
            return NeverMet()
        design = self._instrument.design_age
        return NumberWithin("age", design.min, design.max, self._dictionary.by_id["age"].domain(), wants_outside=True)

    def _is_one_of(self, name: str, given: IsOneOf) -> _Bound:
        fact = self._fact(name, given.fact, "choice")
        if fact is None:
            return None, ()
        parameters = tuple(row.days for row in self._guidance.freshness if row.fact == fact.id)
        wanted: Sequence[str] = given.values
        if given.least is not None:
            parameters = (given.least, *parameters)
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

    def _item_count(self, name: str, given: ItemCountRule, *, at_least: bool) -> _Bound:
        items = [
            item
            for item in (self._instrument.items if not given.own_behaviour else self._instrument.own_behaviour_items)
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
        if levels[level] == 0:
            self._fault("counts-every-level", name, value=level)
        if not items:
            self._fault("no-items", name)
            return None, ()
        limit, limit_parameters = self._number_of_items(name, given, len(items))
        test = ItemCount(
            tuple(item.id for item in items),
            tuple(self._instrument.positions[item.id] for item in items),
            levels[level],
            limit,
            at_least,
            len(levels) - 1,
        )
        return test, (*limit_parameters, *level_parameters)

    def _number_of_items(self, name: str, given: ItemCountRule, items: int) -> tuple[int, tuple[str, ...]]:
        if given.threshold is not None and self._setting(name, given.threshold) is not None:
            number = self._number(name, given.threshold)
            if number > items:
                self._fault("threshold-above-items", name, threshold=number, items=items)
            return number, (given.threshold,)
        share = self._setting(name, given.share) if given.share is not None else None
        if not isinstance(share, int | float):
            self._fault("no-limit", name)
            return 0, ()
        return more_than_share(share, items), (str(given.share),)


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
