"""The result without its reasons: outcome and statuses, for a program that asks for no more.

It says what the explanation says, and withholds what the explanation withholds.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, TypedDict

from screening.coding import Intake, code_intake
from screening.evaluation import decide
from screening.explanation import must_wait, waits_for_rating
from screening.gate import ReadinessWord, assess_gate
from screening.grounds import Day, as_day
from screening.library import BoundGuidance
from screening.recommendation import Outcome, name_outcome, open_flags, raised_flags
from screening.truth import WORDS, Status


class Brief(TypedDict):
    """The outcome and the statuses that the explanation tells too, without the reasons. It never decides."""

    reference_date: Annotated[Day, "The day for which everything is judged."]
    guidance: Annotated[str, "The guidance that was tested."]
    outcome: Annotated[Outcome | None, "What the material supports; null while it is withheld."]
    statuses: Annotated[
        Mapping[str, Status | None],
        "By the id of each criterion and flag and of the steps within them; null while it is withheld.",
    ]
    flags: Annotated[list[str], "The flags that are raised; `safety_first` comes before everything."]
    flags_open: Annotated[list[str], "The flags that cannot be told yet."]
    gate: Annotated[ReadinessWord, "Where the consents stand; apart from the outcome."]
    withheld: Annotated[bool, "Whether a rater is told what the facts alone say, until the summary rating is there."]
    definitions: Annotated[Mapping[str, str], "`id@version` of every definition used, with its SHA-256."]


def decide_briefly(bound: BoundGuidance, intake: Intake) -> Brief:
    """Screen one intake, and tell a rater no more than the explanation would."""
    rules, waits = bound.rules, must_wait(intake)
    coding = code_intake(rules, replace(intake, ratings=None) if waits else intake)
    truths = decide(rules, coding.intake)
    hidden = {node.position for node in rules.nodes if waits and waits_for_rating(rules, node, truths)}
    gate = assess_gate(
        bound.consent_rules,
        age=coding.intake.fact("age"),
        guardians=intake.guardians,
        consents=intake.consents,
        on=intake.on,
    )
    return {
        "reference_date": as_day(intake.on),
        "guidance": bound.name,
        "outcome": None if rules.outcome in hidden else name_outcome(truths[rules.outcome]),
        "statuses": {
            node.name: None if node.position in hidden else WORDS[truths[node.position]]
            for node in rules.nodes
            if node.position != rules.outcome
        },
        "flags": raised_flags(rules, truths),
        "flags_open": open_flags(rules, truths),
        "gate": gate.overall.word,
        "withheld": waits,
        "definitions": dict(bound.definitions),
    }


def brief_of_recorded(covered: Mapping[str, Any]) -> Brief:
    """The same of a screening that was recorded. Nothing is withheld of it, since its ratings are signed.

    Parameters
    ----------
    covered : Mapping
        What its digest covers; see `screening.explanation.Explanation.covered`.
    """
    return {
        "reference_date": covered["reference_date"],
        "guidance": covered["guidance"],
        "outcome": covered["outcome"],
        "statuses": covered["statuses"],
        "flags": covered["flags"],
        "flags_open": covered["flags_open"],
        "gate": covered["gate"]["overall"],
        "withheld": False,
        "definitions": covered["definitions"],
    }
