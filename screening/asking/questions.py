"""What to find out next: the blanks that can change the outcome, and what each answer would do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from screening.asking.first_questions import Cost, JointSearch, mean_numbers, rank
from screening.asking.parts_left import PartLeft, find_parts_left
from screening.asking.positions import Key
from screening.asking.strategy import Solution, TooManyStatesError
from screening.criteria import combine
from screening.evaluation import decide_exactly
from screening.intake import CodedIntake
from screening.ruleset import Node, RuleSet
from screening.truth import MET, NOT_MET, UNKNOWN

#: Whether an answer can settle the outcome.
Settles = Literal["alone", "with_another", "not_yet"]
#: Whether the outcome is settled once nothing is left to ask.
Ends = Literal["settled", "perhaps_settled", "unsettled"]


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


@dataclass(frozen=True)
class AnswersLeft:
    """How many answers it takes until the outcome is settled or nothing is left to ask.

    What was looked for in vain is not asked again and is counted in neither number.

    Parameters
    ----------
    at_least : int
        The fewest answers after which that can be so.
    at_most : int
        The most that it takes when what stands first is asked, and so on after each answer.
    ends : {"settled", "perhaps_settled", "unsettled"}
        Whether the outcome is settled then: always, by some answers and not by others, or never, because of what was
        looked for in vain.
    is_exact : bool
        False where the numbers are bounds: there were more than `screening.asking.strategy.MOST_STATES` states to try,
        and the order is then a guess, or ratings are not counted in before the summary rating is made.
    """

    at_least: int
    at_most: int
    ends: Ends
    is_exact: bool


@dataclass(frozen=True)
class NextQuestions:
    """The open questions in the order in which they are worth asking, and how many answers are left.

    Parameters
    ----------
    left : AnswersLeft or None
        None where the outcome is settled.
    """

    questions: tuple[OpenQuestion, ...] = ()
    left: AnswersLeft | None = None


#: The question of a part: the part's place and the key of the question in it.
_Place = tuple[int, Key]


def ask(rules: RuleSet, intake: CodedIntake, truths: Sequence[int], not_found: Iterable[str] = ()) -> NextQuestions:
    """The open questions in the order in which they are worth asking, and how many answers are left.

    First stands what keeps the number of answers smallest in the worst case, then what keeps its mean smallest where
    every declared code is as likely as another; within these, the guidance's order. See `screening.asking.strategy`.

    Parameters
    ----------
    truths : sequence of int
        The truth of every node for the intake; see `screening.evaluation.decide`.
    not_found : iterable of str
        Blanks that were looked for and could not be learned. They stay blank and are not asked again.
    """
    if truths[rules.outcome] != UNKNOWN:
        return NextQuestions()
    parts = find_parts_left(rules, intake, truths, frozenset(not_found))
    questions: dict[str, OpenQuestion] = {}
    places: dict[str, _Place] = {}
    for place, part in enumerate(parts):
        for key, names in part.names.items():
            effects = _effects(rules, part, names[0], intake, truths)
            settles: Settles = "alone" if any(each.outcome != UNKNOWN for each in effects) else "not_yet"
            for name in names:
                questions[name] = OpenQuestion(name, settles, _bears_on(part.rules, name, truths), effects)
                places[name] = place, key
    try:
        plan = make_plan([part.solve() for part in parts])
    except TooManyStatesError:
        return _guess(rules, questions)
    for name, question in questions.items():
        if question.settles == "not_yet" and places[name] in plan.paired:
            questions[name] = replace(question, settles="with_another")
    order = {name: place for place, name in enumerate(rules.inputs)}
    names_in_order = sorted(questions, key=lambda name: (plan.ranks[places[name]], order[name]))
    return NextQuestions(tuple(questions[name] for name in names_in_order), plan.left)


@dataclass(frozen=True)
class Plan:
    """How the questions of several parts are best asked.

    Parameters
    ----------
    ranks : Mapping of question to tuple
        The smaller, the earlier.
    paired : set of questions
        Those of which an answer settles the outcome with one to another, and neither alone.
    """

    ranks: Mapping[_Place, tuple[int, float]]
    paired: set[_Place]
    left: AnswersLeft


def make_plan(solutions: Sequence[Solution]) -> Plan:
    """Plan the questions of parts that are not met yet.

    Raises
    ------
    TooManyStatesError
    """
    if all(each.is_best_at_any_price for each in solutions):
        worst = sum(each.worst for each in solutions)
        rows = [np.zeros(1, dtype=np.intp)] * len(solutions)
        means = mean_numbers([[each] for each in solutions], rows)
        costs = {
            (place, key): Cost(worst, float(mean[0]))
            for place, by_question in enumerate(means)
            for key, mean in by_question.items()
        }
    else:
        costs = JointSearch().costs(tuple(each.position for each in solutions))
    worst = min((cost.worst for cost in costs.values()), default=0)
    return Plan(
        {place: rank(cost) for place, cost in costs.items()},
        set(_find_paired(solutions)),
        AnswersLeft(count_fewest(solutions), worst, name_end(solutions), is_exact=True),
    )


def count_fewest(solutions: Sequence[Solution]) -> int:
    """The fewest answers that refute one part, or after which nothing is left to ask in any."""
    return int(min(min(each.to_refute for each in solutions), sum(each.to_end for each in solutions)))


def name_end(solutions: Sequence[Solution]) -> Ends:
    """Whether the outcome is settled when nothing is left to ask."""
    if all(UNKNOWN not in each.ends for each in solutions):
        return "settled"
    can_be_settled = any(NOT_MET in each.ends for each in solutions) or all(MET in each.ends for each in solutions)
    return "perhaps_settled" if can_be_settled else "unsettled"


def _find_paired(solutions: Sequence[Solution]) -> Iterator[_Place]:
    for place, solution in enumerate(solutions):
        paired = solution.paired
        keys = set(paired[NOT_MET])
        if len(solutions) == 1:
            keys |= paired[MET]
        if len(solutions) == 2 and solutions[1 - place].alone[MET]:
            keys |= solution.alone[MET]
        yield from ((place, key) for key in keys)


def _guess(rules: RuleSet, questions: Mapping[str, OpenQuestion]) -> NextQuestions:
    """First what settles by the most answers, then what most unresolved required criteria wait for."""

    def settling(name: str) -> float:
        cells = sum(len(effect.codes) for effect in questions[name].effects)
        return sum(len(effect.codes) for effect in questions[name].effects if effect.outcome != UNKNOWN) / cells

    in_order = [questions[name] for name in rules.inputs if name in questions]
    in_order.sort(key=lambda each: (-settling(each.name), -len(each.bears_on)))
    fewest = 1 if any(each.settles == "alone" for each in in_order) else min(2, len(in_order))
    return NextQuestions(tuple(in_order), AnswersLeft(fewest, len(in_order), "perhaps_settled", is_exact=False))


def _bears_on(part: RuleSet, name: str, truths: Sequence[int]) -> tuple[str, ...]:
    return tuple(
        part.nodes[each].name
        for each in part.nodes[part.outcome].children
        if truths[each] == UNKNOWN and name in part.inputs_below[each]
    )


def _effects(
    whole: RuleSet, left: PartLeft, name: str, intake: CodedIntake, truths: Sequence[int]
) -> tuple[Effect, ...]:
    """What each answer would do. Where no blank is used twice, the outcome follows from the criteria's truths."""
    rules = left.rules
    others = set(whole.nodes[whole.outcome].children).difference(rules.nodes[rules.outcome].children)
    most = min((truths[each] for each in others), default=MET)
    by_effect: dict[tuple[int, tuple[tuple[str, int], ...]], list[int]] = {}
    deciding = [node for node in rules.subtrees[rules.outcome] if name in rules.inputs_below[node.position]]
    for code in whole.cells(name, intake):
        answered = rules.assign(name, code, intake)
        after = list(truths)
        for node in deciding:
            if truths[node.position] != UNKNOWN:
                continue  # what is settled stays so, whatever is told
            truth = _truth(node, answered, after)
            tried = () if left.is_plain and node.position == rules.outcome else node.shared
            if truth == UNKNOWN and any(rules.is_open(each, answered) for each in tried):
                truth = decide_exactly(rules, node, answered)
            after[node.position] = truth
        changed = tuple(
            (node.name, after[node.position])
            for node in deciding
            if node.criterion is not None and after[node.position] != truths[node.position]
        )
        by_effect.setdefault((min(after[rules.outcome], most), changed), []).append(code)
    return tuple(Effect(tuple(codes), outcome, changed) for (outcome, changed), codes in by_effect.items())


def _truth(node: Node, intake: CodedIntake, truths: Sequence[int]) -> int:
    return (
        node.test.decide(intake)
        if node.test is not None
        else combine(node.kind, [truths[each] for each in node.children])
    )
