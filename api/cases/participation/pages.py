"""Follow-up: the work from its start to its ending and after it, and whom to consider asking into the group."""

from flask import Response, request

from api.access.actors import caller_unit
from api.access.declarations import allowed
from api.cases import timeline
from api.cases.case_file import open_file
from api.cases.frame import blueprint, library, page, today, translator
from api.cases.kinds import ExperienceTold
from api.cases.participation import suggesting
from api.cases.participation.results import resources_of, results_of
from api.cases.participation.rules import participations, stage_of
from api.cases.participation_kinds import PARTICIPATION
from api.cases.plans.kinds import PLANS, MeasuresFollowedUp
from api.cases.plans.pages import plan_words
from api.cases.plans.rules import plan_among
from api.cases.ratings.rated_change import first_to_last


@blueprint.get("/cases/<case_id>/follow-up")
@allowed("case:read")
def follow_up(case_id: str) -> Response:
    """Show how the work goes, what can be recorded now, and suggestions."""
    with caller_unit() as unit:
        case_file = open_file(unit, case_id)
        periods = participations(unit.session, case_id)
    words = translator()
    period = periods[-1] if periods else None
    of_work, holds = {**PARTICIPATION, **PLANS}, plan_among(case_file.entries)
    kinds = [
        name
        for name, kind in of_work.items()
        if stage_of(periods) in kind.WHEN and (holds is not None or kind is not MeasuresFollowedUp)
    ]
    shown = [
        each
        for each in timeline.timeline_of(case_file, words, library())
        if each.kind in (*of_work, ExperienceTold.KIND)
    ]
    return page(
        "follow_up.html",
        case=case_file.case,
        period=period,
        kinds=kinds,
        is_asked=stage_of(periods) != "before",
        timeline=shown,
        change=first_to_last(case_file, library()),
        results=results_of(case_file.entries, words),
        resources=resources_of(case_file.entries, words),
        plan=plan_words(today()).shown(holds, today()) if holds else None,
        suggested=suggesting.suggest(case_file, today()),
        source=suggesting.the_suggestions(),
        recipients={each.id: each.label for each in library().consent_rules(today()).recipients},
        done=request.args.get("done") == "recorded",
        today=today(),
        words=words,
    )
