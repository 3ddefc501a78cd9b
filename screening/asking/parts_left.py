"""What is left to find out of an intake, as the parts that `screening.asking.strategy` thinks through."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, permutations, product

from instruments.ratings import BLANK
from screening.asking.declared_codes import declared, share_that_meets
from screening.asking.positions import Answer, Ended, Gate, Key, Moves, Position, gate, leaf
from screening.asking.strategy import Solution, Solver
from screening.criteria import ITEM_PREFIX, ItemCount, OffencesAtLeast, Test, combine
from screening.evaluation import complete_shared, decide_exactly, decide_plainly
from screening.intake import CodedIntake
from screening.ruleset import Node, RuleSet
from screening.truth import MET, NOT_MET, UNKNOWN

Pair = tuple[int, int]
AGE, COUNT = "age", "offence_count"


@dataclass(frozen=True)
class PartLeft:
    """Some required criteria that share no blank with the others, as far as they are open.

    Parameters
    ----------
    names : Mapping of question to tuple of str
        The blanks that each question of the position stands for, in the guidance's order.
    is_plain : bool
        Whether no blank is used twice, so that the position holds nothing of the intake but how much is left.
    """

    rules: RuleSet
    position: Position
    names: Mapping[Key, tuple[str, ...]]
    is_plain: bool

    def solve(self) -> Solution:
        """Think it through.

        Raises
        ------
        TooManyStatesError
        """
        return self.rules.solver.solve(self.position) if self.is_plain else Solver().solve(self.position)


def find_decisive_blanks(rules: RuleSet, intake: CodedIntake, truths: Sequence[int]) -> list[str]:
    """The blanks whose value changes the outcome for some values of the other blanks, in the guidance's order.

    Parameters
    ----------
    truths : sequence of int
        The truth of every node for the intake; see `screening.evaluation.decide`.
    """
    decisive: set[str] = set()
    if truths[rules.outcome] == UNKNOWN:
        for part in rules.independent_parts:
            leaves = list(open_leaves(part, part.outcome, truths))
            if is_tangled(part, leaves, intake):
                decisive.update(_decisive_in_tangled(part, intake))
            else:
                decisive.update(name for node in leaves for name in _blanks_of(node, intake))
    return [name for name in rules.inputs if name in decisive]


def find_parts_left(
    rules: RuleSet, intake: CodedIntake, truths: Sequence[int], not_found: Collection[str]
) -> list[PartLeft]:
    """The parts of an open outcome that are not met yet; those in which nothing is left to ask among them.

    Parameters
    ----------
    truths : sequence of int
        The truth of every node for the intake.
    not_found : collection of str
        Blanks that were looked for and could not be learned.
    """
    return [
        left for part in rules.independent_parts for left in find_parts_of(part, intake, truths, frozenset(not_found))
    ]


def find_parts_of(
    part: RuleSet, intake: CodedIntake, truths: Sequence[int], not_found: frozenset[str]
) -> tuple[PartLeft, ...]:
    """What is left of one of `screening.ruleset.RuleSet.independent_parts`: nothing where it is met."""
    leaves = list(open_leaves(part, part.outcome, truths))
    if not leaves:
        return ()
    if is_tangled(part, leaves, intake):
        tangled = Tangled(part, intake, not_found)
        return (PartLeft(part, tangled, tangled.names, is_plain=False),)
    left = _Reading(part, intake, truths, not_found).of(part.nodes[part.outcome])
    names: dict[Key, tuple[str, ...]] = {
        node.position: tuple(name for name in _blanks_of(node, intake) if name not in not_found) for node in leaves
    }
    apart = left.below if isinstance(left, Gate) and left.is_all else (left,)
    return tuple(PartLeft(part, each, {key: names[key] for key in each.moves}, is_plain=True) for each in apart)


def open_leaves(rules: RuleSet, position: int, truths: Sequence[int]) -> Iterator[Node]:
    """The tests that are open at or below a node, with everything above them open as well."""
    node = rules.nodes[position]
    if node.position == rules.outcome or truths[position] == UNKNOWN:
        if node.test is not None:
            yield node
        for child in node.children:
            yield from open_leaves(rules, child, truths)


def is_tangled(rules: RuleSet, leaves: Iterable[Node], intake: CodedIntake) -> bool:
    """Whether a blank is used by more than one open test, or decides which values of another are possible."""
    if not rules.nodes[rules.outcome].shared and intake.offence_window is None:
        return False
    uses: list[str] = []
    for node in leaves:
        if isinstance(node.test, OffencesAtLeast) and intake.offence_window is not None and intake.fact(AGE) == BLANK:
            return True
        uses += _blanks_of(node, intake)
    return len(set(uses)) < len(uses)


def _blanks_of(node: Node, intake: CodedIntake) -> list[str]:
    """What is not known of an open test; of offences the count alone, since a number by the rule needs no age."""
    test = node.test
    if isinstance(test, ItemCount):
        items = intake.items
        return [name for name, place in zip(test.inputs, test.positions, strict=True) if items[place] == BLANK]
    return [test.inputs[0]] if test is not None else []


class _Reading:
    """Reads what is left of criteria in which no blank is used twice."""

    def __init__(self, rules: RuleSet, intake: CodedIntake, truths: Sequence[int], not_found: Collection[str]) -> None:
        self._rules = rules
        self._intake = intake
        self._truths = truths
        self._not_found = not_found

    def of(self, node: Node, *, is_denied: bool = False) -> Position:
        """What is left of a node, or of its opposite."""
        truth = self._truths[node.position]
        if truth != UNKNOWN and node.position != self._rules.outcome:
            return Ended(MET - truth if is_denied else truth)
        if node.test is not None:
            return self._of_test(node.position, node.test, is_denied=is_denied)
        is_none_of = node.kind == "none_of"
        below = [self.of(self._rules.nodes[each], is_denied=is_denied != is_none_of) for each in node.children]
        return gate((node.kind == "any_of") == is_denied if not is_none_of else not is_denied, below)

    def _of_test(self, key: int, test: Test, *, is_denied: bool) -> Position:
        share = share_that_meets(self._rules, test, self._intake)
        if isinstance(test, ItemCount):
            counted, blank = test.count(self._intake)
            turning_point = test.limit if test.at_least else test.limit + 1
            to_meet, to_refute = turning_point - counted, counted + blank - turning_point + 1
            is_denied = is_denied == test.at_least  # "at most" denies "at least one more"
            blank = sum(name not in self._not_found for name in _blanks_of(self._rules.nodes[key], self._intake))
        else:
            to_meet = to_refute = 1
            blank = int(test.inputs[0] not in self._not_found)
        if is_denied:
            return leaf(key, to_refute, to_meet, blank, 1 - share)
        return leaf(key, to_meet, to_refute, blank, share)


@dataclass(frozen=True)
class Tangled:
    """What is left of criteria in which a blank is used twice, as an intake.

    Two are alike where what the criteria use is, whichever of the items that stand for one another it is.
    """

    rules: RuleSet = field(compare=False)
    intake: CodedIntake = field(compare=False)
    not_found: frozenset[str] = field(compare=False)
    known: tuple[object, ...] = field(init=False)

    def __post_init__(self) -> None:
        items: dict[Key, list[tuple[int, bool]]] = {}
        facts = []
        for name in self.rules.inputs:
            seen = self.rules.code(name, self.intake), name in self.not_found
            if name.startswith(ITEM_PREFIX):
                items.setdefault(_alike(self.rules, name), []).append(seen)
            else:
                facts.append(seen)
        alike = tuple(tuple(sorted(codes)) for codes in items.values())
        object.__setattr__(self, "known", (tuple(facts), alike, self.intake.offence_window))

    @cached_property
    def names(self) -> Mapping[Key, tuple[str, ...]]:
        """By question, the blanks that it stands for."""
        names: dict[Key, list[str]] = {}
        if self._truth == UNKNOWN:
            for name in _decisive_in_tangled(self.rules, self.intake):
                if name not in self.not_found:
                    names.setdefault(_alike(self.rules, name), []).append(name)
        return {key: tuple(alike) for key, alike in names.items()}

    @cached_property
    def _truth(self) -> int:
        node = self.rules.nodes[self.rules.outcome]
        truth = decide_plainly(self.rules, node, self.intake)
        is_open = truth == UNKNOWN and any(self.rules.is_open(name, self.intake) for name in node.shared)
        return decide_exactly(self.rules, node, self.intake) if is_open else truth

    @property
    def end(self) -> int | None:
        """See `screening.asking.strategy.Position`."""
        return None if self.names else self._truth

    @cached_property
    def moves(self) -> Moves:
        """See `screening.asking.strategy.Position`."""
        moves = {}
        for key, (name, *_) in self.names.items():
            numbers = declared(self.rules, name, self.intake)
            answers = zip(self.rules.cells(name, self.intake), numbers, strict=True)
            moves[key] = {
                code: Answer(
                    number / sum(numbers),
                    Tangled(self.rules, self.rules.assign(name, code, self.intake), self.not_found),
                )
                for code, number in answers
            }
        return moves


def _alike(rules: RuleSet, name: str) -> Key:
    """Inputs with the same key stand in for one another: items that the same counts use. A fact stands alone."""
    if not name.startswith(ITEM_PREFIX):
        return name
    return tuple(
        node.position for node in rules.subtrees[rules.outcome] if node.test is not None and name in node.test.inputs
    )


def _decisive_in_tangled(rules: RuleSet, intake: CodedIntake) -> list[str]:
    """The blanks that can turn the outcome, each tried."""
    node = rules.nodes[rules.outcome]
    known_alike: dict[Key, bool] = {}
    decisive = []
    for name in rules.inputs:
        if not rules.is_open(name, intake):
            continue
        kind = _alike(rules, name)
        if kind not in known_alike:
            known_alike[kind] = _can_turn(rules, node, name, intake)
        if known_alike[kind]:
            decisive.append(name)
    return decisive


def _can_turn(rules: RuleSet, node: Node, name: str, intake: CodedIntake) -> bool:
    """Whether two values of one blank give different outcomes under some values of all the others."""
    if name == COUNT and intake.offence_window is not None and intake.fact(AGE) == BLANK:
        # Which counts agree with the record depends on the age, so each age is taken by itself.
        return any(_can_turn(rules, node, name, intake.with_fact(AGE, age)) for age in rules.cells(AGE, intake))
    # Only where the age tells which counts agree is "from one value to another" not the same the other way around.
    pairs = permutations if name == AGE and intake.offence_window is not None else combinations
    for code, other_code in pairs(rules.cells(name, intake), 2):
        for one in complete_shared(rules, node, rules.assign(name, code, intake)):
            other = rules.assign(name, other_code, one)
            if name == AGE and intake.offence_window is not None and one.offence_window is None:
                other = _with_nearest_count(rules, other, rules.cells(COUNT, intake.with_fact(AGE, other_code)))
            if any(left != right for left, right in _reachable(rules, node, one, other)):
                return True
    return False


def _with_nearest_count(rules: RuleSet, intake: CodedIntake, agreeing: Sequence[int]) -> CodedIntake:
    """The intake with the count nearest to its own among those that agree with what is recorded."""
    count = intake.fact(COUNT)
    return rules.assign(COUNT, max((code for code in agreeing if code <= count), default=agreeing[0]), intake)


def _reachable(rules: RuleSet, node: Node, one: CodedIntake, other: CodedIntake) -> set[Pair]:
    """Every pair of truths that a node can have in two intakes when the remaining blanks get the same values."""
    if node.test is not None:
        return _reachable_leaf(node.test, one, other)
    below = [_reachable(rules, rules.nodes[child], one, other) for child in node.children]
    if not below:
        alone = combine(node.kind, ())
        return {(alone, alone)}
    pairs, *others = below
    for more in others:
        pairs = {_both(node.kind, left, right) for left, right in product(pairs, more)}
    return {(MET - left, MET - right) for left, right in pairs} if node.kind == "none_of" else pairs


def _both(kind: str, left: Pair, right: Pair) -> Pair:
    choose = min if kind == "all_of" else max
    return choose(left[0], right[0]), choose(left[1], right[1])


def _reachable_leaf(test: Test, one: CodedIntake, other: CodedIntake) -> set[Pair]:
    if isinstance(test, ItemCount):
        (counted, blank), (other_counted, _) = test.count(one), test.count(other)
        return {
            (_truth(test.is_met_by(counted + more)), _truth(test.is_met_by(other_counted + more)))
            for more in range(blank + 1)
        }
    truth, other_truth = test.decide(one), test.decide(other)
    if truth == other_truth == UNKNOWN:  # the same blank behind both, so the same truth
        return {(NOT_MET, NOT_MET), (MET, MET)}
    return set(product(_settled(truth), _settled(other_truth)))


def _truth(is_met: bool) -> int:
    return MET if is_met else NOT_MET


def _settled(truth: int) -> tuple[int, ...]:
    return (truth,) if truth != UNKNOWN else (NOT_MET, MET)
