"""The result that applies of a screening, with the computed one beside it, as answers tell it."""

from typing import Any

from api.cases.reviews.applicable_result import ApplicableResult, ReviewState
from api.web.schema_parts import word
from api.web.shape import Exact
from screening.recommendation import OUTCOMES

_STATES = [state.value for state in ReviewState if state is not ReviewState.NOT_REVIEWED]


class ResultSchema(Exact):
    """What applies of a screening, always as a recommendation, and what its review makes of the computed outcome."""

    applies = word(
        "The outcome that applies: the computed one until a deviation is in force, then the one that it states. Null "
        "where a deviation from before that was required does not state it, without a screening, and while blind.",
        *OUTCOMES,
        nullable=True,
    )
    outcome = word(
        "The outcome as it was computed, which the digest covers; null without a screening, and while blind.",
        *OUTCOMES,
        nullable=True,
    )
    review = word(
        "Where the review stands: `agree`; `awaits_second_person`, the computed outcome is not yet replaced; "
        "`deviate`, in force; `rejected` by the second person, to be reviewed anew; `outcome_not_stated`, a deviation "
        "that does not say what applies instead; `returned` with a question that waits for its answer; `answered`, to "
        "be reviewed. Null until one of these, and while blind.",
        *_STATES,
        nullable=True,
    )


def result_data(result: ApplicableResult | None) -> dict[str, Any]:
    """What applies, for an answer; nothing where there is no screening or it may not be seen."""
    if result is None:
        return dict.fromkeys(("applies", "outcome", "review"))
    is_reviewed = result.state is not ReviewState.NOT_REVIEWED
    review = result.state.value if is_reviewed else None
    return {"applies": result.applies, "outcome": result.computed, "review": review}
