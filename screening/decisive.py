"""What an outcome rests on: the smallest sets of known inputs that give it alone.

An input is decisive when it belongs to such a set: with the set known and everything else blank the outcome is the
same, and with one input fewer it is not. Items of one count stand in for one another, so a set speaks of
"any k of these m".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from instruments.ratings import BLANK
from screening.criteria import ITEM_PREFIX, FactIsOneOf, ItemCount, NumberWithin, OffencesAtLeast, Test
from screening.evaluation import complete_shared
from screening.intake import CodedIntake
from screening.ruleset import Node, RuleSet
from screening.truth import MET, UNKNOWN


@dataclass(frozen=True, order=True)
class AnyOf:
    """Any ``number`` of some inputs; of a single fact, that fact."""

    number: int
    of: tuple[str, ...]

    def as_data(self) -> dict[str, object]:
        """The form that is answered, stored and hashed."""
        return {"any": self.number, "of": list(self.of)}


@dataclass(frozen=True)
class DecisiveSet:
    """One smallest set of known inputs that gives the outcome alone, and the criteria that it works through."""

    parts: frozenset[AnyOf]
    nodes: frozenset[int]

    def joined(self, other: "DecisiveSet") -> "DecisiveSet":
        """Both sets together."""
        return DecisiveSet(self.parts | other.parts, self.nodes | other.nodes)


_NOTHING = DecisiveSet(frozenset(), frozenset())


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
    found: list[DecisiveSet] = []
    # An input used twice is either in the set, and then its value holds everywhere, or it is not, and then the rest
    # of the set must give the outcome whatever its value is.
    for size in range(len(known) + 1):
        for kept in combinations(known, size):
            rest = _without(rules, intake, [name for name in known if name not in kept])
            sets = [_NOTHING]
            for completed in complete_shared(rules, node, rest):
                sets = _smallest(_crossed(sets, _sets_of(rules, node, truth, completed)))
            parts = frozenset(AnyOf(1, (name,)) for name in kept)
            found.extend(each.joined(DecisiveSet(parts, frozenset())) for each in sets)
    return tuple(_smallest(found))


def decisive_inputs(sets: Iterable[DecisiveSet]) -> set[str]:
    """The inputs that belong to any of the sets."""
    return {name for each in sets for part in each.parts for name in part.of}


def _without(rules: RuleSet, intake: CodedIntake, names: Iterable[str]) -> CodedIntake:
    for name in names:
        intake = rules.assign(name, BLANK, intake)
    return intake


def _sets_of(rules: RuleSet, node: Node, truth: int, intake: CodedIntake) -> list[DecisiveSet]:
    """The smallest sets that give a node a truth, where the inputs used twice are settled."""
    if node.test is not None:
        shared = rules.nodes[rules.outcome].shared
        return [
            DecisiveSet(parts, frozenset({node.position})) for parts in _leaf_sets(node.test, truth, intake, shared)
        ]
    wanted = truth if node.kind != "none_of" else MET - truth
    needs_all = (wanted == MET) == (node.kind == "all_of")
    below = [_sets_of(rules, rules.nodes[child], wanted, intake) for child in node.children]
    here = DecisiveSet(frozenset(), frozenset({node.position}))
    if not needs_all:
        return _smallest(each.joined(here) for sets in below for each in sets)
    joined = [here]
    for sets in below:
        joined = _crossed(joined, sets)
    return _smallest(joined)


def _leaf_sets(test: Test, truth: int, intake: CodedIntake, shared: tuple[str, ...]) -> list[frozenset[AnyOf]]:
    if test.decide(intake) != truth:
        return []
    if isinstance(test, ItemCount):
        return _count_sets(test, truth, intake, shared)
    if isinstance(test, OffencesAtLeast):
        needs_age = test.decide(intake.with_fact("age", BLANK)) == UNKNOWN
        names = [name for name in ("offence_count", *(["age"] if needs_age else [])) if name not in shared]
    elif isinstance(test, FactIsOneOf | NumberWithin):
        names = [] if test.when_blank == truth or test.name in shared else [test.name]
    else:
        names = []
    return [frozenset(AnyOf(1, (name,)) for name in names)]


def _count_sets(test: ItemCount, truth: int, intake: CodedIntake, shared: tuple[str, ...]) -> list[frozenset[AnyOf]]:
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
    return [one.joined(other) for one in left for other in right]


def _smallest(sets: Iterable[DecisiveSet]) -> list[DecisiveSet]:
    """The sets that hold no other; of equal ones, their nodes together."""
    by_parts: dict[frozenset[AnyOf], DecisiveSet] = {}
    for each in sets:
        known = by_parts.get(each.parts)
        by_parts[each.parts] = each if known is None else known.joined(each)
    return [each for parts, each in by_parts.items() if not any(other < parts for other in by_parts)]


def decisive_nodes(rules: RuleSet, sets: Iterable[DecisiveSet]) -> set[int]:
    """Positions of the criteria that any of the sets works through."""
    return {position for each in sets for position in each.nodes if position != rules.outcome}
