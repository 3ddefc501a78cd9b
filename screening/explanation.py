"""The complete explanation of one screening: one object that pages, files and answers render.

It holds keys and values, no finished sentences. Its digest covers what was put in, which definitions and limits were
used and what came out, so that a reviewer signs that and nothing else, and a stored intake replays to the same digest.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from instruments.canonical import canonical_json
from instruments.messages import Message
from instruments.profile import Profile, profile, summary_check
from instruments.ratings import BLANK, BlankKind
from screening.asking.parts_left import find_decisive_blanks
from screening.asking.questions import AnswersLeft, NextQuestions, OpenQuestion, ask
from screening.changes import SmallestChange, find_smallest_changes
from screening.coding import SUMMARY_RATING, Coding, Intake, code_intake
from screening.covered_parts import cover_gate, cover_inputs
from screening.criteria import ITEM_PREFIX, ItemCount
from screening.decisive import AnyOf, decisive_nodes, find_decisive_sets
from screening.evaluation import decide
from screening.gate import Gate, assess_gate
from screening.library import BoundGuidance
from screening.recommendation import Outcome, name_outcome, open_flags, raised_flags
from screening.ruleset import Node, RuleSet
from screening.trace import describe_step
from screening.truth import MET, UNKNOWN, WORDS, Status

#: Raised when the meaning of a status, outcome, flag or gate changes, so that old digests are not compared with new.
SEMANTICS = 1


@dataclass(frozen=True)
class Explanation:
    """The outcome of a screening, and everything that it rests on.

    Parameters
    ----------
    truths : tuple of int
        The truth of every node of ``bound.rules``, by position.
    decisive : tuple of AnyOf
        The inputs that the outcome rests on; of an unknown outcome, the blanks that can change it.
    decisive_criteria : frozenset of str
        The criteria that these inputs work through.
    not_found : tuple of str
        Blanks that were looked for and could not be learned: to be judged and reasoned about, not asked again.
    facts_alone : Explanation or None
        The outcome by the facts alone, where ratings wait for the summary rating: all that a rater may be told of the
        result until then. None where nothing waits.
    """

    bound: BoundGuidance
    intake: Intake
    coding: Coding
    truths: tuple[int, ...]
    gate: Gate
    decisive: tuple[AnyOf, ...]
    decisive_criteria: frozenset[str]
    not_found: tuple[str, ...]
    asks: tuple[Message, ...]
    facts_alone: "Explanation | None" = None

    @property
    def outcome(self) -> Outcome:
        """``not_target_group``, ``more_information_needed`` or ``supports_offer``."""
        return name_outcome(self.truths[self.bound.rules.outcome])

    @property
    def flags(self) -> list[str]:
        """The flags that are met."""
        return raised_flags(self.bound.rules, self.truths)

    @property
    def flags_open(self) -> list[str]:
        """The flags that cannot be told yet."""
        return open_flags(self.bound.rules, self.truths)

    @property
    def other_facts(self) -> list[str]:
        """Facts that are known and that no criterion or flag tests: shown, and of no bearing on the result."""
        tested = self.bound.rules.fact_names
        known = [name for name, value in self.intake.facts.values.items() if value.code != BLANK]
        return [name for name in known if name not in tested]

    @property
    def are_counts_withheld(self) -> bool:
        """Whether counts must wait: the professional rates before anything counted from the items is shown."""
        return must_wait(self.intake)

    def is_withheld(self, node: Node) -> bool:
        """Whether a node's truth must wait for the summary rating: it rests on ratings, and facts do not settle it.

        This depends on the facts alone, so that being withheld tells nothing of the ratings.
        """
        alone = self.facts_alone
        return alone is not None and waits_for_rating(self.bound.rules, node, alone.truths)

    def status(self, node: Node) -> Status:
        """``met``, ``not_met`` or ``unknown``."""
        return WORDS[self.truths[node.position]]

    def message(self, node: Node) -> Message:
        """The sentence that says why a criterion has its status."""
        return self._messages[node.position]

    @cached_property
    def _messages(self) -> Mapping[int, Message]:
        """By the position of every criterion: digest, sentences and notes ask for the same."""
        rules = self.bound.rules
        return {node.position: describe_step(rules, node, self.truths, self.coding) for node in rules.criteria}

    @cached_property
    def profile(self) -> Profile | None:
        """The ratings counted; None without ratings, and until the summary rating is there."""
        ratings = self.intake.ratings
        if ratings is None or not self.intake.has_summary_rating:
            return None
        return profile(self.bound.rules.instrument, ratings)

    @property
    def disagreements(self) -> list[tuple[Node, Node]]:
        """The raised flags that tell of a disagreement, each with a step of it that is met."""
        rules = self.bound.rules
        return [
            (node, rules.nodes[child])
            for node in (rules.nodes[place] for place in rules.flags)
            if node.flag is not None and node.flag.is_disagreement and self.truths[node.position] == MET
            for child in node.children
            if self.truths[child] == MET
        ]

    @property
    def questions(self) -> tuple[OpenQuestion, ...]:
        """Open questions, in the order in which they are worth asking."""
        return self._what_next[0].questions

    @property
    def answers_left(self) -> AnswersLeft | None:
        """How many answers are left; None where the outcome is settled."""
        return self._what_next[0].left

    @property
    def cannot_change(self) -> tuple[str, ...]:
        """Blanks that were not asked and whose answer cannot change the outcome."""
        asked = {question.name for question in self.questions}
        inputs = self.bound.rules.criterion_inputs
        return tuple(name for name in inputs if _is_unasked(self.coding, name) and name not in asked)

    @property
    def changes(self) -> tuple[SmallestChange, ...]:
        """The nearest other outcomes."""
        return self._what_next[1]

    @cached_property
    def _what_next(self) -> tuple[NextQuestions, tuple[SmallestChange, ...]]:
        """What the digest does not cover, worked out where it is asked for: a record is stored without it."""
        return _what_next(self.bound, self.coding, self.truths, self.facts_alone)

    @cached_property
    def sha256(self) -> str:
        """Digest of `canonical`, in hexadecimal."""
        return hashlib.sha256(self.canonical).hexdigest()

    @cached_property
    def canonical(self) -> bytes:
        """`covered` as RFC 8785 canonical JSON."""
        return canonical_json(self.covered)

    @cached_property
    def covered(self) -> dict[str, Any]:
        """What the digest covers.

        Rendered text, free text, names, the engine's version, open questions and smallest changes are left out:
        they may be worded better without changing what was found.
        """
        rules = self.bound.rules
        return {
            "semantics": SEMANTICS,
            "reference_date": self.intake.on.isoformat(),
            "guidance": self.bound.name,
            "inputs": cover_inputs(rules, self.intake, self.coding.blanks, (*rules.fact_names, *self.other_facts)),
            "definitions": dict(self.bound.definitions),
            "parameters": {name: setting.value for name, setting in rules.settings.items()},
            "statuses": {node.name: self.status(node) for node in rules.nodes if node.position != rules.outcome},
            "outcome": self.outcome,
            "flags": self.flags,
            "flags_open": self.flags_open,
            "gate": cover_gate(self.gate),
            "decisive": sorted(self.decisive_criteria),
            "messages": [self.message(node).as_data() for node in rules.criteria],
        }


def explain(bound: BoundGuidance, intake: Intake) -> Explanation:
    """Screen one intake and explain the result completely.

    Parameters
    ----------
    bound : BoundGuidance
        From `screening.library.Library.bind`, for the intake's date and instrument.

    Returns
    -------
    Explanation
    """
    rules = bound.rules
    coding = code_intake(rules, intake)
    truths = decide(rules, coding.intake)
    outcome = truths[rules.outcome]
    if outcome == UNKNOWN:
        blanks = find_decisive_blanks(rules, coding.intake, truths)
        decisive = tuple(AnyOf(1, (name,)) for name in blanks)
        criteria = {
            node.name
            for node in rules.subtrees[rules.outcome]
            if truths[node.position] == UNKNOWN and node.position != rules.outcome and _uses(bound, node, blanks)
        }
    else:
        sets = find_decisive_sets(rules, coding.intake, outcome)
        order = {name: place for place, name in enumerate(rules.inputs)}
        parts = {part for each in sets for part in each}
        decisive = tuple(sorted(parts, key=lambda part: order[part.of[0]]))
        criteria = {rules.nodes[place].name for place in decisive_nodes(rules, coding.intake, sets)}
    facts_alone = explain(bound, replace(intake, ratings=None)) if must_wait(intake) else None
    age = coding.intake.fact("age")
    return Explanation(
        bound,
        intake,
        coding,
        tuple(truths),
        assess_gate(bound.consent_rules, age=age, guardians=intake.guardians, consents=intake.consents, on=intake.on),
        decisive,
        frozenset(criteria),
        tuple(name for name in rules.criterion_inputs if coding.blanks.get(name) == BlankKind.NOT_FOUND),
        tuple(_asks(bound, intake)),
        facts_alone,
    )


def must_wait(intake: Intake) -> bool:
    """Whether a rater is told what the facts alone say, since the summary rating is not there yet."""
    return intake.ratings is not None and not intake.has_summary_rating


def waits_for_rating(rules: RuleSet, node: Node, by_facts_alone: Sequence[int]) -> bool:
    """Whether a node rests on ratings and its truth by the facts alone is open, so that it waits where any must."""
    rests_on_items = any(isinstance(each.test, ItemCount) for each in rules.subtrees[node.position])
    return rests_on_items and by_facts_alone[node.position] == UNKNOWN


def _uses(bound: BoundGuidance, node: Node, names: list[str]) -> bool:
    below = bound.rules.subtrees[node.position]
    return any(name in each.test.inputs for each in below if each.test is not None for name in names)


def _is_unasked(coding: Coding, name: str) -> bool:
    return coding.blanks.get(name) in (BlankKind.NOT_ASKED, BlankKind.STALE)


def _what_next(
    bound: BoundGuidance, coding: Coding, truths: Sequence[int], facts_alone: Explanation | None
) -> tuple[NextQuestions, tuple[SmallestChange, ...]]:
    """Open questions and smallest changes; from facts alone until the summary rating is there.

    The order of questions, the number of answers left and the nearness of another outcome tell what the item ratings
    count up to, and the professional rates before the machine counts. What has been rated is then left out of the
    questions. Ratings that are not counted in may have settled what the facts leave open, so that only the most that
    can be left is told.
    """
    rules = bound.rules
    if facts_alone is None:
        return (
            ask(rules, coding.intake, truths, coding.not_found),
            tuple(find_smallest_changes(rules, coding.intake, truths[rules.outcome])),
        )
    by_facts = ask(rules, facts_alone.coding.intake, facts_alone.truths, coding.not_found)
    questions = tuple(
        question
        for question in by_facts.questions
        if rules.code(question.name, coding.intake) == BLANK or not question.name.startswith(ITEM_PREFIX)
    )
    left = by_facts.left
    if left is not None:
        left = replace(left, at_least=0, at_most=min(left.at_most, len(questions)), is_exact=False)
    return NextQuestions(questions, left), facts_alone.changes


def _asks(bound: BoundGuidance, intake: Intake) -> list[Message]:
    """What the professional is asked to add; nothing is blocked by it."""
    rating = intake.facts[SUMMARY_RATING]
    if intake.ratings is None or rating.code == BLANK:
        return []
    level = bound.rules.describe(SUMMARY_RATING).value_of(rating.code)
    check = summary_check(bound.rules.instrument, intake.ratings, str(level))
    return [check] if check else []
