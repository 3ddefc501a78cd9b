"""Purging: what is due by the rule, what would go, and letting a named person remove it on a ground that is logged."""

from dataclasses import replace

from flask import Response, request
from flask.typing import ResponseReturnValue

from api.access.actors import caller_unit, the_actor
from api.access.declarations import allowed
from api.context.context import current_context
from api.frame.oversight import blueprint, page, say
from api.retention.rules import PurgeProposal, PurgeReport, propose_purges, purge
from api.store.identity import holds_personal_number
from api.store.refusals import NotFoundError

_LONGEST_GROUND = 200


@blueprint.get("/retention")
@allowed("purge:confirm")
def retention() -> ResponseReturnValue:
    """Show what is due to be purged, by which version of which rule."""
    return _shown(_proposals())


@blueprint.post("/retention/dry-run")
@allowed("purge:confirm")
def dry_run() -> ResponseReturnValue:
    """Show what would be purged; nothing is."""
    chosen = request.form.getlist("case")
    proposals = _proposals()
    if not chosen:
        return _shown(proposals, faults=[say("retention.none_chosen")])
    return _shown(proposals, report=_purge(chosen, proposals, "", is_dry=True))


@blueprint.post("/retention/purge")
@allowed("purge:confirm")
def purge_cases() -> ResponseReturnValue:
    """Purge what was chosen."""
    chosen, ground = request.form.getlist("case"), request.form.get("ground", "").strip()
    proposals = _proposals()
    faults = []
    if not chosen:
        faults.append(say("retention.none_chosen"))
    if not 3 <= len(ground) <= _LONGEST_GROUND or not ground.isprintable():
        faults.append(say("retention.ground_missing"))
    elif holds_personal_number(ground):
        faults.append(say("retention.ground_personal"))
    if request.form.get("sure") != "yes":
        faults.append(say("retention.not_sure"))
    if faults:
        report = _purge(chosen, proposals, "", is_dry=True) if chosen else None
        return _shown(proposals, faults=faults, report=report, ground=ground)
    report = _purge(chosen, proposals, ground, is_dry=True)
    if report.silent_days and request.form.get("clock") != "yes":
        return _shown(proposals, faults=[say("retention.clock_not_confirmed")], report=report, ground=ground)
    report = _purge(chosen, proposals, ground, is_dry=False)
    return _shown(_proposals(), report=report)


def _proposals() -> list[PurgeProposal]:
    with caller_unit() as unit:
        return propose_purges(unit)


def _purge(chosen: list[str], proposals: list[PurgeProposal], ground: str, *, is_dry: bool) -> PurgeReport:
    """Purge cases of one's own units, or tell what would go.

    Raises
    ------
    NotFoundError
        For a case that is not among the proposals: a ground opens no case of another unit here.
    """
    if not set(chosen) <= {each.case_id for each in proposals}:
        raise NotFoundError
    with current_context().open_unit(replace(the_actor(), ground=ground)) as unit:
        return purge(unit, chosen, dry_run=is_dry, clock_is_right=request.form.get("clock") == "yes")


def _shown(
    proposals: list[PurgeProposal],
    *,
    faults: list[str] | None = None,
    report: PurgeReport | None = None,
    ground: str = "",
) -> Response:
    context = current_context()
    return page(
        "retention.html",
        faults=faults or [],
        status=422 if faults else 200,
        proposals=proposals,
        references={each.case_id: each.reference for each in proposals},
        dry_run=report.cases if report and report.is_dry_run else None,
        purged=report.cases if report and not report.is_dry_run else None,
        ground=ground,
        silent_days=report.silent_days if report else 0,
        today=context.now().date(),
        rule=context.policies.retention_on(context.now().date()),
    )
