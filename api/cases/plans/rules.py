"""An action plan among the entries of a case: which holds, what came before, how its measures go, what may be tied."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.cases.event_kinds import CaseClosed
from api.cases.journal import entries, lock_case, open_case
from api.cases.participation.rules import ENDED
from api.cases.participation.suggesting import the_suggestions
from api.cases.plans.kinds import SETTLED, ActionPlan, MeasuresFollowedUp
from api.cases.plans.lists import plan_lists
from api.cases.ratings.blind_rating import refuse_unseen, seen_by
from api.context.unit import Unit
from api.store.refusals import RuleError
from api.store.schema import Case, Entry
from instruments.faults import AlteredDefinitionError, Fault, InputError, UnknownDefinitionError
from instruments.model import Item
from screening.library import Library

Data = Mapping[str, Any]
_THERE = ("moderate", "high")
#: What ends a plan with the work that it was for.
_ENDINGS = (ENDED, CaseClosed.KIND)


@dataclass(frozen=True)
class Followed:
    """How a measure went when it was last followed up."""

    status: str
    on: date
    why: str | None


@dataclass(frozen=True)
class PlanInForce:
    """The plan that holds, or one of before.

    Parameters
    ----------
    entry : Entry
        The version.
    before : tuple of Entry
        The versions whose place it took, the oldest first.
    followed : Mapping of str to Followed
        How its measures went at the latest follow-up of each, by their keys; what was never followed up is not there.
    """

    entry: Entry
    before: tuple[Entry, ...]
    followed: Mapping[str, Followed]

    @property
    def version(self) -> int:
        """Its number, from 1."""
        return len(self.before) + 1

    @property
    def goals(self) -> Sequence[Data]:
        """Its goals as they were recorded."""
        goals: Sequence[Data] = self.entry.content["goals"]
        return goals

    @property
    def measures(self) -> tuple[Data, ...]:
        """The measures of all its goals."""
        return tuple(measure for goal in self.goals for measure in goal["measures"])

    def is_late(self, measure: Data, today: date) -> bool:
        """Whether the day of a measure has passed and it is neither done nor stopped."""
        followed = self.followed.get(measure["id"])
        is_settled = followed is not None and followed.status in SETTLED
        return not is_settled and date.fromisoformat(measure["by"]) < today

    @property
    def followed_up_on(self) -> date | None:
        """The latest day on which any of its measures was followed up."""
        return max((each.on for each in self.followed.values()), default=None)


def plan_among(among: Sequence[Entry], *, version: str | None = None) -> PlanInForce | None:
    """The plan that holds by some entries of a case, or the version that is named; None without one.

    A plan holds until the work ends or the case is closed; the next work has a plan of its own.
    """
    plans = {entry.id: entry for entry in among if entry.kind == ActionPlan.KIND}
    if version is None:
        ended = max((entry.number for entry in among if entry.kind in _ENDINGS), default=0)
        chosen = next((entry for entry in reversed(plans.values()) if entry.number > ended), None)
    else:
        chosen = plans.get(version)
    if chosen is None:
        return None
    before: list[Entry] = []
    earlier = plans.get(chosen.supersedes_id or "")
    while earlier is not None:
        before.insert(0, earlier)
        earlier = plans.get(earlier.supersedes_id or "")
    return PlanInForce(chosen, tuple(before), _followed(among, {chosen.id, *(each.id for each in before)}))


def _followed(among: Sequence[Entry], plans: set[str]) -> dict[str, Followed]:
    followed: dict[str, Followed] = {}
    for entry in among:
        if entry.kind != MeasuresFollowedUp.KIND or entry.subject_id not in plans:
            continue
        on = date.fromisoformat(entry.content["followed_up_on"])
        for each in entry.content["measures"]:
            known = followed.get(each["measure"])
            if known is None or on >= known.on:
                followed[each["measure"]] = Followed(each["status"], on, each["why"])
    return followed


def tieable_items(assessment: Entry | None, library: Library) -> list[Item]:
    """What a goal may be tied to: protection that an assessment found missing, then dynamic risks that it found.

    What the assessment does not know is neither. Where its definition is not here any more nothing can be tied.
    """
    if assessment is None:
        return []
    try:
        definition = library.instruments.find(assessment.content["instrument"], on=assessment.made_at.date())
    except (UnknownDefinitionError, AlteredDefinitionError):
        return []
    given = assessment.content["ratings"].get("items") or {}
    levels = {name: each.get("level") if isinstance(each, Mapping) else each for name, each in given.items()}
    items = definition.content.items
    missing = [item for item in items if item.kind == "protective" and levels.get(item.id) == "absent"]
    there = [item for item in items if item.kind == "risk" and item.dynamic and levels.get(item.id) in _THERE]
    return [*missing, *there]


def plan_replaced_by_a_new_one(unit: Unit, case: Case) -> str | None:
    """The plan that holds, whose place the next one takes.

    Raises
    ------
    ForbiddenError
        ``blind-until-both-signed`` where it tells of a rating that the caller must not know of yet.
    """
    holds = _plan_of(unit, case)
    if holds is None:
        return None
    refuse_unseen(unit, holds.entry, action="write")
    return holds.entry.id


def _plan_of(unit: Unit, case: Case) -> PlanInForce | None:
    return plan_among(entries(unit.session, case.id, ActionPlan.KIND, MeasuresFollowedUp.KIND, *_ENDINGS))


def is_plan_still(unit: Unit, case_id: str, key: str) -> bool:
    """Whether a plan, or none for an empty key, is the one that holds, and stays it until the unit of work ends."""
    case = open_case(unit, case_id, action="write")
    lock_case(unit.session, case)
    holds = _plan_of(unit, case)
    return (holds.entry.id if holds else "") == key


def require_plan(unit: Unit, case: Case, plan: ActionPlan) -> None:
    """Refuse a plan that names what is in no list, or ties what was not assessed so. What the plan before names stays.

    Raises
    ------
    InputError
        ``not-a-choice``, with every place.
    """
    seen = seen_by(unit.session, case.id, entries(unit.session, case.id), unit.actor.id)
    before = plan_among(seen)
    assessment = next((entry for entry in reversed(seen) if entry.kind == "assessment"), None)
    faults = list(_faults(plan, _Allowed.on(unit, assessment, before)))
    if faults:
        raise InputError(faults)


@dataclass(frozen=True)
class _Allowed:
    areas: frozenset[str]
    items: frozenset[str]
    recipients: frozenset[str]
    codes: frozenset[str]
    suggestions: frozenset[str]
    beside: frozenset[str]

    @classmethod
    def on(cls, unit: Unit, assessment: Entry | None, before: PlanInForce | None) -> "_Allowed":
        today = unit.now.date()
        lists = plan_lists(today)
        goals = before.goals if before else ()
        measures = before.measures if before else ()
        return cls(
            frozenset(area.id for side in lists.areas.sides for area in side.areas) | {each["area"] for each in goals},
            frozenset(item.id for item in tieable_items(assessment, unit.library))
            | {name for each in goals for name in each["items"]},
            frozenset(unit.library.consent_rules(today).recipient_ids)
            | {name for each in goals for name in each["shared_with"]},
            frozenset(each.code for each in unit.policies.measure_codes_on(today).content.codes)
            | {each["code"] for each in measures},
            frozenset(each.id for each in the_suggestions().suggestions) | {each["suggestion"] for each in measures},
            frozenset(each.id for each in lists.beside) | set(before.entry.content["beside"] if before else ()),
        )


def _faults(plan: ActionPlan, allowed: _Allowed) -> Iterator[Fault]:
    for place, goal in enumerate(plan.goals):
        where = f"/goals/{place}"
        yield from _not_in((goal.area,), allowed.areas, f"{where}/area", "area")
        yield from _not_in(goal.items, allowed.items, f"{where}/items", "items")
        yield from _not_in(goal.shared_with, allowed.recipients, f"{where}/shared_with", "shared_with")
        for at, measure in enumerate(goal.measures):
            yield from _not_in((measure.code,), allowed.codes, f"{where}/measures/{at}/code", "code")
            yield from _not_in(
                (measure.suggestion,), allowed.suggestions, f"{where}/measures/{at}/suggestion", "suggestion"
            )
    yield from _not_in(plan.beside, allowed.beside, "/beside", "beside")


def _not_in(given: Sequence[str | None], allowed: frozenset[str], where: str, name: str) -> Iterator[Fault]:
    if any(each is not None and each not in allowed for each in given):
        yield Fault("not-a-choice", where, {"name": name, "allowed": sorted(each for each in allowed if each)})


def require_follow_up(unit: Unit, case: Case, followed: MeasuresFollowedUp, plan: Entry) -> None:
    """Refuse what is said of a plan that does not hold, or of a measure that the plan does not have.

    A version of before that the plan in force took the place of may still be followed up: it was read at a meeting.

    Raises
    ------
    RuleError
        ``plan-not-in-force``.
    InputError
        ``not-a-choice``.
    """
    holds = _plan_of(unit, case)
    if holds is None or plan.id not in {each.id for each in (holds.entry, *holds.before)}:
        raise RuleError("plan-not-in-force")
    known = [measure["id"] for goal in plan.content["goals"] for measure in goal["measures"]]
    faults = [
        Fault("not-a-choice", f"/measures/{place}/measure", {"name": "measure", "allowed": known})
        for place, each in enumerate(followed.measures)
        if each.measure not in known
    ]
    if faults:
        raise InputError(faults)
