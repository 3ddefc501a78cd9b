"""The explanation as it is answered, field by field: what `screening.rendering.render` gives.

Each name has a type and a sentence of what it means; the documentation of the API is made from both. No count is a
level of risk, and nothing here is a decision.
"""

from collections.abc import Mapping
from typing import Annotated, TypedDict

from instruments.model import Kind
from screening.asking.questions import Ends, Settles
from screening.gate import ConsentStatus, ReadinessWord
from screening.grounds import (
    Criterion,
    Day,
    Disagreement,
    Flag,
    Named,
    Note,
    Parameter,
    Source,
    Successor,
    UsedFact,
    Words,
)
from screening.recommendation import Outcome
from screening.truth import Status

#: An answer; of a number, a stretch with `from` and `to`, both ends included.
Answer = str | int | Mapping[str, int]
#: Two numbers, the smaller one first.
Bounds = Annotated[list[int], 2]


class Party(TypedDict):
    """Where one person's consent towards one recipient stands."""

    person: Annotated[str, "`youth`, or the guardian's reference."]
    recipient: Annotated[str, "The recipient's id."]
    status: Annotated[ConsentStatus, "On the reference date."]
    readiness: Annotated[ReadinessWord, "What that means for the gate."]
    mandatory: Annotated[bool, "Whether the gate waits for it."]
    valid_to: Annotated[Day | None, "The last day on which it holds."]
    text: Annotated[Words, "The same in words."]


class Gate(TypedDict):
    """Whether the consents are there. It is no part of the outcome and changes nothing in it."""

    overall: Annotated[ReadinessWord, "The least ready of the mandatory parties."]
    parties: Annotated[list[Party], "Everyone whose consent is asked for or recorded."]
    guardians_open: Annotated[bool, "Whether it is not known who the guardians are, or whether they count."]
    text: Annotated[Words, "The gate in words."]
    notes: Annotated[list[Words], "What else to know about it."]
    quote: Annotated[str, "What the source says, verbatim."]
    source: Annotated[Source, "Where it says so."]


class DecisivePart(TypedDict):
    """Inputs that the outcome rests on: any so many of these."""

    any: Annotated[int, "How many of them are needed."]
    of: Annotated[list[str], "Facts, and items as `item.` with the item's id."]
    text: Annotated[Words, "The same in words."]


class Effect(TypedDict):
    """What an answer would do."""

    values: Annotated[list[Answer], "The answers; of a number, stretches with `from` and `to`."]
    outcome: Annotated[Outcome, "The outcome then."]
    criteria: Annotated[Mapping[str, Status], "The criteria whose status it would change."]
    text: Annotated[Words, "The same in words."]


class Question(TypedDict):
    """A blank that can change the outcome."""

    id: Annotated[str, "The fact's id, or `item.` and the item's id."]
    title: Annotated[Words, "Its name."]
    text: Annotated[Words, "The question to ask."]
    unit: Annotated[Words | None, "The unit of the answer."]
    settles: Annotated[Settles, "Whether an answer can settle the outcome."]
    bears_on: Annotated[list[str], "The required criteria that wait for it."]
    answers: Annotated[list[Effect], "What each answer would do."]


class AnswersLeft(TypedDict):
    """How many answers it takes until the outcome is settled or nothing is left to ask.

    What was looked for in vain is in neither number. Until the summary rating is there both follow from facts alone.
    """

    at_least: Annotated[int, "The fewest answers after which that can be so."]
    at_most: Annotated[int, "The most, when what stands first in `open_questions` is asked, again after each answer."]
    ends: Annotated[Ends, "Whether the outcome is settled then."]
    is_exact: Annotated[bool, "False where there was too much to try: bounds, and an order that is a guess."]
    text: Annotated[Words, "The same in words."]


#: One part of a smallest change. Written as a call, since Python keeps ``from`` for itself.
Change = TypedDict(
    "Change",
    {
        "any": Annotated[int, "How many of these would have to differ."],
        "of": Annotated[list[str], "Facts, and items as `item.` with the item's id."],
        "from": Annotated[list[str | int | None], "What they are."],
        "to": Annotated[list[Answer], "What they would have to be."],
    },
)


class SmallestChange(TypedDict):
    """The fewest changes to what is known that would give another outcome. Never advice."""

    changes: Annotated[list[Change], "All of them together."]
    outcome: Annotated[Outcome, "The outcome then."]
    text: Annotated[Words, "The same in words."]


class Count(TypedDict):
    """How many items have a level, and how many could come to have it."""

    rated: Annotated[int, "How many have it."]
    bounds: Annotated[Bounds, "Fewest and most over every way of filling in the blanks."]


class Group(TypedDict):
    """Counts over a group of items, over all of them and never only over the rated ones."""

    kind: Annotated[Kind, "The kind of items."]
    of: Annotated[int, "How many items there are."]
    rated: Annotated[int, "How many have a level."]
    answered: Annotated[int, "How many have a level or were not found."]
    levels: Annotated[Mapping[str, Count], "By level."]
    blank: Annotated[Mapping[str, int], "By kind of blank: `not_asked`, `not_found`."]


