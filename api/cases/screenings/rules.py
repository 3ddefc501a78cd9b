"""Screenings: computed from what the case holds, stored with their digest, replayed from what was stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from api.cases.consents.rules import consents_among, guardians_among
from api.cases.facts.rules import facts_among
from api.cases.journal import append, entries, latest_among, lock_case, open_case
from api.cases.kinds import Assessment, Screening
from api.cases.ratings.blind_rating import RATED, open_request_among
from api.cases.ratings.drafts import counts_of
from api.cases.screenings.best_before import RESTED_ON, best_before_in
from api.context.unit import Unit
from api.store.refusals import ForbiddenError
from api.store.schema import Case, Draft, Entry
from instruments.faults import Fault, InputError, UnknownDefinitionError
from screening import rendered
from screening.best_before_rendering import render_best_before
from screening.coding import SUMMARY_RATING
from screening.explanation import Explanation, explain
from screening.gate import YOUTH
from screening.library import Library
from screening.replay import read_recorded_submission, replay_covered, replay_submission

#: The kinds of entry that a screening can rest on.
MATERIAL = (*RESTED_ON, *RATED)


@dataclass(frozen=True)
class Screened:
    """A stored screening and its complete explanation."""

    entry: Entry
    explanation: Explanation


@dataclass(frozen=True)
class Material:
    """What a screening can rest on.

    Parameters
    ----------
    entries : Sequence of Entry
        Facts, signed assessments, guardians, consents, and who is to rate unseen, in the order they were made.
    """

    entries: Sequence[Entry]

    @cached_property
    def facts(self) -> dict[str, Entry]:
        """What is known now, by the name of the fact."""
        return facts_among(self.entries)


def material_of(session: Session, case_id: str) -> Material:
    """What a case holds that a screening can rest on, read at once."""
    return Material(entries(session, case_id, *MATERIAL))


def screen_case(unit: Unit, case_id: str, guidance: str, *, on: date | None = None) -> Screened:
    """Screen what a case holds now, and store the result with what it rests on.

    The latest signed assessment gives ratings and summary rating; without one, the facts speak alone.

    Parameters
    ----------
    guidance : str
        ``id``, ``id@version`` or ``id/overlay``.
    on : date or None
        The reference date; the day of the unit of work where none is given.

    Raises
    ------
    InputError
        If the guidance is not there or not in force, or a fact was observed after the reference date.
    ForbiddenError
        ``blind-until-both-signed`` for someone who is to rate unseen.
    """
    case = open_case(unit, case_id, action="write")
    lock_case(unit.session, case)
    material = material_of(unit.session, case_id)
    if open_request_among(material.entries, unit.actor.id) is not None:
        refusal = unit.event("write", Screening.KIND, case=case_id, outcome="refused")
        raise ForbiddenError("blind-until-both-signed", event=refusal)
    facts, assessment = material.facts, latest_among(material.entries, Assessment.KIND)
    submission = submission_of(case, material, assessment, on or unit.now.date())
    explanation = _explain(unit.library, guidance, submission, assessment)
    content = Screening(  # worked out here of what was checked when it was recorded
        guidance=explanation.bound.name,
        reference_date=explanation.intake.on,
        assessment=assessment.id if assessment else None,
        facts=tuple(entry.id for entry in facts.values()),
        submission=submission,
        covered=explanation.covered,
        outcome=explanation.outcome,
        sha256=explanation.sha256,
    )
    rests_on = [*facts.values(), *([assessment] if assessment else [])]
    hidden = any(entry.hidden_from_guardians for entry in rests_on)
    entry = append(unit, case, content, subject=assessment.id if assessment else None, hidden_from_guardians=hidden)
    return Screened(entry, explanation)


def try_facts(library: Library, case: Case, entries: Sequence[Entry], guidance: str, on: date) -> Explanation:
    """What the facts of a case say alone, without any rating; nothing is stored.

    Parameters
    ----------
    entries : sequence of Entry
        Those of the case, as far as its reader sees them: facts, guardians and consents are seen by all who see it.

    Raises
    ------
    InputError
        If the guidance is not there or not in force.
    """
    return _explain(library, guidance, submission_of(case, Material(entries), None, on), None)


def try_draft(unit: Unit, draft_id: str, guidance: str) -> Explanation:
    """What the ratings of a draft come to with the facts of its case, once the professional has rated; not stored.

    Raises
    ------
    RuleError
        ``summary-rating-missing`` until the summary rating and its reasons are saved; ``ratings-missing``.
    """
    counts_of(unit, draft_id)
    draft = unit.session.get_one(Draft, draft_id)
    case = unit.session.get_one(Case, draft.case_id)
    submission = submission_of(case, material_of(unit.session, case.id), draft, unit.now.date())
    return _explain(unit.library, guidance, submission, draft)


def submission_of(case: Case, material: Material, assessment: Entry | Draft | None, on: date) -> dict[str, Any]:
    """What is screened of a case: what is known of it, with the ratings of one assessment."""
    given: dict[str, Any] = {name: entry.content["given"] for name, entry in material.facts.items()}
    if case.birth_date is not None:
        given["birth_date"] = case.birth_date.isoformat()
    ratings = None
    if assessment is not None:
        summary = assessment.content["summary"]
        given[SUMMARY_RATING] = {
            "value": summary["reoffending_risk"],
            "observed_on": assessment.content["assessed_on"] or on.isoformat(),
            "reason": summary["reasons"],
        }
        ratings = assessment.content["ratings"]
    guardians = guardians_among(material.entries)
    listed = None if guardians is None else list(guardians)
    return {
        "reference_date": on.isoformat(),
        "facts": given,
        "ratings": ratings,
        "guardians": listed,
        # A consent of someone who is no longer listed as a guardian is kept in the journal and counts no more.
        "consents": [
            each for each in consents_among(material.entries) if each["person"] in (YOUTH, *(guardians or ()))
        ],
    }


def _explain(
    library: Library, guidance: str, submission: dict[str, Any], assessment: Entry | Draft | None
) -> Explanation:
    instrument = assessment.content["instrument"] if assessment else None
    on = date.fromisoformat(submission["reference_date"])
    try:
        bound = library.bind(guidance, on=on, instrument=instrument, is_rated=assessment is not None)
    except UnknownDefinitionError as error:
        raise InputError([Fault(error.fault.code, "/guidance", error.fault.parameters)]) from error
    return explain(bound, read_recorded_submission(bound, submission))


def explanation_of(entry: Entry, library: Library) -> Explanation:
    """The complete explanation of a stored screening, worked out again from what was stored.

    Raises
    ------
    UnknownDefinitionError, AlteredDefinitionError
        If a definition that it rested on is gone or was altered.
    """
    return replay_submission(library, entry.content["covered"], entry.content["submission"])


def best_before_of(entry: Entry, explanation: Explanation, library: Library) -> rendered.BestBefore:
    """Until when a stored screening stands if nothing is added, in words.

    Parameters
    ----------
    explanation : Explanation
        From `explanation_of`.
    """
    best = best_before_in(entry.content["submission"], explanation.bound, explanation.intake, library)
    return render_best_before(best, explanation.bound, library.catalogue)


@dataclass(frozen=True)
class Replay:
    """The result of replaying a stored screening.

    Parameters
    ----------
    stored, from_submission, from_codes : str
        The digest that was signed, and the same worked out from what was submitted and from the codes alone.
    """

    stored: str
    from_submission: str
    from_codes: str

    @property
    def agrees(self) -> bool:
        """Whether all three are the same."""
        return self.stored == self.from_submission == self.from_codes


def replay(entry: Entry, library: Library) -> Replay:
    """Work a stored screening out again by the definitions that were used then."""
    covered = entry.content["covered"]
    from_submission = replay_submission(library, covered, entry.content["submission"])
    return Replay(entry.content["sha256"], from_submission.sha256, replay_covered(library, covered).sha256)
