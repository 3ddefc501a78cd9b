"""What stands beside the outcome, as data in two languages: the consents, and what took the guidance's place."""

from collections.abc import Callable, Mapping
from typing import Any

from instruments.messages import Message, in_both_languages
from screening.explanation import Explanation
from screening.facts import FactDescription, FactValue
from screening.guidance import Successor
from screening.presentation import shown_in
from screening.rules import Citation, Source

Data = dict[str, Any]
Say = Callable[[Message], Data]
Cite = Callable[[Citation | None, Mapping[str, Source] | None], Data | None]


def render_gate(explanation: Explanation, say: Say, cite: Cite) -> Data:
    """The gate with every party, and what its reader must know of."""
    gate, facts, rules = explanation.gate, explanation.intake.facts, explanation.bound.consent_rules
    notes = [Message("gate.guardians_open")] if gate.guardians_open else []
    describe = explanation.bound.rules.describe
    shown = shown_in("gate", explanation.intake.on)
    notes += [Message(f"gate.{name}") for name in shown if _is_yes(facts[name], describe(name))]
    parties = [
        party.as_data() | {"text": say(Message(f"consent.{party.status}", {"recipient": party.recipient}))}
        for party in gate.parties
    ]
    return gate.as_data() | {
        "parties": parties,
        "text": say(Message(f"gate.{gate.overall.word}")),
        "notes": [say(note) for note in notes],
        "quote": rules.quote,
        "source": cite(rules.source, rules.sources_by_id),
    }


def _is_yes(value: FactValue, description: FactDescription) -> bool:
    return description.value_of(value.code) == "yes"


def render_successor(successor: Successor | None, cite: Cite) -> Data | None:
    """What took a guidance's place; None where nothing is known to have."""
    if successor is None:
        return None
    return {
        "title": in_both_languages(successor.title),
        "guidance": successor.guidance,
        "since": successor.since.isoformat() if successor.since else None,
        "note": in_both_languages(successor.note),
        "source": cite(successor.source, None),
    }
