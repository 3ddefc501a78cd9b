"""The extract as a document that the person can read: strengths first, plain words, and how to object."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.cases.reviews.applicable_result import QUESTIONS, SECOND_PERSON
from api.context.context import current_context
from api.disclosure.entry_words import EntryWords, Rated
from api.frame.oversight import name_of, say
from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from instruments.messages import LANGUAGES, Message
from screening.library import Library
from screening.replay import replay_submission

_BESIDE = ("correction", "counter_statement")
Data = Mapping[str, Any]


@dataclass(frozen=True)
class Beside:
    """A correction or counter-statement, shown beside the entry that it concerns."""

    title: str
    on: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ShownEntry:
    """An entry in words, with what was said against it."""

    id: str
    number: int
    title: str
    on: str
    by: str
    is_replaced: bool
    lines: tuple[tuple[str, str], ...]
    beside: tuple[Beside, ...]


@dataclass(frozen=True)
class PersonDocument:
    """What a person reads of their case.

    Parameters
    ----------
    screening : dict or None
        What the latest screening tells the reader, in both languages; None where there is none.
    """

    entries: tuple[ShownEntry, ...]
    assessment: Data | None
    assessment_entry: ShownEntry | None
    strengths: tuple[Rated, ...]
    by_level: tuple[tuple[str, tuple[Rated, ...]], ...]
    unknown: tuple[Rated, ...]
    facts: tuple[tuple[str, str, ShownEntry], ...]
    screening: Data | None
    screening_entry: ShownEntry | None
    reviews: tuple[ShownEntry, ...]
    consents: tuple[ShownEntry, ...]


def make_document(data: Data, accounts: Mapping[str, str], words: EntryWords, library: Library) -> PersonDocument:
    """The document of an extract.

    Parameters
    ----------
    data : Mapping
        `api.disclosure.extracts.Extract.data`: nothing that is not in it can be in the document.
    accounts : Mapping of str to str
        The names of those who wrote, by account.
    """
    entries: Sequence[Data] = data["entries"]
    replaced = {each["takes_the_place_of"] for each in entries}
    shown = {each["id"]: _shown(each, entries, accounts, words, each["id"] in replaced) for each in entries}
    assessment = _last(entries, "assessment")
    rated = words.ratings(assessment["content"]) if assessment else []
    screening = _last(entries, "screening")
    levels = ("high", "moderate", "low")
    grouped = {level: tuple(each for each in rated if each.kind == "risk" and each.level == level) for level in levels}
    return PersonDocument(
        entries=tuple(shown[each["id"]] for each in entries if each["kind"] not in _BESIDE or not each["about"]),
        assessment=assessment["content"] if assessment else None,
        assessment_entry=shown[assessment["id"]] if assessment else None,
        strengths=tuple(each for each in rated if each.kind == "protective" and each.level == "present"),
        by_level=tuple((level, each) for level, each in grouped.items() if each),
        unknown=tuple(each for each in rated if each.level is None),
        facts=tuple(
            (
                words.fact_title(each["content"]["fact"]),
                words.fact(each["content"]["fact"], each["content"]["given"]),
                shown[each["id"]],
            )
            for each in entries
            if each["kind"] == "fact" and each["id"] not in replaced
        ),
        screening=_explained(screening, library) if screening else None,
        screening_entry=shown[screening["id"]] if screening else None,
        reviews=tuple(shown[each["id"]] for each in entries if each["kind"] in ("review", *SECOND_PERSON, *QUESTIONS)),
        consents=tuple(
            shown[each["id"]]
            for each in entries
            if each["kind"] in ("consent", "consent_withdrawn") and each["id"] not in replaced
        ),
    )


def _last(entries: Sequence[Data], kind: str) -> Data | None:
    return next((each for each in reversed(entries) if each["kind"] == kind), None)


def _shown(
    entry: Data, entries: Sequence[Data], accounts: Mapping[str, str], words: EntryWords, is_replaced: bool
) -> ShownEntry:
    beside = tuple(
        Beside(
            _title(each["kind"]),
            each["made_at"][:10],
            tuple(words.lines(each["kind"], each["content"])),
        )
        for each in entries
        if each["kind"] in _BESIDE and each["about"] == entry["id"]
    )
    about = next((each["content"] for each in entries if each["id"] == entry["about"]), None)
    return ShownEntry(
        entry["id"],
        entry["number"],
        _title(entry["kind"]),
        entry["made_at"][:10],
        accounts.get(entry["made_by"], say("document.an_official")),
        is_replaced,
        tuple(words.lines(entry["kind"], entry["content"], about)),
        beside,
    )


def _title(kind: str) -> str:
    name = name_of("kind", kind) or kind
    return name[:1].upper() + name[1:]


def _explained(entry: Data, library: Library) -> Data | None:
    """The whole explanation of a screening or, for a reader who does not see what it rests on, what came of it."""
    content = entry["content"]
    context = current_context()
    if "covered" not in content:
        if "criteria" not in content:
            return None  # the definitions of then were not there; what came of it stands in the entry
        sentences = {key: Message(key) for key in (f"headline.{content['outcome']}", "reminder")}
        headline, reminder = (
            {language: context.catalogue.render(message, language) for language in LANGUAGES}
            for message in sentences.values()
        )
        return {**content, "headline": headline, "reminder": reminder, "open_questions": content["questions"]}
    try:
        explanation = replay_submission(library, content["covered"], content["submission"])
    except (AlteredDefinitionError, InputError, UnknownDefinitionError):
        return None  # the definitions of then are not here; what came of it stands in the entry
    return context.in_words(explanation)
