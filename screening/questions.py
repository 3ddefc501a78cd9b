"""What to find out next: the blanks that can change the outcome, and what each answer would do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement, permutations, product
from typing import Literal

from instruments.ratings import BLANK
from screening.criteria import ITEM_PREFIX, ItemCount, Test, combine
from screening.evaluation import complete_shared, decide
from screening.intake import CodedIntake
from screening.ruleset import Node, RuleSet
from screening.truth import MET, NOT_MET, UNKNOWN

Pair = tuple[int, int]
Kind = tuple[tuple[int, ...], int]
AGE, COUNT = "age", "offence_count"


#: Whether an answer can settle the outcome.
Settles = Literal["alone", "with_another", "not_yet"]


@dataclass(frozen=True)
class Effect:
    """What an answer would do.

    Parameters
    ----------
    codes : tuple of int
        The first code of every stretch of answers with this effect.
    outcome : int
        The truth of the outcome node after the answer.
    criteria : tuple of (name, truth)
        The criteria whose status the answer would change.
    """

    codes: tuple[int, ...]
    outcome: int
    criteria: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class OpenQuestion:
    """A blank that can change the outcome.

    Parameters
    ----------
    name : str
        The fact's id, or ``item.<id>``.
    settles : {"alone", "with_another", "not_yet"}
        Whether some answer to it settles the outcome, or some pair of answers with another blank.
    bears_on : tuple of str
        The unresolved required criteria that use it.
    effects : tuple of Effect
        By answer; answers with the same effect stand together.
    """

    name: str
    settles: Settles
    bears_on: tuple[str, ...]
    effects: tuple[Effect, ...]


_RANKS: tuple[Settles, ...] = ("alone", "with_another", "not_yet")


def find_decisive_blanks(rules: RuleSet, intake: CodedIntake) -> list[str]:
    """The blanks whose value changes the outcome for some values of the other blanks, in the guidance's order."""
    node = rules.nodes[rules.outcome]
    known_alike: dict[Kind, bool] = {}
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


def ask(rules: RuleSet, intake: CodedIntake, truths: list[int], not_found: Iterable[str] = ()) -> list[OpenQuestion]:
    """The open questions in the order in which they are worth asking.

    First those where one answer can settle the outcome, then those where two can, then by how many unresolved
    required criteria they bear on; within these, in the guidance's order.

    Parameters
    ----------
    truths : list of int
        The truth of every node for the intake; see `screening.evaluation.decide`.
    not_found : iterable of str
        Blanks that were looked for and could not be learned. They stay blank and are not asked again.
    """
    if truths[rules.outcome] != UNKNOWN:
        return []
    out_of_reach = set(not_found)
    names = [name for name in find_decisive_blanks(rules, intake) if name not in out_of_reach]
    groups: dict[Kind, list[str]] = {}
    for name in names:
        groups.setdefault(_alike(rules, name), []).append(name)
    effects = {kind: _effects(rules, members[0], intake, truths) for kind, members in groups.items()}
    settling = {
        kind: {code for each in of_kind if each.outcome != UNKNOWN for code in each.codes}
        for kind, of_kind in effects.items()
    }
    alone = {kind for kind, codes in settling.items() if codes}
    paired = _settling_in_pairs(rules, intake, groups, settling)
    questions = []
    for name in names:
        kind = _alike(rules, name)
        settles: Settles = "alone" if kind in alone else "with_another" if kind in paired else "not_yet"
        questions.append(OpenQuestion(name, settles, _bears_on(rules, name, truths), effects[kind]))
    return sorted(questions, key=lambda each: (_RANKS.index(each.settles), -len(each.bears_on)))


def _alike(rules: RuleSet, name: str) -> Kind:
    """Inputs with the same key stand in for one another: items that the same counts use. A fact stands alone."""
    if not name.startswith(ITEM_PREFIX):
        return (), rules.inputs.index(name)
    uses = tuple(
        node.position for node in rules.subtrees[rules.outcome] if node.test is not None and name in node.test.inputs
    )
    return uses, -1


def _bears_on(rules: RuleSet, name: str, truths: list[int]) -> tuple[str, ...]:
    required = rules.nodes[rules.outcome].children
    return tuple(
        rules.nodes[position].name
        for position in required
        if truths[position] == UNKNOWN
        and any(node.test is not None and name in node.test.inputs for node in rules.subtrees[position])
    )


def _effects(rules: RuleSet, name: str, intake: CodedIntake, truths: list[int]) -> tuple[Effect, ...]:
    by_effect: dict[tuple[int, tuple[tuple[str, int], ...]], list[int]] = {}
    criteria = [node for node in rules.subtrees[rules.outcome] if node.criterion is not None]
    for code in rules.cells(name, intake):
        after = decide(rules, rules.assign(name, code, intake))
        changed = tuple((n.name, after[n.position]) for n in criteria if after[n.position] != truths[n.position])
        by_effect.setdefault((after[rules.outcome], changed), []).append(code)
    return tuple(Effect(tuple(codes), outcome, changed) for (outcome, changed), codes in by_effect.items())


def _settling_in_pairs(
    rules: RuleSet, intake: CodedIntake, groups: Mapping[Kind, list[str]], settling: Mapping[Kind, set[int]]
) -> set[Kind]:
    """The kinds where some answer settles the outcome with one to another blank, and neither of the two does alone."""
    settled = {kind for kind, codes in settling.items() if codes}  # of these nothing more needs to be found
    for one, other in combinations_with_replacement(groups, 2):
        if one in settled and other in settled:
            continue
        first = groups[one][0]
        partners = groups[other][1:] if one == other else groups[other]
        if partners and _pair_settles(rules, intake, (first, settling[one]), (partners[0], settling[other])):
            settled |= {one, other}
    return settled


def _pair_settles(rules: RuleSet, intake: CodedIntake, one: tuple[str, set[int]], other: tuple[str, set[int]]) -> bool:
    """Whether answers to two blanks settle the outcome; each comes with the codes that do so alone."""
    (first, first_alone), (second, second_alone) = one, other
    for code in rules.cells(first, intake):
        if code in first_alone:
            continue
        with_first = rules.assign(first, code, intake)
        for other_code in rules.cells(second, with_first):
            if other_code in second_alone:
                continue
            answered = rules.assign(second, other_code, with_first)
            if decide(rules, answered, rules.decision)[rules.outcome] != UNKNOWN:
                return True
    return False


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
            (
                test.decide_counts(counted + more, counted + more),
                test.decide_counts(other_counted + more, other_counted + more),
            )
            for more in range(blank + 1)
        }
    truth, other_truth = test.decide(one), test.decide(other)
    if truth == other_truth == UNKNOWN:  # the same blank behind both, so the same truth
        return {(NOT_MET, NOT_MET), (MET, MET)}
    return set(product(_settled(truth), _settled(other_truth)))


def _settled(truth: int) -> tuple[int, ...]:
    return (truth,) if truth != UNKNOWN else (NOT_MET, MET)
