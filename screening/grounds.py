"""What a statement of the explanation rests on, typed as it is answered: sources, readings, limits and used facts.

Each name has a type and a sentence of what it means; the documentation of the API is made from both. These are plain
dictionaries, since an answer is JSON and nothing else; dates are written as ISO 8601.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, NewType, NotRequired, TypedDict

from instruments.messages import LANGUAGES
from screening.guidance import ParameterValue
from screening.truth import Status

#: The same words in every language, by language.
Words = Annotated[Mapping[str, str], LANGUAGES]
#: A day as ISO 8601 writes it.
Day = NewType("Day", str)
#: A limit, or both of two bounds, the lowest and the highest value that is still within.
SetLimit = ParameterValue | list[ParameterValue | None]
Limit = SetLimit | None
Blank = Literal["not_asked", "not_found", "stale"]


def as_day(day: date) -> Day:
    """The day as answers write it."""
    return Day(day.isoformat())


class Source(TypedDict):
    """A place in a document."""

    document: Annotated[str, "The document's title."]
    publisher: Annotated[str, "Who published it."]
    published: Annotated[str, "When, as exactly as is known."]
    section: Annotated[str, "Where in it."]


class Reading(TypedDict):
    """How the text is understood here."""

    text: Annotated[Words, "The reading."]
    decided_by: Annotated[str, "Who decided it."]
    decided_on: Annotated[Day, "When."]


class Parameter(TypedDict):
    """A vague word, made a number or a choice in the open."""

    id: Annotated[str, "The parameter's id."]
    title: Annotated[Words, "Its name."]
    unit: Annotated[Words | None, "Its unit."]
    value: Annotated[Limit, "The value in force."]
    default: Annotated[Limit, "What the definition proposes."]
    range: Annotated[list[SetLimit], "Smallest and largest permitted value, or the permitted choices."]
    set_by: Annotated[str, "Who answers for the value."]
    set_on: Annotated[Day, "Since when."]
    reason: Annotated[Words | None, "Why a local version set it, where one did."]
    quote: Annotated[str | None, "What the local version's source says, verbatim."]
    source: Annotated[Source | None, "Where it says so."]


class Threshold(TypedDict):
    """The limit that a criterion was tested against."""

    value: Annotated[Limit, "The limit in force; of bounds, both. A share is given as the number it comes to."]
    default: Annotated[Limit, "What the definition proposes."]
    range: Annotated[list[SetLimit], "What a local version may set."]
    set_by: Annotated[str, "Who answers for the value."]
    set_on: Annotated[Day, "Since when."]
    parameters: Annotated[list[Parameter], "Every parameter that the criterion uses."]


class Named(TypedDict):
    """A fact or an item."""

    fact: Annotated[str, "The fact's id, or `item.` and the item's id."]
    title: Annotated[Words, "Its name."]


class UsedFact(Named, TypedDict):
    """A fact or item that was tested, and what is known of it."""

    value: Annotated[str | int | None, "As it was given, also where it is out of date; null for a blank."]
    blank: Annotated[Blank | None, "Why there is nothing to go by; null where there is."]
    source: Annotated[str | None, "Where it comes from."]
    observed_on: Annotated[Day | None, "The day for which it held."]
    reason: Annotated[str | None, "Why it was answered so, or could not be."]
    window_months: NotRequired[Annotated[str | int | None, "Offences only: the months counted over, or `ever`."]]
    convicted: NotRequired[Annotated[int | None, "Offences only: how many led to a conviction."]]
    admitted: NotRequired[Annotated[int | None, "Offences only: how many were admitted. Since 2026-11-28."]]


class Criterion(TypedDict):
    """One thing that the guidance asks for, and what the material says about it."""

    id: Annotated[str, "The criterion's id."]
    title: Annotated[Words, "Its name."]
    status: Annotated[
        Status | None,
        "Met or not met if every way of filling in the blanks agrees; else unknown. Null while it is withheld.",
    ]
    required: Annotated[bool, "Whether the outcome rests on it; an advisory criterion is shown and moves nothing."]
    decisive: Annotated[bool, "Whether the outcome as it stands rests on it."]
    text: Annotated[Words, "Why it has that status."]
    notes: Annotated[list[Words], "What to know of the material behind it."]
    quote: Annotated[str | None, "What the guidance says, in Swedish and verbatim."]
    source: Annotated[Source | None, "Where it says so."]
    reading: Annotated[Reading | None, "How we read it."]
    note: Annotated[Words | None, "What else to know about the criterion."]
    threshold: Annotated[Threshold | None, "The limit, where there is one."]
    facts_used: Annotated[list[UsedFact], "What was tested."]
    children: Annotated[list["Criterion"], "The criteria that it combines."]


class Flag(TypedDict):
    """Something to know beside the outcome; it moves nothing."""

    id: Annotated[str, "The flag's id."]
    title: Annotated[Words, "Its name."]
    status: Annotated[Status, "`met` when raised, `unknown` when it cannot be told yet."]
    statement: Annotated[Words, "What it says when it is raised."]
    caution: Annotated[Words | None, "What to bear in mind then."]
    quote: Annotated[str | None, "What the source says, verbatim."]
    source: Annotated[Source | None, "Where it says so."]
    reading: Annotated[Reading | None, "How we read it."]
    limits: Annotated[list[Parameter], "The limits that it uses."]
    facts_used: Annotated[list[UsedFact], "What was tested."]


class Disagreement(TypedDict):
    """Two stated answers that stand against each other."""

    flag: Annotated[str, "The flag that it raises."]
    id: Annotated[str, "Which disagreement it is."]
    text: Annotated[Words, "The two in one sentence."]
    facts_used: Annotated[list[UsedFact], "The answers."]


class Note(TypedDict):
    """What the sources say that no criterion tests."""

    id: Annotated[str, "The note's id."]
    text: Annotated[Words, "The note."]
    quote: Annotated[str | None, "What the source says, verbatim."]
    source: Annotated[Source, "Where it says so."]


class Successor(TypedDict):
    """What took a guidance's place."""

    title: Annotated[Words, "Its title."]
    guidance: Annotated[str | None, "Its id here; null where it is not held here."]
    since: Annotated[Day | None, "From when, where that is known."]
    note: Annotated[Words, "What is known of it."]
    source: Annotated[Source | None, "Where that is said."]
