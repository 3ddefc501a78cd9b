"""What stands beside the outcome, as data: the consents, and what took the guidance's place."""

from collections.abc import Callable, Mapping

from instruments.messages import Message, Text
from instruments.profile import GroupProfile, LevelCount, Profile
from screening import grounds, rendered
from screening.explanation import Explanation
from screening.facts import FactDescription, FactValue
from screening.guidance import Successor
from screening.presentation import shown_in
from screening.rules import Citation, Source

Say = Callable[[Message], grounds.Words]
Cite = Callable[[Citation | None, Mapping[str, Source] | None], grounds.Source | None]


def render_gate(
    explanation: Explanation, say: Say, cite: Callable[[Citation, Mapping[str, Source] | None], grounds.Source]
) -> rendered.Gate:
    """The gate with every party, and what its reader must know of."""
    gate, facts, rules = explanation.gate, explanation.intake.facts, explanation.bound.consent_rules
    notes = [Message("gate.guardians_open")] if gate.guardians_open else []
    describe = explanation.bound.rules.describe
    shown = shown_in("gate", explanation.intake.on)
    notes += [Message(f"gate.{name}") for name in shown if _is_yes(facts[name], describe(name))]
    parties = [
        rendered.Party(
            person=party.person,
            recipient=party.recipient,
            status=party.status,
            readiness=party.readiness.word,
            mandatory=party.is_mandatory,
            valid_to=grounds.as_day(party.valid_to) if party.valid_to else None,
            text=say(Message(f"consent.{party.status}", {"recipient": party.recipient})),
        )
        for party in gate.parties
    ]
    return {
        "overall": gate.overall.word,
        "parties": parties,
        "guardians_open": gate.guardians_open,
        "text": say(Message(f"gate.{gate.overall.word}")),
        "notes": [say(note) for note in notes],
        "quote": rules.quote,
        "source": cite(rules.source, rules.sources_by_id),
    }


def _is_yes(value: FactValue, description: FactDescription) -> bool:
    return description.value_of(value.code) == "yes"


def render_successor(
    successor: Successor | None, words: Callable[[Text], grounds.Words], cite: Cite
) -> grounds.Successor | None:
    """What took a guidance's place; None where nothing is known to have."""
    if successor is None:
        return None
    return {
        "title": words(successor.title),
        "guidance": successor.guidance,
        "since": grounds.as_day(successor.since) if successor.since else None,
        "note": words(successor.note),
        "source": cite(successor.source, None),
    }


def render_profile(profile: Profile, say: Say) -> rendered.Profile:
    """The ratings counted, with what to know before leaning on the counts."""
    own = profile.own_behaviour
    return {
        "domains": [{"id": name, **_group(group)} for name, group in profile.domains],
        "risk": _group(profile.risk),
        "protective": _group(profile.protective),
        "own_behaviour": {"moderate_or_high": _count(own.moderate_or_high), "rated": own.rated, "of": own.of},
        "complete_to_sign": profile.complete_to_sign,
        "notes": [say(note) for note in profile.notes],
    }


def _group(group: GroupProfile) -> rendered.Group:
    return {
        "kind": group.kind,
        "of": group.of,
        "rated": group.rated,
        "answered": group.answered,
        "levels": {level: _count(count) for level, count in group.levels},
        "blank": {kind.value: number for kind, number in group.blank},
    }


def _count(count: LevelCount) -> rendered.Count:
    return {"rated": count.rated, "bounds": [count.bounds.low, count.bounds.high]}


def render_answers_left(explanation: Explanation, say: Say) -> rendered.AnswersLeft | None:
    """How many answers are left, as numbers and in a sentence; null where the outcome is settled."""
    left = explanation.answers_left
    if left is None:
        return None
    number = (
        "none"
        if not left.at_most
        else "at_most"
        if explanation.are_counts_withheld
        else "between"
        if left.at_least < left.at_most
        else "one"
        if left.at_most == 1
        else "as_many"
    )
    parts = [f"number.{number}"]
    parts += ["ratings_later"] if explanation.are_counts_withheld else []
    parts += [f"ends.{left.ends}"] if left.ends != "settled" else []
    parts += ["bounds"] if not left.is_exact and not explanation.are_counts_withheld else []
    said = [say(Message(f"answers_left.{part}", {"fewest": left.at_least, "most": left.at_most})) for part in parts]
    return {
        "at_least": left.at_least,
        "at_most": left.at_most,
        "ends": left.ends,
        "is_exact": left.is_exact,
        "text": {language: " ".join(each[language] for each in said) for language in said[0]},
    }
