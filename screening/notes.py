"""What to know about the material behind a criterion: notes beside its sentence, which no digest covers."""

from instruments.messages import Message
from instruments.ratings import BLANK, BlankKind
from screening.criteria import ITEM_PREFIX, STANDINGS, NumberWithin, OffencesAtLeast
from screening.explanation import Explanation
from screening.facts import FactValue
from screening.ruleset import Node
from screening.truth import NOT_MET


def notes_on(explanation: Explanation, node: Node) -> list[Message]:
    """What to know about the material behind a criterion or flag, beside its sentence."""
    return [*_notes_on_facts(explanation, node), *_notes_on_local_versions(explanation, node)]


def _notes_on_facts(explanation: Explanation, node: Node) -> list[Message]:
    """What is missing beside the facts that a criterion tests, and how they were taken."""
    notes: list[Message] = []
    for name in node.test.inputs if node.test else ():
        if name.startswith(ITEM_PREFIX):
            continue
        value, wanted = explanation.intake.facts[name], explanation.bound.rules.describe(name).must_carry
        missing = [each for each in wanted if value.code != BLANK and not getattr(value, each)]
        if missing:
            notes.append(Message("note.must_carry", {"fact": name, "missing": missing}))
        if name == "offence_count" and value.code != BLANK:
            notes.extend(_notes_on_offences(value, node))
        not_found = Message("criterion.blank.not_found", {"fact": name})
        if value.blank == BlankKind.NOT_FOUND and explanation.message(node) != not_found:
            notes.append(Message("note.not_found", {"fact": name}))
    return notes


def _notes_on_offences(value: FactValue, node: Node) -> list[Message]:
    notes = []
    if value.window_months is None:
        notes.append(Message("note.counted_by_own_rule", {"fact": "offence_count"}))
    if not isinstance(node.test, OffencesAtLeast) or node.test.counted is None:
        return notes
    others = value.code - (value.convicted or 0) - (value.admitted or 0)
    if value.convicted is not None and value.admitted is not None:
        standings = {"suspected": others, "admitted": value.admitted, "convicted": value.convicted}
        notes.append(Message("note.standings", standings))
    elif value.convicted is not None:
        notes.append(Message("note.convicted", {"convicted": value.convicted, "others": others}))
    elif node.test.counted != STANDINGS[0] and value.window_months is not None:
        notes.append(Message("note.standings_not_told", {"counted": node.test.counted}))
    return notes


def _notes_on_local_versions(explanation: Explanation, node: Node) -> list[Message]:
    """The local versions of the guidance that take in a number which these bounds do not."""
    test = node.test
    if not isinstance(test, NumberWithin) or node.kind != "between" or explanation.truths[node.position] != NOT_MET:
        return []
    low, high = (name for name, _ in node.limits)
    number = explanation.coding.intake.fact(test.name)
    notes = []
    for version in explanation.bound.local_versions:
        bounds = {
            setting.parameter: int(setting.value) for setting in version.settings if setting.parameter in (low, high)
        }
        if bounds and number >= 0 and bounds.get(low, test.lowest) <= number <= bounds.get(high, test.highest):
            notes.append(Message("note.local_version", {"version": version.id, "fact": test.name}))
    return notes
