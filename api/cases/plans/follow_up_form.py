"""How measures go, as a form asks for it: beside a network meeting, or by itself. What is left blank stays blank."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from api.cases.forms import Form, Values
from api.cases.plans.kinds import Status
from api.cases.plans.rules import PlanInForce
from api.cases.plans.showing import PlanWords
from api.evaluation.fields import Choice, Field
from instruments.faults import Fault

_STATUS = re.compile(r"measure\.([a-z][a-z0-9_]{0,19})\.status", re.ASCII)


@dataclass(frozen=True)
class FollowedGoal:
    """A goal with the questions on its measures."""

    text: str
    fields: Sequence[Field]


def ask_of_measures(form: Form, plan: PlanInForce, plan_words: PlanWords) -> list[FollowedGoal]:
    """Add a question for every measure of a plan to a form."""
    words, goals = form.words, []
    for goal in plan.goals:
        fields = []
        for measure in goal["measures"]:
            line, name = plan_words.measure(measure), f"measure.{measure['id']}"
            before = plan.followed.get(measure["id"])
            status = words.t(f"work.option.status.{before.status}").lower() if before else ""
            was = words.t("work.plan.last_followed", day=before.on, status=status) if before else None
            none = Choice("", words.t("work.plan.not_followed"))
            answers = (*form.options("work.option.status", get_args(Status)), none)
            fields.append(form.add("choice", f"{name}.status", line, choices=answers, help=was))
            fields.append(form.add("line", f"{name}.why", words.t("work.field.why_stopped"), of=line))
        goals.append(FollowedGoal(goal["text"], fields))
    return goals


def read_measures(values: Values) -> tuple[list[dict[str, Any]], list[Fault]]:
    """How measures go, as it was written in a form, and what is missing."""
    followed, faults = [], []
    for name, value in values.items():
        match = _STATUS.fullmatch(name)
        if match is None:
            continue
        key, why = match[1], values.get(f"measure.{match[1]}.why", "").strip()
        if not value:
            if why:
                faults.append(Fault("missing-key", f"/measure/{key}/status", {"name": "status"}))
            continue
        if value not in get_args(Status):
            faults.append(Fault("not-a-choice", f"/measure/{key}/status", {"name": "status", "allowed": []}))
        elif value == "stopped" and not why:
            faults.append(Fault("missing-key", f"/measure/{key}/why", {"name": "why"}))
        followed.append({"measure": key, "status": value, **({"why": why} if why else {})})
    return followed, faults
