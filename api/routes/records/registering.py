"""Every group of record routes, put into the documented application."""

from flask_smorest import Api

from api.routes.records import (
    cases,
    consents,
    disclosure,
    drafts,
    facts,
    journal,
    retention,
    reviews,
    screenings,
    second_ratings,
)

_GROUPS = (cases, journal, facts, drafts, second_ratings, screenings, reviews, consents, disclosure, retention)


def add_record_routes(api: Api) -> None:
    """Register the routes of what is recorded."""
    for group in _GROUPS:
        api.register_blueprint(group.blueprint)