class Domain(Group, TypedDict):
    """Counts over a domain."""

    id: Annotated[str, "The domain's id."]


class OwnBehaviour(TypedDict):
    """The risk items of the person's own behaviour."""

    moderate_or_high: Annotated[Count, "Items rated moderate or high."]
    rated: Annotated[int, "How many have a level."]
    of: Annotated[int, "How many items there are."]


class Profile(TypedDict):
    """The ratings counted. No count is a level of risk, and there is no total."""

    domains: Annotated[list[Domain], "By domain, in the instrument's order."]
    risk: Annotated[Group, "All risk items."]
    protective: Annotated[Group, "All protective items."]
    own_behaviour: Annotated[OwnBehaviour, "Risk items of the person's own behaviour."]
    complete_to_sign: Annotated[bool, "Whether enough is answered to sign without a written reason."]
    notes: Annotated[list[Words], "What to know before leaning on the counts."]


class Withheld(TypedDict):
    """What a rater is not told before their own summary rating; it depends on the facts and never on the ratings."""

    until: Annotated[str, "The fact that it waits for, or its mark as not found."]
    outcome: Annotated[bool, "Whether the outcome waits. Where the facts alone settle it, it is told."]
    criteria: Annotated[list[str], "The criteria whose status waits."]
    text: Annotated[Words, "The same in words."]


class Explanation(TypedDict):
    """A recommendation for social services to review, with everything that it rests on. It never decides."""

    reference_date: Annotated[Day, "The day for which everything is judged."]
    guidance: Annotated[str, "The guidance that was tested."]
    guidance_title: Annotated[Words, "Its title."]
    outcome: Annotated[
        Outcome | None,
        "What the material supports, if every way of filling in the blanks agrees. Null while it is withheld: since "
        "2026-11-28 what derives from item ratings waits until `reoffending_risk` is given or marked as not found.",
    ]
    headline: Annotated[Words | None, "The outcome in one sentence; null while it is withheld."]
    withheld: Annotated[Withheld | None, "What waits for the summary rating, and why; null where nothing does."]
    reminder: Annotated[Words, "What always stands under the headline."]
    flags: Annotated[list[str], "The flags that are raised; `safety_first` comes before everything."]
    flags_open: Annotated[list[str], "The flags that cannot be told yet."]
    disagreements: Annotated[
        list[Disagreement],
        "Stated answers that stand against each other, such as a need of support to leave and no wish to. They move "
        "nothing and are for a person to settle. Since 2026-11-28.",
    ]
    flag_texts: Annotated[list[Flag], "Every flag in words."]
    gate: Annotated[Gate, "The consents; apart from the outcome."]
    criteria: Annotated[list[Criterion], "The guidance's criteria in its order, each a tree."]
    decisive: Annotated[list[DecisivePart], "What the outcome rests on; empty while counts are withheld."]
    open_questions: Annotated[list[Question], "What to find out next, in the order that asks least."]
    answers_left: Annotated[AnswersLeft | None, "How many answers are left; null where the outcome is settled."]
    cannot_change_result: Annotated[list[Named], "Blanks whose answer cannot change the outcome."]
    other_facts: Annotated[list[UsedFact], "What is known and was not tested."]
    not_found: Annotated[list[Named], "Looked for and not to be learned: to be judged and reasoned about."]
    smallest_changes: Annotated[list[SmallestChange], "The nearest other outcomes; at most five."]
    profile: Annotated[
        Profile | None,
        "Null without ratings, and until `reoffending_risk` is given or marked as not found: the professional "
        "rates before anything is counted.",
    ]
    asks: Annotated[list[Words], "What the professional is asked to add. It never blocks."]
    counts_withheld: Annotated[bool, "Whether what is counted from the ratings waits for the summary rating."]
    successor: Annotated[Successor | None, "What took the guidance's place, where known."]
    deviations: Annotated[list[Parameter], "Limits that a local version set wider than the guidance's text."]
    notes: Annotated[list[Note], "What the sources say that no criterion tests."]
    definitions: Annotated[Mapping[str, str], "`id@version` of every definition used, with its SHA-256."]
    engine: Annotated[str, "The software and its version; the digest does not cover it."]
    sha256: Annotated[
        str | None,
        "Digest of what was put in, which definitions were used and what came out. Reviews are signed on it. Null "
        "while anything is withheld, since it could be used to try which result it fits.",
    ]


class BestBefore(TypedDict):
    """Until when a result stands if nobody adds anything; null for a result that time alone never changes.

    Where the two days differ, the outcome, the causes and the changes are those of the earlier one.
    """

    stands_through: Annotated[Day | None, "The last day on which the result surely is what it was."]
    stands_through_latest: Annotated[
        Day | None,
        "The same, unless only the age is known: then the last day over every birth date that agrees with it.",
    ]
    outcome_then: Annotated[
        Outcome | None, "The outcome from the next day on; null where it depends on the birth date."
    ]
    text: Annotated[Words, "Until when it stands, as a sentence."]
    causes: Annotated[list[Words], "Why it ends, and so what to ask for or renew."]
    changes: Annotated[list[Words], "What is another then."]
    undated: Annotated[list[Words], "What time may change besides, on a day that nobody can tell."]
