"""The one next step of a case: what is to be done, and whose turn it is, by what the case holds.

The first rule that fits decides. `tests/api/records/next_steps.yaml` holds a case for each side of every rule.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from api.cases.reviews.applicable_result import REVIEW_WANTED, ApplicableResult, ReviewState
from api.cases.standing import Standing

Role = Literal["caseworker", "reviewer", "second_person"]


@dataclass(frozen=True)
class CaseState:
    """What the rules look at.

    Parameters
    ----------
    stage : str
        One of `api.cases.schemas.ALL_STAGES`.
    result : ApplicableResult or None
        What applies of the latest screening; None without one.
    """

    stage: str
    result: ApplicableResult | None
    standing: Standing

    @property
    def review(self) -> ReviewState | None:
        """Where the review of the latest screening stands; None without one."""
        return self.result.state if self.result else None

    @property
    def applies(self) -> str | None:
        """The outcome that applies of a screening that is reviewed and still says how the case stands."""
        is_now = self.stage == "reviewed" and self.result is not None and self.result.is_reviewed
        return self.result.applies if is_now and self.result else None


def _is_to_close(case: CaseState) -> bool:
    standing = case.standing
    if case.stage == "ended" or standing.position in ("other_support", "no_measure") or standing.answer == "declined":
        return True
    return case.stage in ("opened", "intake") and standing.preliminary == "no_investigation"


_RULES: tuple[tuple[str, Callable[[CaseState], bool]], ...] = (
    ("closed", lambda case: case.standing.closed_on is not None),
    ("confirm", lambda case: case.review is ReviewState.AWAITS_SECOND_PERSON),
    ("compare", lambda case: case.stage == "assessed"),
    ("answer", lambda case: case.review is ReviewState.RETURNED),
    ("review", lambda case: case.review in REVIEW_WANTED),
    ("meet", lambda case: case.stage == "participating"),
    ("follow_up", lambda case: case.stage == "ended" and not case.standing.is_followed_up),
    ("close", _is_to_close),
    ("start", lambda case: case.standing.answer == "accepted"),
    ("record_answer", lambda case: case.standing.position == "offer"),
    ("offer", lambda case: case.applies == "supports_offer"),
    ("complete", lambda case: case.applies == "more_information_needed"),
    ("take_position", lambda case: case.applies is not None),
    ("record_intake", lambda case: case.standing.intake is None),
    ("close_preliminary", lambda case: case.standing.preliminary == "open"),
    ("gather_facts", lambda case: not case.standing.has_facts),
    ("assess", lambda case: True),
)
#: Every step, in the order of the rules.
STEPS = tuple(name for name, _ in _RULES)
_OTHERS: Mapping[str, Role] = {"confirm": "second_person", "review": "reviewer"}


def next_step(case: CaseState) -> str:
    """The next step of a case, one of `STEPS`; ``closed`` once nothing is left to do."""
    return next(name for name, fits in _RULES if fits(case))


def role_of(step: str) -> Role | None:
    """Whose turn it is: the caseworker's, unless it takes somebody else; nobody's in a closed case."""
    return None if step == "closed" else _OTHERS.get(step, "caseworker")
