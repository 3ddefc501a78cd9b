"""The option ``--plan``: what a plan fixes is done unless something else is asked for, and departures are told."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from api.cli.options import require_file

if TYPE_CHECKING:
    from datetime import date

    from instruments.research.figures.figure import Report
    from instruments.research.plans.plan import Plan

#: The part of a plan that stands for each option.
_PARTS = {
    "outcome": "outcome",
    "group": "groups",
    "score": "scores",
    "scores": "scores",
    "cut": "cut",
    "seed": "seed",
    "draws": "draws",
    "folds": "folds",
}


def read_planned(path: Path | None) -> "Plan | None":
    """The plan of a file, if one was named."""
    from instruments.research.plans.plan import read_plan

    return None if path is None else read_plan(require_file(path))


def as_planned(plan: "Plan | None", options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a command, with what the plan says for those that nobody has set."""
    fixed, context = ({} if plan is None else plan.fixed), click.get_current_context()
    chosen = dict(options)
    for name in options:
        is_set = context.get_parameter_source(name) is not ParameterSource.DEFAULT
        if not is_set and _PARTS.get(name) in fixed:
            planned = fixed[_PARTS[name]]
            chosen[name] = planned[0] if name == "score" else planned
    return chosen


def held_to_plan(report: "Report", plan: "Plan | None", on: "date") -> "Report":
    """A report with the plan that it was to follow, and what departs from it among its warnings."""
    from instruments.research.plans.plan import departures

    if plan is None:
        return report
    told = {"title": plan.title, "fixed_on": plan.fixed_on.isoformat(), "responsible": plan.responsible}
    about = {**report.about, "plan": {**told, "sha256": plan.sha256}}
    departed = tuple(each for each in departures(plan, [report.about], on) if each not in report.warnings)
    return replace(report, about=about, warnings=(*report.warnings, *departed))
