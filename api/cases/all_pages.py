"""Every page of work: importing them is what puts their routes on the blueprint."""

from api.cases import caseworker_pages as caseworkers
from api.cases import own_work_pages as own
from api.cases import pages as cases
from api.cases import recording_pages as recording
from api.cases import unit_overview_pages as unit_overview
from api.cases.consents import pages as consents
from api.cases.experience import pages as experience
from api.cases.facts import pages as facts
from api.cases.frame import blueprint
from api.cases.participation import pages as follow_up
from api.cases.plans import pages as plans
from api.cases.ratings import assessment_pages as assessments
from api.cases.ratings import rater_feedback_pages as rater_feedback
from api.cases.ratings import rating_pages as rating
from api.cases.ratings import second_rating_pages as second_ratings
from api.cases.ratings import signing_pages as signing
from api.cases.reviews import review_pages as reviews
from api.cases.screenings import change_pages as changes
from api.cases.screenings import recommendation_pages as recommendations

__all__ = [
    "assessments",
    "blueprint",
    "cases",
    "caseworkers",
    "changes",
    "consents",
    "experience",
    "facts",
    "follow_up",
    "own",
    "plans",
    "rater_feedback",
    "rating",
    "recommendations",
    "recording",
    "reviews",
    "second_ratings",
    "signing",
    "unit_overview",
]
