"""Every group of record routes, put into the documented application."""

from api.rest import RestApi
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

#: The modules, each with its blueprint.
GROUPS = (cases, journal, facts, drafts, second_ratings, screenings, reviews, consents, disclosure, retention)


def add_record_routes(api: RestApi) -> None:
    """Register the routes of what is recorded."""
    api.say_who_may()
    for group in GROUPS:
        api.register_blueprint(group.blueprint)
