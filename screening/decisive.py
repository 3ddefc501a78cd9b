"""What an outcome rests on: the smallest sets of known inputs that give it alone.

An input is decisive when it belongs to such a set: with the set known and everything else blank the outcome is the
same, and with one input fewer it is not. Items of one count stand in for one another, so a set speaks of
"any k of these m".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from instruments.ratings import BLANK
from screening.criteria import ITEM_PREFIX, ItemCount, OffencesAtLeast, OneFactTest, Test
from screening.evaluation import complete_shared, decide
from screening.intake import CodedIntake
from screening.ruleset import Node, RuleSet
from screening.truth import MET, UNKNOWN


@dataclass(frozen=True)
class AnyOf:
    """Any ``number`` of some inputs; of a single fact, that fact."""

    number: int
    of: tuple[str, ...]

    def as_data(self) -> dict[str, object]:
        """The form that is answered, stored and hashed."""
        return {"any": self.number, "of": list(self.of)}


#: One smallest set of known inputs that gives the outcome alone.
DecisiveSet = frozenset[AnyOf]


def find_decisive_sets(rules: RuleSet, intake: CodedIntake, truth: int) -> tuple[DecisiveSet, ...]:
    """Every smallest set of known inputs that alone gives a settled outcome.

    Parameters
    ----------
    truth : int
        The truth of the outcome node for the intake, `MET` or `NOT_MET`.

    Returns
    -------
    tuple of DecisiveSet
    """
    node = rules.nodes[rules.outcome]
    known = [name for name in node.shared if rules.code(name, intake) != BLANK]
    decisive: list[DecisiveSet] = []
    # An input used twice is either in the set, and then its value holds everywhere, or it is not, and then the rest
    # of the set must give the outcome whatever its value is.
    for size in range(len(known) + 1):
        for kept in combinations(known, size):
            rest = _without(rules, intake, [name for name in known if name not in kept])
            parts = frozenset(AnyOf(1, (name,)) for name in kept)
            decisive.extend(each | parts for each in _sets_of_all(rules, truth, complete_shared(rules, node, rest)))
    return tuple(_smallest(decisive))


def _sets_of_all(rules: RuleSet, truth: int, completions: Iterable[CodedIntake]) -> list[DecisiveSet]:
    """The smallest sets that give the outcome a truth in each of some completions of the inputs used twice."""
    together = [DecisiveSet()]
    crossed = []
    for completed in completions:
        truths = decide(rules, completed, rules.decision)
        sets = _sets_of(rules, rules.nodes[rules.outcome], truth, completed, truths)
        if not sets:
            return []
        if sets not in crossed:
            crossed.append(sets)
            together = _smallest(_crossed(together, sets))
    return together


def decisive_inputs(sets: Iterable[DecisiveSet]) -> set[str]:
    """The inputs that belong to any of the sets."""
    return {name for each in sets for part in each for name in part.of}


def decisive_nodes(rules: RuleSet, intake: CodedIntake, sets: Iterable[DecisiveSet]) -> set[int]:
    """Positions of the criteria that any of the sets works through, on the outcome's side.

    They are those that the set settles alone. Where it settles only the criteria together, whatever an input used
    twice is, they are those of the outcome's side that use an input of the set.
    """
    whole = decide(rules, intake, rules.decision)
    positions: set[int] = set()
    for each in sets:
        alone = decide(rules, _only(rules, intake, each), rules.decision)
        positions |= _on_the_way(rules, rules.nodes[rules.outcome], alone, whole, decisive_inputs([each]))
    return positions


def _on_the_way(rules: RuleSet, node: Node, alone: list[int], whole: list[int], inputs: set[str]) -> set[int]:
    wanted = whole[node.position] if node.kind != "none_of" else MET - whole[node.position]
    needs_all = (wanted == MET) == (node.kind == "all_of")
    passing = [child for child in node.children if needs_all or alone[child] == wanted]
    if not passing:
        passing = [
            child
            for child in node.children
            if whole[child] == wanted
            and any(below.test and not inputs.isdisjoint(below.test.inputs) for below in rules.subtrees[child])
        ]
    positions = set(passing)
    for child in passing:
        positions |= _on_the_way(rules, rules.nodes[child], alone, whole, inputs)
    return positions


def _only(rules: RuleSet, intake: CodedIntake, parts: DecisiveSet) -> CodedIntake:
    """The intake with nothing known but what a set needs."""
    needed = {name for part in parts for name in part.of[: part.number]}
    items = [
        code if ITEM_PREFIX + item.id in needed else BLANK
        for item, code in zip(rules.instrument.items, intake.items, strict=True)
    ]
    window = intake.offence_window if "offence_count" in needed else None
    return CodedIntake(
        {name: intake.facts[name] for name in needed & intake.facts.keys()}, tuple(items), intake.on, window
    )


def _without(rules: RuleSet, intake: CodedIntake, names: Iterable[str]) -> CodedIntake:
    for name in names:
        intake = rules.assign(name, BLANK, intake)
    return intake


def _sets_of(rules: RuleSet, node: Node, truth: int, intake: CodedIntake, truths: Sequence[int]) -> list[DecisiveSet]:
    """The smallest sets that give a node a truth, where the inputs used twice are settled and the truths known."""
    if truths[node.position] != truth:
        return []
    if node.test is not None:
        return _leaf_sets(node.test, truth, intake, rules.nodes[rules.outcome].shared)
    wanted = truth if node.kind != "none_of" else MET - truth
    needs_all = (wanted == MET) == (node.kind == "all_of")
    below = [_sets_of(rules, rules.nodes[child], wanted, intake, truths) for child in node.children]
    if not needs_all:
        return _smallest(each for sets in below for each in sets)
    joined = [DecisiveSet()]
    for sets in below:
        joined = _crossed(joined, sets)
    return _smallest(joined)


def _leaf_sets(test: Test, truth: int, intake: CodedIntake, shared: tuple[str, ...]) -> list[DecisiveSet]:
    if isinstance(test, ItemCount):
        return _count_sets(test, truth, intake, shared)
    if isinstance(test, OffencesAtLeast):
        needs_age = test.decide(intake.with_fact("age", BLANK)) == UNKNOWN
        names = [name for name in ("offence_count", *(["age"] if needs_age else [])) if name not in shared]
    elif isinstance(test, OneFactTest):
        names = [] if test.when_blank == truth or test.name in shared else [test.name]
    else:
        names = []
    return [frozenset(AnyOf(1, (name,)) for name in names)]


def _count_sets(test: ItemCount, truth: int, intake: CodedIntake, shared: tuple[str, ...]) -> list[DecisiveSet]:
    rests_on_counted = test.at_least == (truth == MET)
    # "At least k" is met by k items that count and refuted when too few others are left; "at most k" the other way.
    enough_counted = test.limit if test.at_least else test.limit + 1
    needed = enough_counted if rests_on_counted else len(test.names) - enough_counted + 1
    fixed, free = 0, []
    for name, position in zip(test.names, test.positions, strict=True):
        code = intake.items[position]
        if code != BLANK and (code >= test.least_code) == rests_on_counted:
            if ITEM_PREFIX + name in shared:
                fixed += 1
            else:
                free.append(ITEM_PREFIX + name)
    still_needed = max(needed - fixed, 0)
    return [frozenset({AnyOf(still_needed, tuple(free))}) if still_needed else frozenset()]


def _crossed(left: Iterable[DecisiveSet], right: Iterable[DecisiveSet]) -> list[DecisiveSet]:
    right = list(right)
    return [_joined(one, other) for one in left for other in right]


def _joined(one: DecisiveSet, other: DecisiveSet) -> DecisiveSet:
    """Both sets together: of the same inputs, as many as either needs."""
    if one <= other:
        return other
    if not other:
        return one
    numbers: dict[tuple[str, ...], int] = {}
    for part in (*one, *other):
        numbers[part.of] = max(part.number, numbers.get(part.of, 0))
    return frozenset(AnyOf(number, of) for of, number in numbers.items())


def _smallest(sets: Iterable[DecisiveSet]) -> list[DecisiveSet]:
    """The sets that hold no other."""
    distinct = {each: {part.of: part.number for part in each} for each in sets}
    return [
        each
        for each, numbers in distinct.items()
        if not any(_holds(numbers, smaller) for other, smaller in distinct.items() if other is not each)
    ]


def _holds(numbers: Mapping[tuple[str, ...], int], smaller: Mapping[tuple[str, ...], int]) -> bool:
    """Whether inputs enough for one set are enough for a smaller one."""
    return all(numbers.get(of, 0) >= number for of, number in smaller.items())
