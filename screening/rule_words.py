"""How a criterion is tested, in words: what is asked, and the limits in force."""

from instruments.messages import Catalogue, Message
from screening.criteria import STANDINGS, AfterDate, FactIsOneOf, ItemCount, NumberWithin, OffencesAtLeast
from screening.intake import CodedIntake
from screening.ruleset import Node, RuleSet
from screening.trace import levels_that_count
from screening.wording import Wording


def say_rule(rules: RuleSet, node: Node, catalogue: Catalogue, language: str, *, with_parts_beside: bool = True) -> str:
    """Say how a criterion or flag is tested, with the limits in force: "when ...", without a full stop.

    Parameters
    ----------
    with_parts_beside : bool
        Whether the criteria that it combines stand below it; otherwise they are named.
    """
    if node.children and not with_parts_beside:
        named = [Message("rule.part", {"name": rules.nodes[child].name}) for child in node.children]
        parts = "; ".join(catalogue.render(each, language) for each in named)
        return catalogue.render(Message(f"rule.{node.kind}.of", {"parts": parts}), language)
    return catalogue.render(_message(rules, node, catalogue, language), language)


def _message(rules: RuleSet, node: Node, catalogue: Catalogue, language: str) -> Message:
    test, key = node.test, f"rule.{node.kind}"
    if isinstance(test, FactIsOneOf):
        wording = Wording(rules, CodedIntake({}, (), rules.guidance.valid_from), catalogue)
        answers = wording.answers(test.name, sorted(test.codes), language)
        return Message(key, {"fact": test.name, "answers": answers})
    if isinstance(test, NumberWithin):
        return Message(key, {"fact": test.name, "low": test.lowest, "high": test.highest})
    if isinstance(test, OffencesAtLeast):
        limits = {"least": test.least, "months": test.window_months, "age": test.ever_below_age}
        return Message(key, {**limits, "counted": test.counted or STANDINGS[0]})
    if isinstance(test, ItemCount):
        levels = levels_that_count(rules, test)
        return Message(key, {"limit": test.limit, "of": len(test.names), "levels": levels})
    if isinstance(test, AfterDate) and test.day is not None:
        return Message(f"{key}.day", {"day": test.day.isoformat()})
    return Message(key)
