"""What a reader sees of the entries of a case; `api.disclosure.readers` says who reads, and the rule in words."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from api.cases.event_kinds import CaseClosed, CaseworkerAssigned, PositionTaken
from api.cases.kinds import ExperienceTold, Screening
from api.cases.participation_kinds import OutcomeAfterEnding, ResourcesRecorded, ResultsFollowedUp
from api.cases.plans.kinds import PLANS, ActionPlan, MeasuresFollowedUp
from api.cases.ratings.blind_rating import paired
from api.cases.reviews.applicable_result import QUESTIONS
from api.cases.screenings.rules import explanation_of
from api.disclosure.readers import Reader
from api.store.schema import Entry
from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from instruments.messages import Text, in_both_languages
from screening.criteria import ITEM_PREFIX
from screening.explanation import Explanation
from screening.library import Library

Data = dict[str, Any]
#: Gives the words of a text by language.
Words = Callable[[Text], dict[str, str]]
_RATED = ("assessment", "second_rating")
#: What somebody outside may see of the work together.
SHARED = ("network_meeting", "plan_follow_up")
#: Of results a guardian is not told what the young person has said of home and health, nor what was noted freely.
_RESULTS = ("observed_on", "new_reports", "severity", "no_information_since", "school_or_work", "free_time", "source")
_WORK = ("participation_started", "participation_ended", *SHARED, *PLANS)
#: What a plan is tied to tells of ratings.
_OF_RATINGS = ("items", "suggestion", "area", "code")
#: What is noted freely in a plan tells of the young person and whoever they live with, as why a measure stopped does.
_NOTED_FREELY = ("beside_note", "why_changed")
#: Of these kinds a guardian sees these parts and no others; every other kind is seen whole.
_GUARDIANS_PARTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_RATED, ("assessed_on", "instrument", "ratings", "summary", "confidence", "next_review_on")),
    Screening.KIND: ("guidance", "reference_date", "outcome"),
    "review": ("verdict", "applies"),
    "review_countersigned": (),
    "review_rejected": (),
    **dict.fromkeys(QUESTIONS, ()),
    PositionTaken.KIND: ("taken_on", "position", "answer"),
    CaseClosed.KIND: ("closed_on",),
    CaseworkerAssigned.KIND: ("caseworker", "co_worker"),
    ResultsFollowedUp.KIND: _RESULTS,
    OutcomeAfterEnding.KIND: (*_RESULTS, "months_after_ending"),
    ResourcesRecorded.KIND: ("recorded_on",),
}
#: A correction of these is as free a text as they are.
_FREE_TEXT_ABOUT = (
    *(*_RATED, Screening.KIND, "review", "review_countersigned", "review_rejected"),
    *(*QUESTIONS, PositionTaken.KIND, CaseClosed.KIND),
    *(ResultsFollowedUp.KIND, OutcomeAfterEnding.KIND, ResourcesRecorded.KIND),
)


@dataclass(frozen=True)
class SeenEntry:
    """An entry as its reader sees it.

    Parameters
    ----------
    number : int
        Its place among what the reader sees.
    content : dict
        The parts that the reader sees.
    recorded : Entry
        The whole entry, for what is worked out of it; nothing of it is given to the reader as it is.
    """

    number: int
    content: Data
    recorded: Entry = field(repr=False)

    @property
    def id(self) -> str:
        """Its key."""
        return self.recorded.id

    @property
    def kind(self) -> str:
        """Its kind."""
        return self.recorded.kind

    def as_data(self) -> Data:
        """The form that an extract has."""
        return {
            "id": self.recorded.id,
            "number": self.number,
            "kind": self.recorded.kind,
            "made_at": self.recorded.made_at.isoformat(),
            "made_by": self.recorded.made_by,
            "about": self.recorded.subject_id,
            "takes_the_place_of": self.recorded.supersedes_id,
            "content": self.content,
        }


def entries_seen(
    recorded: Sequence[Entry], reader: Reader, library: Library, *, only: Collection[str] | None = None
) -> list[SeenEntry]:
    """What a reader sees of the entries of a case, in the order in which they were made.

    Parameters
    ----------
    recorded : sequence of Entry
        All entries of the case: whether one is seen may hang on any other.
    only : collection of str or None
        The entries that whoever makes the paper may see themselves, where that is not all of them.
    """
    hidden = set() if reader.kind == "youth" else _hidden_from(reader, recorded)
    shown = [entry for entry in recorded if entry.id not in hidden and (only is None or entry.id in only)]
    return [SeenEntry(number, _content(entry, shown, reader, library), entry) for number, entry in enumerate(shown, 1)]


def _content(entry: Entry, shown: Sequence[Entry], reader: Reader, library: Library) -> Data:
    if entry.kind in PLANS and reader.kind != "youth":
        return _of_plan(entry, shown, reader)
    return _for_guardian(entry, reader, library) if reader.is_guardian else entry.content


def _of_plan(entry: Entry, shown: Sequence[Entry], reader: Reader) -> Data:
    """A plan, or how its measures go, without what it is tied to.

    Somebody outside sees the goals that are shared with them, and of the others the measures that they do themselves,
    without the words of the goal.
    """
    if entry.kind == MeasuresFollowedUp.KIND:
        if reader.is_guardian:
            return {**entry.content, "measures": [{**each, "why": None} for each in entry.content["measures"]]}
        told = {measure["id"] for goal in _goals_told(_about(entry, shown), reader) for measure in goal["measures"]}
        followed = [{**each, "why": None} for each in entry.content["measures"] if each["measure"] in told]
        return {**entry.content, "measures": followed}
    seen = {**entry.content, "goals": _goals_told(entry, reader)}
    if reader.is_guardian:
        return {name: value for name, value in seen.items() if name not in _NOTED_FREELY}
    return {name: seen[name] for name in ("planned_on", "goals")}


def _about(entry: Entry, shown: Sequence[Entry]) -> Entry | None:
    return next((each for each in shown if each.id == entry.subject_id and each.kind == ActionPlan.KIND), None)


def _goals_told(plan: Entry | None, reader: Reader) -> list[Data]:
    goals = plan.content["goals"] if plan is not None else []
    whole = [_without_ratings({**goal, "measures": list(map(_without_ratings, goal["measures"]))}) for goal in goals]
    if reader.is_guardian:
        return whole
    told = []
    for goal in whole:
        is_shared = reader.code in goal["shared_with"]
        measures = [each for each in goal["measures"] if is_shared or each["who"] == reader.code]
        if measures:
            told.append({"text": goal["text"] if is_shared else None, "measures": measures})
    return told


def _without_ratings(part: Data) -> Data:
    return {name: value for name, value in part.items() if name not in _OF_RATINGS}


def marked_hidden(recorded: Iterable[Entry], never: Iterable[str] = ()) -> set[str]:
    """What of a case's journal is hidden by a mark: what has one, what is about it, and what takes its place.

    A screening is hidden with any of the facts and the assessment that it rests on. One pass finds all, since an
    entry only ever refers to earlier ones.

    Parameters
    ----------
    never : iterable of str
        Entries that are hidden without a mark, with what is about them or takes their place. What rests on them is
        not: what it tells of them is no more than its result.
    """
    marked: set[str] = set()
    hidden = set(never)
    for entry in recorded:
        rests_on = entry.content["facts"] if entry.kind == Screening.KIND else ()
        if entry.hidden_from_guardians or not marked.isdisjoint((entry.subject_id, entry.supersedes_id, *rests_on)):
            marked.add(entry.id)
        elif not hidden.isdisjoint((entry.subject_id, entry.supersedes_id)):
            hidden.add(entry.id)
    return marked | hidden


def _hidden_from(reader: Reader, recorded: Sequence[Entry]) -> set[str]:
    if reader.kind == "recipient":
        return {entry.id for entry in recorded if entry.kind not in _WORK} | marked_hidden(recorded)
    kinds = {entry.id: entry.kind for entry in recorded}
    never = {entry.id for entry in recorded if _is_never_for(reader, entry, kinds)}
    marked = marked_hidden(recorded)
    for pair in paired(recorded):
        if pair.first is None or pair.second is None or pair.first.id in marked:
            never.add(pair.request.id)
            if pair.second is not None:
                never.add(pair.second.id)
    return marked_hidden(recorded, never)


def _is_never_for(guardian: Reader, entry: Entry, kinds: Mapping[str, str]) -> bool:
    if entry.kind == "fact":
        return not guardian.may_be_told_of(entry.content["fact"])
    if entry.kind == ExperienceTold.KIND:
        return True  # it is not kept which guardian has answered, and the young person was promised that none sees it
    if entry.kind == "counter_statement":
        return bool(entry.content["stated_by"] != guardian.reference)
    return entry.kind == "correction" and kinds.get(str(entry.subject_id)) in _FREE_TEXT_ABOUT


def _for_guardian(entry: Entry, guardian: Reader, library: Library) -> Data:
    parts = _GUARDIANS_PARTS.get(entry.kind)
    if parts is None:
        return entry.content
    seen = {name: entry.content[name] for name in parts if name in entry.content}
    if entry.kind in _RATED:
        levels = ("reoffending_risk", "violence_risk")
        seen["summary"] = {name: seen["summary"][name] for name in levels if seen["summary"].get(name)}
        items = seen["ratings"].get("items", {})
        seen["ratings"] = {
            "items": {name: _without_words(given) for name, given in items.items() if guardian.may_be_told_of(name)}
        }
    if entry.kind == Screening.KIND:
        # Where the definitions of then are not here, what came of it stands in the entry.
        with suppress(AlteredDefinitionError, InputError, UnknownDefinitionError):
            seen |= parts_shown(explanation_of(entry, library), guardian)
    return seen


def _without_words(given: Any) -> Any:
    """A rating without its note, its source and the reason why it was not found."""
    if not isinstance(given, Mapping):
        return given
    return {"missing": given["missing"]} if "missing" in given else given.get("level")


def parts_shown(explanation: Explanation, reader: Reader, words: Words = in_both_languages) -> Data:
    """What is told of a screening to somebody who is not told what it rests on.

    These parts, with the outcome, are all that may differ where something that the reader does not see has moved the
    result.

    Parameters
    ----------
    words : callable
        Gives the words of a text by language.
    """
    rules = explanation.bound.rules
    roots = [rules.nodes[place] for place in rules.roots]
    return {
        "guidance_title": words(explanation.bound.title),
        "criteria": [
            {
                "id": node.criterion.id,
                "title": words(node.criterion.title),
                "status": explanation.status(node),
            }
            for node in roots
            if node.criterion is not None and node.criterion.required
        ],
        "questions": [
            {"id": question.name, "title": _title(explanation, question.name, words)}
            for question in explanation.questions
            if reader.may_be_told_of(question.name)
        ],
    }


def _title(explanation: Explanation, name: str, words: Words) -> Data:
    rules = explanation.bound.rules
    if name.startswith(ITEM_PREFIX):
        return words(rules.instrument.item(name.removeprefix(ITEM_PREFIX)).title)
    return words(rules.describe(name).title)
