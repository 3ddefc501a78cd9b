"""Feedback on one's own double ratings: a page that nobody else can ask for, since it takes no account."""

from flask import Response

from api.access.actors import caller_unit
from api.access.declarations import allowed
from api.cases.frame import blueprint, page
from api.cases.ratings import rating_pages as rating
from api.cases.ratings.rater_feedback import alike_most, feedback_of
from instruments.research.limits import limits


@blueprint.get("/own-ratings")
@allowed(rating.ACTION)
def own_ratings() -> Response:
    """Show how one's own ratings have lain against those of the other rater."""
    with caller_unit() as unit:
        feedback = feedback_of(unit)
    agreed_days, double_rating_days = (limits().whole(name) for name in ("agreed_days", "double_rating_days"))
    return page(
        "own_ratings.html",
        feedback=feedback,
        alike_most=alike_most,
        agreed_days=agreed_days,
        double_rating_days=double_rating_days,
    )
