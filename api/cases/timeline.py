"""What has happened in a case, told entry by entry, the latest first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from flask import url_for

from api.cases.case_file import CaseFile
from api.cases.experience.rules import told_in_words
from api.cases.frame import WorkTranslator
from api.cases.kinds import ExperienceTold
from api.store.schema import Entry
from api.web.translator import KnownValue
from screening.library import Library

#: Texts of an entry that are shown as they were written, in this order.
_TEXTS = (
    *("reasons", "text", "question", "reply", "ground", "note", "why_not", "content", "what", "how_counted"),
    "why_changed",
)


@dataclass(frozen=True)
class TimelineEntry:
    """One line of the timeline.

    Parameters
    ----------
    sentence : str
        What happened.
    texts : tuple of str
        What was written about it.
    is_gone : bool
        Whether a later entry has taken its place.
    """

    id: str
    number: int
    kind: str
    at: datetime
    who: str
    sentence: str
    texts: tuple[str, ...]
    address: str | None
    is_hidden: bool
    is_gone: bool


def timeline_of(case_file: CaseFile, words: WorkTranslator, library: Library) -> list[TimelineEntry]:
    """The timeline of a case; facts that were recorded together stand on one line."""
    gone = {entry.supersedes_id for entry in case_file.entries}
    lines: list[TimelineEntry] = []
    for _, together in groupby(case_file.entries, _key):
        entries = list(together)
        if entries[0].kind == "fact":
            lines.append(_facts(entries, case_file, words, library, gone))
        else:
            lines.extend(_entry(entry, case_file, words, library, gone) for entry in entries)
    return lines[::-1]


def _key(entry: Entry) -> tuple[object, ...]:
    return (
        (entry.kind, entry.made_by, entry.made_at, entry.hidden_from_guardians) if entry.kind == "fact" else (entry.id,)
    )


def _facts(
    entries: list[Entry], case_file: CaseFile, words: WorkTranslator, library: Library, gone: set[str | None]
) -> TimelineEntry:
    first = entries[0]
    titles = {fact.id: words.say(fact.title) for fact in library.facts(first.made_at.date()).facts}
    texts = tuple(
        f"{titles.get(name, name)}: {value_in_words(name, entry.content['given'], words)}"
        for entry in entries
        for name in (entry.content["fact"],)
    )
    sentence = words.t("work.entry.fact" if len(entries) == 1 else "work.entry.facts", number=len(entries))
    is_gone = all(entry.id in gone for entry in entries)
    who = case_file.who(first.made_by)
    return TimelineEntry(
        first.id, first.number, "fact", first.made_at, who, sentence, texts, None, first.hidden_from_guardians, is_gone
    )


def _entry(
    entry: Entry, case_file: CaseFile, words: WorkTranslator, library: Library, gone: set[str | None]
) -> TimelineEntry:
    content, key = entry.content, f"work.entry.{entry.kind}"
    if content.get("verdict") == "deviate":
        key += "_deviates"
    elif entry.kind == "caseworker_assigned" and content["co_worker"]:
        key += "_with"
    elif entry.kind == "position_taken" and content["answer"]:
        key += "_answered"
    elif entry.kind == "action_plan" and entry.supersedes_id:
        key += "_changed"
    texts = tuple(str(content[name]) for name in _TEXTS if isinstance(content.get(name), str) and content[name])
    if content.get("hand_over"):
        handed = content["hand_over"]
        texts += (words.t("work.entry.hand_over", unit_in_words=_unit(handed, case_file)), str(handed["ground"]))
    if entry.kind == "action_plan":
        texts += tuple(str(goal["text"]) for goal in content["goals"])
    elif entry.kind == "measures_followed_up":
        texts += tuple(_measures(entry, case_file, words))
    if entry.kind == ExperienceTold.KIND:
        texts = tuple(f"{question} {answer}" for question, answer in told_in_words(content, library, words))
    return TimelineEntry(
        entry.id,
        entry.number,
        entry.kind,
        entry.made_at,
        case_file.who(entry.made_by),
        words.t(key if words.knows(key) else "work.entry.other", **dict(_parameters(entry, case_file, words, library))),
        texts,
        _address(entry),
        entry.hidden_from_guardians,
        entry.id in gone,
    )


def _parameters(
    entry: Entry, case_file: CaseFile, words: WorkTranslator, library: Library
) -> Iterator[tuple[str, object]]:
    """What the sentence of an entry puts in: days as they are, choices in words."""
    for name, value in entry.content.items():
        if isinstance(value, bool):
            yield name, words.t(f"work.option.yes_no.{'yes' if value else 'no'}").lower()
        elif isinstance(value, str) and words.knows(f"work.option.{name}.{value}"):
            yield name, words.t(f"work.option.{name}.{value}").lower()
        elif name in ("person", "withdrawn_by", "stated_by"):
            yield name, words.person(str(value))
        elif isinstance(value, str | int):
            yield name, value
    if entry.kind == "screening":
        titles = {each.content.id: each.content.title for each in (*library.guidances, *library.overlays)}
        name = entry.content["guidance"]
        yield "guidance_in_words", words.say(titles[name]) if name in titles else name
        yield "result_in_words", words.result(case_file.results[entry.id].result).lower()
    if entry.kind == "review":
        applies = entry.content.get("applies")
        yield "applies_in_words", words.t(f"work.outcome.{applies}" if applies else "work.result.not_stated").lower()
    if entry.kind in ("consent", "consent_withdrawn", "disclosure"):
        yield "recipient_in_words", _recipient(entry, case_file, words, library)
    if entry.kind == "hand_over":
        yield "unit_in_words", _unit(entry.content, case_file)
    for name in ("rater", "caseworker", "co_worker"):
        if entry.content.get(name):
            yield f"{name}_in_words", case_file.who(entry.content[name])


def _recipient(entry: Entry, case_file: CaseFile, words: WorkTranslator, library: Library) -> str:
    """Whom an answer, its withdrawal or a disclosure is towards; a withdrawal says it by the answer that it ends."""
    said = case_file.entry(entry.subject_id) or entry
    name = str((said if entry.kind == "consent_withdrawn" else entry).content.get("recipient", ""))
    labels = {each.id: each.label for each in library.consent_rules(entry.made_at.date()).recipients}
    return words.say(labels[name]) if name in labels else name


def _measures(entry: Entry, case_file: CaseFile, words: WorkTranslator) -> Iterator[str]:
    """Yield how each measure goes that was followed up, called as the plan calls it that was looked at."""
    plan = case_file.entry(entry.subject_id)
    goals = plan.content["goals"] if plan is not None else ()
    called = {measure["id"]: measure["what"] for goal in goals for measure in goal["measures"]}
    for each in entry.content["measures"]:
        status = words.t(f"work.option.status.{each['status']}").lower()
        why = f" ({each['why']})" if each["why"] else ""
        yield f"{called.get(each['measure'], each['measure'])}: {status}{why}"


def _unit(hand_over: Mapping[str, Any], case_file: CaseFile) -> str:
    return case_file.units.get(hand_over["unit"], hand_over["unit"])


def _address(entry: Entry) -> str | None:
    if entry.kind == "screening":
        return url_for("work.recommendation", screening_id=entry.id)
    if entry.kind in ("assessment", "second_rating"):
        return url_for("work.assessment", assessment_id=entry.id)
    if entry.kind == "action_plan":
        return url_for("work.plan_version", case_id=entry.case_id, entry_id=entry.id)
    return None


def value_in_words(name: str, given: Any, words: WorkTranslator) -> str:
    """What a fact was recorded to be, in words."""
    parts = given if isinstance(given, Mapping) else {"value": given}
    if parts.get("missing"):
        return words.t(f"blank.{parts['missing']}")
    used: KnownValue = {
        "fact": name,
        "value": parts.get("value"),
        "blank": None if parts.get("value") is not None else "not_asked",
        "window_months": parts.get("window_months"),
    }
    return words.value(used)
