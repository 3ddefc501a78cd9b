"""Change between two stored screenings of a case, for those who may see both."""

from sqlalchemy.orm import Session

from api.cases.kinds import Screening
from api.cases.ratings.assessments import read_entry
from api.cases.ratings.blind_rating import double_ratings, seen_by
from api.context.unit import Unit
from api.store.refusals import NotFoundError, RuleError
from api.store.schema import Entry
from instruments.ratings import read_ratings
from screening.change_over_time import ChangeOverTime, Occasion, SecondRating, compare_occasions
from screening.coding import SUMMARY_RATING
from screening.facts import FactValue
from screening.library import Library
from screening.replay import bind_again, read_recorded_submission


def change_between(unit: Unit, earlier_id: str, later_id: str) -> ChangeOverTime:
    """What is not what it was between two screenings, by what brought it about.

    A blind second rating of the earlier material by the person who rated later is used to tell the rater and the
    young person apart.

    Raises
    ------
    NotFoundError
    ForbiddenError
    RuleError
        ``not-in-order`` where the screenings are not of one case, the earlier one first.
    """
    earlier, later = (read_entry(unit, each) for each in (earlier_id, later_id))
    if Screening.KIND not in (earlier.kind, later.kind) or earlier.kind != later.kind:
        raise NotFoundError
    if earlier.case_id != later.case_id or earlier.number >= later.number:
        raise RuleError("not-in-order")
    one, other = (_occasion(unit.session, entry, unit.library) for entry in (earlier, later))
    return compare_occasions(one, other, _second_rating(unit.session, earlier, one, other, unit.actor.id))


def _occasion(session: Session, entry: Entry, library: Library) -> Occasion:
    bound = bind_again(library, entry.content["covered"])
    assessment = session.get(Entry, entry.content["assessment"]) if entry.content["assessment"] else None
    rater = assessment.made_by if assessment is not None else None
    return Occasion(bound, read_recorded_submission(bound, entry.content["submission"]), rater)


def _second_rating(
    session: Session, entry: Entry, earlier: Occasion, later: Occasion, reader: str
) -> SecondRating | None:
    instrument = earlier.bound.rules.instrument
    for pair in double_ratings(session, entry.case_id):
        if pair.first is None or pair.second is None or pair.first.id != entry.content["assessment"]:
            continue
        if not seen_by(session, entry.case_id, [pair.second], reader):
            continue
        content = pair.second.content
        if pair.second.made_by == later.rater and content["instrument"] == f"{instrument.id}@{instrument.version}":
            codes = earlier.bound.rules.dictionary.by_id[SUMMARY_RATING].codes
            summary = FactValue(codes[content["summary"]["reoffending_risk"]])
            return SecondRating(read_ratings(content["ratings"], instrument), summary)
    return None
