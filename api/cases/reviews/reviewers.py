"""Who may review a recommendation, and who may be the second person of a deviation from it.

Rater, reviewer and second person are three people. Who had the service test the case is none of them: the test adds no
judgement. A municipality's review policy may let the rater take another part; it never lets the reviewer be the second
person, since one signature would then be two.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from api.policies.policies import ReviewPolicy, SamePerson
from api.store.schema import Entry


@dataclass(frozen=True)
class Signatories:
    """Who signed what a review is about.

    Parameters
    ----------
    rater : str or None
        Who signed the assessment that the screening rests on; None where it rests on facts alone.
    reviewer : str or None
        Who signed the review that stands.
    """

    rater: str | None
    reviewer: str | None = None

    def hindrance_to_review(self, account: str, policy: ReviewPolicy) -> str | None:
        """The code of why somebody may not review; None where they may."""
        is_own = account == self.rater and allowance(policy, "review") is None
        return "own-assessment" if is_own else None

    def hindrance_to_second_person(self, account: str, policy: ReviewPolicy) -> str | None:
        """The code of why somebody may not confirm or reject the deviation; None where they may."""
        if account == self.reviewer:
            return "same-person"
        is_own = account == self.rater and allowance(policy, "be_second_person") is None
        return "own-assessment" if is_own else None


def signatories(session: Session, screening: Entry, review: Entry | None = None) -> Signatories:
    """Who signed the assessment under a screening, and its review."""
    assessment = session.get(Entry, screening.subject_id) if screening.subject_id else None
    return Signatories(assessment.made_by if assessment else None, review.made_by if review else None)


def allowance(policy: ReviewPolicy, what: Literal["review", "be_second_person"]) -> SamePerson | None:
    """What the policy says where it lets the rater take another part; None where it does not."""
    return next((each for each in policy.rater_may if each.may == what), None)
