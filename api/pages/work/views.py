"""Every page of work: importing them is what puts their routes on the blueprint."""

from api.pages.work import (
    assessments,
    cases,
    changes,
    consents,
    facts,
    follow_up,
    own,
    rating,
    recommendations,
    recording,
    second_ratings,
    signing,
)
from api.pages.work.frame import blueprint

__all__ = [
    "assessments",
    "blueprint",
    "cases",
    "changes",
    "consents",
    "facts",
    "follow_up",
    "own",
    "rating",
    "recommendations",
    "recording",
    "second_ratings",
    "signing",
]
