"""How many answers it takes until the outcome is settled, by the order in which one asks. Run as a module.

The asking begins with nothing known. The invented cohort answers, where whoever has a blank is left out, and so do
intakes that are drawn evenly from the declared answers.
"""

from collections.abc import Callable
from itertools import product
from random import Random
from statistics import mean

from instruments.ratings import BLANK
from screening.asking.declared_codes import declared
from screening.asking.questions import OpenQuestion, ask
from screening.evaluation import decide
from screening.intake import CodedIntake
from screening.invented.cohort import invent_columns
from screening.library import Library
from screening.ruleset import RuleSet
from tests.benchmarks.shipped import ON, SEED

INVENTED = 4_000
ASKED = 300
GUIDANCES = ("stockholm_2012", "socialstyrelsen_2012", "young_adults_2013")
_REACH = ("alone", "with_another", "not_yet")

Choose = Callable[[RuleSet, tuple[OpenQuestion, ...]], OpenQuestion]


def by_the_file(rules: RuleSet, questions: tuple[OpenQuestion, ...]) -> OpenQuestion:
    """What the guidance names first of what can change the outcome."""
    return min(questions, key=lambda each: rules.inputs.index(each.name))


def by_reach(rules: RuleSet, questions: tuple[OpenQuestion, ...]) -> OpenQuestion:
    """What settles alone, then with another, then what most criteria wait for: the order until 2026-11-29."""
    return min(
        questions,
        key=lambda each: (_REACH.index(each.settles), -len(each.bears_on), rules.inputs.index(each.name)),
    )


def by_fewest_answers(rules: RuleSet, questions: tuple[OpenQuestion, ...]) -> OpenQuestion:
    """What stands first."""
    return questions[0]


ORDERS: dict[str, Choose] = {
    "order of the file": by_the_file,
    "order until 2026-11-29": by_reach,
    "fewest answers": by_fewest_answers,
}


def answers_needed(rules: RuleSet, answers: CodedIntake, choose: Choose) -> int:
    """How many questions somebody who can answer all is asked."""
    known = CodedIntake({}, (BLANK,) * len(answers.items), answers.on)
    asked = 0
    while questions := ask(rules, known, decide(rules, known)).questions:
        name = choose(rules, questions).name
        known = rules.assign(name, rules.code(name, answers), known)
        asked += 1
    return asked


def complete_intakes(rules: RuleSet, number: int = ASKED) -> list[CodedIntake]:
    """The first of the invented cohort of whom everything is known that the outcome asks for."""
    columns = invent_columns(INVENTED, seed=SEED, rules=rules, on=ON)
    intakes = (columns.intake(row) for row in range(len(columns)))
    whole = [each for each in intakes if all(rules.code(name, each) != BLANK for name in rules.inputs)]
    return whole[:number]


def evenly_drawn_intakes(rules: RuleSet, number: int = ASKED) -> list[CodedIntake]:
    """Intakes whose every answer was as likely as any other that can be declared: what the order is made for."""
    draw = Random(SEED)  # noqa: S311
    nothing_known = CodedIntake({}, (BLANK,) * len(rules.instrument.items), ON)
    intakes = []
    for _ in range(number):
        intake = nothing_known
        for name in rules.inputs:
            [code] = draw.choices(rules.cells(name, nothing_known), declared(rules, name, nothing_known))
            intake = rules.assign(name, code, intake)
        intakes.append(intake)
    return intakes


if __name__ == "__main__":
    for guidance in GUIDANCES:
        rules = Library().bind(guidance, on=ON).rules
        cohorts = {"invented cohort": complete_intakes(rules), "evenly drawn": evenly_drawn_intakes(rules)}
        for (cohort, intakes), (name, choose) in product(cohorts.items(), ORDERS.items()):
            needed = [answers_needed(rules, each, choose) for each in intakes]
            print(f"{guidance:22} {cohort:16} {name:24} mean {mean(needed):5.2f}  worst {max(needed):3}")
