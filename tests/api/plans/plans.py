"""Action plans for tests: everything in them is invented."""

from typing import Any

START = {"started_on": "2026-10-01", "part_of_decision": "yes", "court_ordered": "no"}


def measure(key: str, what: str, who: str, by: str = "2026-12-10", **more: Any) -> dict[str, Any]:
    return {"id": key, "what": what, "who": who, "by": by, **more}


def plan(**more: Any) -> dict[str, Any]:
    """A plan with two goals: one that the school is told of, and one that has a measure of addiction care."""
    return {
        "planned_on": "2026-11-01",
        "goals": [
            {
                "id": "g1",
                "text": "Jag vill klara nian.",
                "area": "education",
                "shared_with": ["school"],
                "measures": [
                    measure("m1", "Mentorssamtal varje vecka", "school"),
                    measure("m2", "Kommer till skolan klockan nio", "youth", "2026-11-10"),
                ],
            },
            {
                "id": "g2",
                "text": "Jag vill sluta röka på.",
                "measures": [
                    measure("m3", "Samtal på mottagningen", "addiction_care"),
                    measure("m4", "Ringer och påminner", "mormor"),
                ],
            },
        ],
        "beside": ["qualified_contact_person"],
        **more,
    }


def followed(*measures: tuple[str, str], on: str = "2026-11-12", **why: str) -> dict[str, Any]:
    said = [{"measure": key, "status": status, **({"why": why[key]} if key in why else {})} for key, status in measures]
    return {"followed_up_on": on, "measures": said}
