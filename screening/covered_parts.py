"""What the digest of a screening covers of its inputs and of the gate: codes and days, no free text and no name."""

from collections.abc import Iterable, Mapping

from instruments.ratings import BLANK, BlankKind
from screening.coding import Intake
from screening.gate import YOUTH, Gate
from screening.ruleset import RuleSet


def cover_inputs(
    rules: RuleSet, intake: Intake, blanks: Mapping[str, BlankKind], facts: Iterable[str]
) -> dict[str, object]:
    """What was put in, as it is covered.

    Parameters
    ----------
    blanks : Mapping of str to BlankKind
        Why each blank is one; see `screening.coding.Coding`.
    facts : iterable of str
        The facts that are covered, in their order.
    """
    covered: dict[str, object] = {}
    for name in facts:
        value = intake.facts[name]
        if value.text is not None:
            continue  # free words are not covered
        fact: dict[str, object] = {"value": rules.describe(name).value_of(value.code)}
        if name in blanks:
            fact["blank"] = blanks[name].value
        if value.observed_on:
            fact["observed_on"] = value.observed_on.isoformat()
        if name == "offence_count":
            fact |= {"window_months": value.window_months, "convicted": value.convicted}
            if value.admitted is not None:
                fact["admitted"] = value.admitted
        covered[name] = fact
    ratings = intake.ratings
    items: Mapping[str, object] | None = None
    if ratings:
        items = {
            item.id: rules.instrument.levels(item)[code] if code != BLANK else ratings.blanks[item.id].value
            for item, code in zip(rules.instrument.items, ratings.codes, strict=True)
        }
    return {"facts": covered, "items": items, "guardians": None if intake.guardians is None else len(intake.guardians)}


def cover_gate(gate: Gate) -> dict[str, object]:
    """The gate with each person's answers together, but neither their reference nor an order among guardians."""
    answers: dict[str, list[dict[str, object]]] = {}
    for party in sorted(gate.parties, key=lambda party: (party.person, party.recipient)):
        answer = party.as_data()
        del answer["person"]
        answers.setdefault(party.person, []).append(answer)
    youth = answers.pop(YOUTH, [])
    return {
        "overall": gate.overall.word,
        "guardians_open": gate.guardians_open,
        "youth": youth,
        "guardians": sorted(answers.values(), key=str),
    }
