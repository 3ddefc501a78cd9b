"""Making an export for research: read, guarded, recorded in the audit log, and only then handed over."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.policies.research_export import UNDISCLOSED, WITHHELD, ExportPolicy
from api.research_export.files import codebook, columns_told, make_files, make_rows
from api.research_export.follow_ups import Earlier, Told, tell_follow_ups
from api.research_export.guarding import Described, coarse_count, describe_in_company
from api.research_export.pseudonyms import Pseudonyms
from api.research_export.reading import LeftOut, read_persons
from api.research_export.rows import FIRST_FOLLOW_UP, FIRST_FOLLOW_UP_PERIOD, Person, RatingRow
from api.settings.clock import ZONE
from api.store.actors import Actor
from api.store.audit_chain import record_event
from api.store.database import Database
from api.store.identity import holds_personal_number
from api.store.refusals import RuleError
from api.store.schema import Audit
from api.store.transactions import open_transaction
from instruments.faults import Fault, InputError
from instruments.messages import in_both_languages
from instruments.registry import Definition
from screening.library import Library

FORMAT = "underlag-research-export-2"
LONGEST_DECISION = 80
#: The action and kind of the events that say which first follow-ups were told.
_TELLING = ("tell", "first_follow_up")
_STUDY = re.compile(r"[a-z0-9][a-z0-9-]{2,39}")


@dataclass(frozen=True)
class Purpose:
    """What an export is for.

    Parameters
    ----------
    ground : str
        One of the policy's.
    decision : str
        The decision or approval that it rests on, by its registration number.
    study : str or None
        Exports of the same study have the same pseudonyms; without one, nobody keeps the key.
    """

    ground: str
    decision: str
    study: str | None = None


@dataclass(frozen=True)
class Export:
    """An export that the audit log has recorded.

    Parameters
    ----------
    id : str
        As in the audit and in ``about.yaml``.
    files : dict of str to bytes
        By name.
    """

    id: str
    files: dict[str, bytes]
    persons: int
    ratings: int


@dataclass(frozen=True)
class Leaving:
    """Who leaves in an export, what is told of them, and who stays.

    Parameters
    ----------
    too_few, held_back : list of Person
        Those without company, and those who are new and too few to be.
    """

    described: list[Described]
    too_few: list[Person]
    held_back: list[Person]
    told: Told


def export_ratings(
    database: Database,
    now: datetime,
    actor: Actor,
    purpose: Purpose,
    *,
    library: Library,
    policy: Definition[ExportPolicy],
    secret: bytes,
) -> Export:
    """Export what the actor's units have recorded.

    Parameters
    ----------
    secret : bytes
        The service's own key, from which that of a study is derived.

    Raises
    ------
    InputError
        For a ground that the policy does not know, or a decision or study that is not written as one.
    RuleError
        ``export-too-small`` where nobody has company enough. The attempt is recorded in the audit log.
    """
    _require_purpose(purpose, policy.content)
    acting = replace(actor, ground=f"{purpose.ground} {purpose.decision.strip()}")
    export_id = uuid4().hex
    with database.looking() as session:
        persons, left_out = read_persons(session, actor.units, library, policy.content)
        earlier = read_earlier(session)
    leaving = choose_leaving(persons, earlier, policy.content, now.astimezone(ZONE).date())
    described = leaving.described
    if not described:
        refusal = acting.event(now, "export", "ratings", record=export_id, outcome="refused")
        with open_transaction(database):
            raise RuleError("export-too-small", event=refusal)
    pseudonyms = Pseudonyms.of_study(purpose.study, secret) if purpose.study else Pseudonyms.of_one_export()
    tables, rare = make_rows(described, pseudonyms, policy.content)
    about = {
        "format": FORMAT,
        "export": export_id,
        "made_on": now.astimezone(ZONE).date().isoformat(),
        "ground": purpose.ground,
        "decision": purpose.decision.strip(),
        "study": purpose.study,
        "policy": {"name": policy.reference, "sha256": policy.sha256},
        **_about(leaving, left_out, rare, policy.content),
        "first_follow_ups": _first_follow_ups(described, leaving.told, policy.content),
    }
    files = make_files(tables, about)
    with open_transaction(database) as session:
        for case in (case for each in described for case in each.person.cases):
            record_event(session, acting.event(now, "export", "ratings", case=case, record=export_id))
        record_event(session, acting.event(now, "export", "ratings", record=export_id))
        for row in newly_told(described, earlier):
            period = row.answers[FIRST_FOLLOW_UP_PERIOD].replace(UNDISCLOSED, "")
            telling = replace(acting, ground=period).event(now, *_TELLING, case=row.case, record=row.entry)
            record_event(session, telling)
        record_event(session, acting.event(now, *_TELLING, record=export_id))
    return Export(export_id, files, len(described), sum(len(each.ratings) for each in described))


def read_earlier(session: Session) -> Earlier:
    """What the log knows of earlier exports, of whatever study.

    Each export logs which first follow-ups it was the first to tell, with the period as the ground of the event, and
    once that it did. Exports before that was logged told each follow-up at once.
    """
    is_export = (Audit.action == "export", Audit.kind == "ratings", Audit.outcome == "done", Audit.case_id.is_not(None))
    is_telling = (Audit.action == _TELLING[0], Audit.kind == _TELLING[1])
    periods = select(Audit.record_id, Audit.ground).where(*is_telling, Audit.case_id.is_not(None))
    logged = select(Audit.record_id).where(*is_telling, Audit.case_id.is_(None))
    at_once = select(Audit.case_id, func.max(Audit.at)).where(*is_export, Audit.record_id.not_in(logged))
    return Earlier(
        frozenset(case for case in session.scalars(select(Audit.case_id).where(*is_export).distinct()) if case),
        {entry: period for entry, period in session.execute(periods) if entry},
        {case: at.astimezone(ZONE).date() for case, at in session.execute(at_once.group_by(Audit.case_id)) if case},
    )


def newly_told(described: Sequence[Described], earlier: Earlier) -> Iterator[RatingRow]:
    """The ratings whose first follow-up an export is the first to tell, as far as that is logged."""
    for each in described:
        for rating in each.ratings:
            is_told = rating.follow_up != WITHHELD and FIRST_FOLLOW_UP in rating.row.answers
            if is_told and rating.row.entry not in earlier.periods:
                yield rating.row


def choose_leaving(persons: Sequence[Person], earlier: Earlier, policy: ExportPolicy, today: date) -> Leaving:
    """Tell how it went and describe those who leave, until each period is told by enough who leave with it.

    What is told decides who has company, and who leaves decides what is told: whoever turns out to stay, or to leave
    without the outcome, counts no more. They only become fewer, so that it ends.
    """
    shown: frozenset[str] | None = None
    while True:
        as_told, told = tell_follow_ups(persons, policy, today, earlier, shown)
        leaving = Leaving(*_describe(as_told, earlier.cases, policy), told)
        seen = frozenset(
            rating.row.entry
            for each in leaving.described
            for rating in each.ratings
            if rating.follow_up != WITHHELD and rating.row.first_follow_up is not None
        )
        counted = seen if shown is None else shown & seen
        if counted == shown:
            return leaving
        shown = counted


def _describe(
    persons: Sequence[Person], exported: frozenset[str], policy: ExportPolicy
) -> tuple[list[Described], list[Person], list[Person]]:
    """Describe those who leave, and hold back the few who would be found as what is new since an earlier export.

    Two exports can be joined on the ratings themselves, so that whatever is in one of them only stands out. Those who
    are new wait until they are as many as a group has to be.
    """
    described, too_few = describe_in_company(persons, policy)
    new = [each.person for each in described if exported.isdisjoint(each.person.cases)]
    if not 0 < len(new) < policy.smallest_group or len(new) == len(described):
        return described, too_few, []
    described, too_few = describe_in_company([each for each in persons if each not in new], policy)
    return described, too_few, new


def _require_purpose(purpose: Purpose, policy: ExportPolicy) -> None:
    faults = []
    if purpose.ground not in policy.ground_names():
        allowed = list(policy.ground_names())
        faults.append(Fault("not-a-choice", "/ground", {"name": "ground", "allowed": allowed}))
    decision = purpose.decision.strip()
    if not 3 <= len(decision) <= LONGEST_DECISION or not decision.isprintable() or holds_personal_number(decision):
        faults.append(Fault("bad-decision", "/decision", {"most": LONGEST_DECISION}))
    if purpose.study is not None and not _STUDY.fullmatch(purpose.study):
        faults.append(Fault("bad-study", "/study"))
    if faults:
        raise InputError(faults)


def _first_follow_ups(described: list[Described], told: Told, policy: ExportPolicy) -> dict[str, Any]:
    """How many first follow-ups came in which period, counted in the rows themselves, and how many are not told yet."""
    periods = Counter(
        period
        for each in described
        for period in {rating.follow_up for rating in each.ratings} & set(told.periods.values())
    )
    return {
        "persons_by_period": {name: periods[name] for name in sorted(periods)},
        "persons_not_told_yet": coarse_count(told.waiting, policy.smallest_group),
    }


def _about(
    leaving: Leaving,
    left_out: LeftOut,
    rare: dict[str, list[str]],
    policy: ExportPolicy,
) -> dict[str, Any]:
    """What holds for the export as a whole. Of what is left out it is only told how much, and never exactly if few."""
    few, described = policy.smallest_group, leaving.described
    steps = []
    for place, step in enumerate(policy.steps):
        if number := sum(each.step == place for each in described):
            steps.append({"persons": number, **step.model_dump()})
    later = sum(len(each.person.ratings) - len(each.ratings) for each in described)
    return {
        "persons": len(described),
        "ratings": sum(len(each.ratings) for each in described),
        "smallest_group": few,
        "described": steps,
        "left_out": {
            "persons_with_too_little_company": coarse_count(len(leaving.too_few), few),
            "persons_new_since_an_earlier_export": coarse_count(len(leaving.held_back), few),
            "later_ratings": coarse_count(later, few),
            "cases_with_a_withdrawn_consent": coarse_count(left_out.withdrawn, few),
            "double_ratings_not_yet_signed_by_both": coarse_count(left_out.unsigned_pairs, few),
            "assessments_not_to_be_shown": coarse_count(left_out.hidden, few),
        },
        "rare_values_undisclosed": {name: values for name, values in rare.items() if values},
        "cells": {name: in_both_languages(text) for name, text in codebook()["cells"].items()},
        "columns": {name: in_both_languages(text) for name, text in columns_told(policy).items()},
        "limits": [in_both_languages(each) for each in policy.limits],
        "reading": in_both_languages(policy.reading),
    }
