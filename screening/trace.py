"""Why each criterion has its status: the facts used, the limits, and the key of the sentence that says so."""

from collections.abc import Callable, Sequence

from instruments.messages import Message
from instruments.ratings import BLANK, BlankKind
from screening.coding import Coding
from screening.compiling.compiled_rules import compile_trace
from screening.criteria import AfterDate, ItemCount, NeverMet, NumberWithin, OffencesAtLeast
from screening.evaluation import settler
from screening.facts import EVER
from screening.intake import CodedIntake
from screening.ruleset import Node, RuleSet, Step
from screening.truth import MET, NOT_MET, UNKNOWN

#: Which children a sentence names.
_TOLD_OF_CHILDREN = {("any_of", MET): "met", ("all_of", NOT_MET): "not_met", ("none_of", NOT_MET): "met"}


def trace(rules: RuleSet, intake: CodedIntake) -> list[Step]:
    """Decide one intake and say of every criterion of the guidance what its status rests on.

    Returns
    -------
    list of Step
        The criteria, children before parents, and last the outcome.
    """
    return tracer(rules)(intake)


def tracer(rules: RuleSet) -> Callable[[CodedIntake], list[Step]]:
    """What `trace` traces by, for those who trace many intakes."""
    number = len(rules.decision)
    if number not in rules.tracers:
        rules.tracers[number] = compile_trace(rules, number, settler(rules))
    return rules.tracers[number]


def describe_step(rules: RuleSet, node: Node, truths: Sequence[int], coding: Coding) -> Message:
    """The sentence that says why a criterion has its status."""
    truth = truths[node.position]
    key = node.keys[truth]
    test = node.test
    if test is None:
        return _describe_children(rules, node, truths)
    if isinstance(test, ItemCount):
        counted, blank = test.count(coding.intake)
        needs_no_blanks = truth == UNKNOWN or (truth == MET) == test.at_least
        return Message(
            key if blank or needs_no_blanks else f"{key}_all_rated",
            {
                "levels": levels_that_count(rules, test),
                "counted": counted,
                "of": len(test.names),
                "limit": test.limit,
                "rated": len(test.names) - blank,
                "blank": blank,
            },
        )
    if isinstance(test, NeverMet):
        return Message("criterion.no_instrument")
    if isinstance(test, AfterDate):
        return Message(key, {"day": test.day.isoformat() if test.day else ""})
    name = test.inputs[0]
    code = rules.code(name, coding.intake)
    if code == BLANK:
        kind = coding.blanks.get(name, BlankKind.NOT_ASKED) if truth == UNKNOWN else "any_answer"
        return Message(f"criterion.blank.{kind}", {"fact": name})
    parameters: dict[str, object] = {"fact": name, "value": word_of(rules, name, code)}
    if isinstance(test, OffencesAtLeast):
        return _describe_offences(node, test, truth, coding)
    if isinstance(test, NumberWithin):
        return Message(key, {**parameters, "low": test.lowest, "high": test.highest})
    return Message(key, parameters)


def levels_that_count(rules: RuleSet, test: ItemCount) -> list[str]:
    """The levels from which an item counts, in rising order."""
    return list(rules.instrument.levels(rules.instrument.item(test.names[0]))[test.least_code :])


def word_of(rules: RuleSet, name: str, code: int) -> object:
    """The value of a fact as a catalogue word (``fact.value``) or a number."""
    value = rules.describe(name).value_of(code)
    return f"{name}.{value}" if isinstance(value, str) else value


def _describe_children(rules: RuleSet, node: Node, truths: Sequence[int]) -> Message:
    by_truth = {
        word: [rules.nodes[child].name for child in node.children if truths[child] == truth]
        for truth, word in ((MET, "met"), (UNKNOWN, "unknown"), (NOT_MET, "not_met"))
    }
    settling = _TOLD_OF_CHILDREN.get((node.kind, truths[node.position]))
    if settling is not None and not by_truth[settling]:  # no child is settled, and yet they settle it together
        return Message("criterion.any_way")
    return Message(
        node.keys[truths[node.position]], {**by_truth, "all": [rules.nodes[child].name for child in node.children]}
    )


def _describe_offences(node: Node, test: OffencesAtLeast, truth: int, coding: Coding) -> Message:
    intake = coding.intake
    parameters: dict[str, object] = {
        "count": intake.fact("offence_count"),
        "limit": test.least,
        "window_months": test.window_months,
        "ever_below_age": test.ever_below_age,
    }
    key = node.keys[truth]
    if test.counted is not None:
        parameters["counted"] = test.counted
        key = key.replace("offences_at_least", "offences_counted")
    if intake.offence_window is None or (intake.offence_window == test.window_months and truth != UNKNOWN):
        return Message(key, parameters)
    if intake.offence_window == EVER:
        return Message(f"{key}_counted_ever", parameters)
    return Message(f"{key}_counted_over_months", {**parameters, "months": intake.offence_window})
