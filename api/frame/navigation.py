"""The places that the header leads to, for whoever is logged in."""

from dataclasses import dataclass

from flask import current_app, request, url_for

from api.access.caller import the_caller


@dataclass(frozen=True)
class Place:
    """A page that the header leads to.

    Parameters
    ----------
    endpoint : str
        The route.
    words : str
        The key of what it is called.
    action : str
        What the reader must be allowed to do, for the place to be shown.
    """

    endpoint: str
    words: str
    action: str


#: In the order in which they stand. A new part of the product is added here.
PLACES = (
    Place("work.own", "work.nav.own", "case:list"),
    Place("work.unit_overview", "work.nav.unit_overview", "unit:overview"),
    Place("work.new_case", "work.nav.new_case", "case:open"),
    Place("training.index", "work.nav.training", "training:practise"),
    Place("pages.try_out", "work.nav.try_out", "public"),
    Place("oversight.log_review", "work.nav.log_review", "audit:read"),
    Place("oversight.retention", "work.nav.retention", "purge:confirm"),
    Place("trends_page.show", "trends.title", "trends:read"),
    Place("researcher.show", "work.nav.research", "ratings:export"),
    Place("what_if_page.show", "what_if.title", "trends:what_if"),
    Place("administration.people", "work.nav.people", "accounts:read"),
    Place("governance.index", "work.nav.governance", "public"),
    Place("accounts.permissions", "work.nav.permissions", "account:see"),
)
#: Where somebody begins: at the first of these that they may see. Every account may see the last.
_BEGINNINGS = (
    "work.own",
    "work.unit_overview",
    "oversight.log_review",
    "administration.people",
    "researcher.show",
    "trends_page.show",
    "accounts.permissions",
)


@dataclass(frozen=True)
class Link:
    """A place as it is shown."""

    address: str
    words: str
    is_here: bool


def links() -> list[Link]:
    """The places that the reader may go to; none for somebody who is not logged in."""
    caller = the_caller()
    if caller.by != "session":
        return []
    return [
        Link(url_for(place.endpoint), place.words, request.endpoint == place.endpoint)
        for place in PLACES
        if place.endpoint in current_app.view_functions and caller.may(place.action)
    ]


def beginning() -> str:
    """The address where whoever is logged in begins: a log reviewer has no cases to be led to."""
    caller = the_caller()
    reached = {place.endpoint for place in PLACES if caller.may(place.action)}
    return url_for(next(endpoint for endpoint in _BEGINNINGS if endpoint in reached))
