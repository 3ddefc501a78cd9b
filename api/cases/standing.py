"""What a case holds that deadlines and the next step follow from, folded from its entries one by one."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

from api.cases.plans.kinds import SETTLED, ActionPlan, MeasuresFollowedUp
from api.store.schema import Entry


class FollowedOn(BaseModel):
    """A measure at its latest follow-up. ``is_settled``: it is done or stopped, and nobody waits for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: date
    is_settled: bool


class Standing(BaseModel):
    """Where a case stands by its dates. What was not recorded is None and leads to nothing.

    Parameters
    ----------
    intake : str or None
        The latest report or application, with the day it came in.
    preliminary : str or None
        How its preliminary assessment stands: ``open``, ``not_needed``, or how it was closed.
    investigation_from : date or None
        When an investigation was opened by closing the preliminary assessment.
    consent_ends : Mapping of str to date
        The last day of each consent that stands and has one, by its entry.
    reassess_on : date or None
        The day for assessing anew that the latest assessment states.
    position, answer : str or None
        What social services stand for after the review, and the answer where they offer a group.
    closed_on : date or None
        When the case was closed, unless something new came after.
    ended_on : date or None
        When the work in a group ended, unless it has begun again.
    is_followed_up : bool
        Whether it was looked up how it went after that ending.
    measures : Mapping of str to date
        By when each measure of the action plan is to be done, by its key.
    followed : Mapping of str to FollowedOn
        When each measure was last followed up, and whether it is done or stopped.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    intake: str | None = None
    received_on: date | None = None
    preliminary: str | None = None
    investigation_from: date | None = None
    has_facts: bool = False
    consent_ends: Mapping[str, date] = {}
    reassess_on: date | None = None
    position: str | None = None
    answer: str | None = None
    closed_on: date | None = None
    ended_on: date | None = None
    is_followed_up: bool = False
    measures: Mapping[str, date] = {}
    followed: Mapping[str, FollowedOn] = {}

    @property
    def open_measures(self) -> list[date]:
        """The days of the measures that are neither done nor stopped."""
        settled = {name for name, followed in self.followed.items() if followed.is_settled}
        return [by for name, by in self.measures.items() if name not in settled]

    def after(self, entry: Entry) -> "Standing":
        """The same once another entry was made."""
        fold = _FOLDS.get(entry.kind)
        return self.model_copy(update=fold(self, entry)) if fold is not None else self


def standing_from(written: Mapping[str, Any] | None) -> Standing:
    """A standing as it is kept in the summary of a case."""
    return Standing.model_validate(written or {})


def _intake(standing: Standing, entry: Entry) -> dict[str, Any]:
    content = entry.content
    received_on, preliminary = _day(content["received_on"]), content["preliminary_assessment"]
    if standing.preliminary == preliminary == "open" and standing.received_on and received_on:
        received_on = min(received_on, standing.received_on)  # both are open, and the time of the first one runs
    is_ended = standing.closed_on is not None
    return {
        "intake": entry.id,
        "received_on": received_on,
        "preliminary": preliminary,
        **_ANEW,
        **({"ended_on": None, "is_followed_up": False} if is_ended else {}),
    }


def _preliminary_closed(standing: Standing, entry: Entry) -> dict[str, Any]:
    result = entry.content["result"]
    opened = {"investigation_from": _day(entry.content["closed_on"])} if result == "investigation_opened" else {}
    return {**opened, **({"preliminary": result} if entry.subject_id == standing.intake else {})}


def _consent(standing: Standing, entry: Entry) -> dict[str, Any]:
    ends = {each: day for each, day in standing.consent_ends.items() if each != entry.supersedes_id}
    if entry.content["status"] == "given" and entry.content["valid_to"]:
        ends[entry.id] = date.fromisoformat(entry.content["valid_to"])
    return {"consent_ends": ends}


def _consent_withdrawn(standing: Standing, entry: Entry) -> dict[str, Any]:
    return {"consent_ends": {each: day for each, day in standing.consent_ends.items() if each != entry.subject_id}}


def _position(standing: Standing, entry: Entry) -> dict[str, Any]:
    content = entry.content
    return {"position": content["position"], "answer": content["answer"], "investigation_from": None}


def _ended(standing: Standing, entry: Entry) -> dict[str, Any]:
    return {"ended_on": _day(entry.content["ended_on"]), "is_followed_up": False, **_NO_PLAN}


def _plan(standing: Standing, entry: Entry) -> dict[str, Any]:
    measures = [measure for goal in entry.content["goals"] for measure in goal["measures"]]
    return {"measures": {each["id"]: date.fromisoformat(each["by"]) for each in measures}}


def _measures_followed_up(standing: Standing, entry: Entry) -> dict[str, Any]:
    on, followed = date.fromisoformat(entry.content["followed_up_on"]), dict(standing.followed)
    for each in entry.content["measures"]:
        known = followed.get(each["measure"])
        if known is None or on >= known.on:
            followed[each["measure"]] = FollowedOn(on=on, is_settled=each["status"] in SETTLED)
    return {"followed": followed}


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


#: What begins anew: nobody has taken a position on it, and the case is open.
_ANEW: Mapping[str, Any] = {"position": None, "answer": None, "closed_on": None}
#: The next work has a plan of its own.
_NO_PLAN: Mapping[str, Any] = {"measures": {}, "followed": {}}

_FOLDS: Mapping[str, Callable[[Standing, Entry], Mapping[str, Any]]] = {
    "intake": _intake,
    "preliminary_assessment_closed": _preliminary_closed,
    "fact": lambda standing, entry: {"has_facts": True},
    "consent": _consent,
    "consent_withdrawn": _consent_withdrawn,
    "assessment": lambda standing, entry: {
        "reassess_on": _day(entry.content.get("next_review_on")),
        "closed_on": None,
    },
    "screening": lambda standing, entry: _ANEW,
    **dict.fromkeys(
        ("review", "review_countersigned", "review_rejected"),
        lambda standing, entry: {"position": None, "answer": None},
    ),
    "position_taken": _position,
    "case_closed": lambda standing, entry: {
        "closed_on": _day(entry.content["closed_on"]),
        "investigation_from": None,
        "reassess_on": None,
        **_NO_PLAN,
    },
    "participation_started": lambda standing, entry: {
        "investigation_from": None,
        "ended_on": None,
        "closed_on": None,
    },
    "participation_ended": _ended,
    ActionPlan.KIND: _plan,
    MeasuresFollowedUp.KIND: _measures_followed_up,
    "outcome_after_ending": lambda standing, entry: {"is_followed_up": True},
}
