"""The pages of an action plan: the one that holds, those of before, changing it, and how its measures go."""

from collections.abc import Mapping, Sequence
from datetime import date

from flask import Response, request, url_for

from api.access.actors import caller_unit
from api.access.declarations import allowed
from api.cases.case_file import CaseFile, open_file
from api.cases.events import record
from api.cases.forms import Form, Values, answer
from api.cases.frame import blueprint, library, page, posted, redirect_to, today, translator
from api.cases.participation.rules import participations, stage_of
from api.cases.participation.suggesting import suggest
from api.cases.plans.follow_up_form import ask_of_measures, read_measures
from api.cases.plans.kinds import ActionPlan, MeasuresFollowedUp
from api.cases.plans.lists import plan_lists
from api.cases.plans.plan_form import Choices, WrittenPlan, ask, first_values, with_more
from api.cases.plans.rules import PlanInForce, is_plan_still, plan_among, tieable_items
from api.cases.plans.showing import PlanWords
from api.context.context import current_context
from api.store.refusals import NotFoundError
from instruments.faults import Fault, InputError

Errors = Mapping[str, Sequence[str]]
_DONE = ("plan_saved", "recorded")


def plan_words(on: date) -> PlanWords:
    """The words of a plan on the page that is asked for."""
    return PlanWords(translator(), library(), current_context().policies, on)


@blueprint.get("/cases/<case_id>/plan")
@allowed("case:read")
def plan(case_id: str) -> Response:
    """Show the action plan that holds, how its measures go, and its versions."""
    return _show_plan(case_id, None)


@blueprint.get("/cases/<case_id>/plan/versions/<entry_id>")
@allowed("case:read")
def plan_version(case_id: str, entry_id: str) -> Response:
    """Show a version of the action plan."""
    return _show_plan(case_id, entry_id)


def _show_plan(case_id: str, version: str | None) -> Response:
    with caller_unit() as unit:
        case_file = open_file(unit, case_id)
        periods = participations(unit.session, case_id)
    named = plan_among(case_file.entries, version=version)
    holds = plan_among(case_file.entries)
    if version is not None and named is None:
        raise NotFoundError
    done = request.args.get("done")
    return page(
        "plan.html",
        case=case_file.case,
        case_file=case_file,
        shown=plan_words(today()).shown(named, today()) if named else None,
        holds=named is not None and holds is not None and named.entry.id == holds.entry.id,
        versions=[entry for entry in reversed(case_file.entries) if entry.kind == ActionPlan.KIND],
        may_change=stage_of(periods) in ActionPlan.WHEN,
        may_follow_up=holds is not None and stage_of(periods) in MeasuresFollowedUp.WHEN,
        lists=plan_lists(today()),
        done=done if done in _DONE else None,
        today=today(),
    )


@blueprint.route("/cases/<case_id>/plan/change", methods=["GET", "POST"], endpoint="record_action_plan")
@allowed("participation:write")
def change_plan(case_id: str) -> Response:
    """Write an action plan, or change the one that holds: the change is a new version."""
    with caller_unit() as unit:
        case_file = open_file(unit, case_id)
    before = plan_among(case_file.entries)
    choices = _choices(case_file, before)

    def show(values: Values, faults: Errors, status: int) -> Response:
        form = Form(translator(), values, faults)
        goals = ask(form, choices, plan_words(today()))
        return page(
            "plan_form.html",
            form=form,
            goals=goals,
            case=case_file.case,
            before=values.get("before", before.entry.id if before else ""),
            is_change=before is not None,
            lists=choices.lists,
            back=url_for("work.plan", case_id=case_id),
            status=status,
            has_form=True,
            words=form.words,
        )

    def save(values: Values) -> Response:
        if wanted := values.get("add"):
            return show(with_more(values, wanted), {}, 200)
        keys = [key for entry in case_file.entries if entry.kind == ActionPlan.KIND for key in _keys(entry.content)]
        written = WrittenPlan(values, keys)
        now, stated = before.entry.id if before else "", values.get("before", "")
        if stated == now and written.faults:
            raise InputError(written.faults)
        try:
            with caller_unit() as unit:
                if not is_plan_still(unit, case_id, stated):
                    return show({**values, "before": now}, {"": [translator().t("work.plan.changed_meanwhile")]}, 409)
                hidden = values.get("hidden") == "yes"
                record(unit, case_id, ActionPlan.KIND, written.content, hidden_from_guardians=hidden)
        except InputError as error:
            raise InputError([written.at_its_field(fault) for fault in error.faults]) from None
        return redirect_to("work.plan", case_id=case_id, done="plan_saved")

    return answer(show, save) if posted() else show(first_values(before, today().isoformat()), {}, 200)


def _keys(content: Mapping[str, Sequence[Mapping[str, object]]]) -> list[str]:
    goals = content["goals"]
    return [str(each["id"]) for goal in goals for each in (goal, *goal["measures"])]  # type: ignore[misc]  # as recorded


def _choices(case_file: CaseFile, before: PlanInForce | None) -> Choices:
    return Choices(
        tieable_items(case_file.last("assessment"), library()),
        plan_lists(today()),
        library().consent_rules(today()).recipient_ids,
        current_context().policies.measure_codes_on(today()).content.codes,
        suggest(case_file, today()),
        before,
    )


@blueprint.route("/cases/<case_id>/plan/follow-up", methods=["GET", "POST"], endpoint="record_measures_followed_up")
@allowed("participation:write")
def follow_up_plan(case_id: str) -> Response:
    """Record how the measures of the plan go, between network meetings."""
    with caller_unit() as unit:
        case_file = open_file(unit, case_id)
    holds = plan_among(case_file.entries)
    if holds is None:
        return redirect_to("work.plan", case_id=case_id)

    def show(values: Values, faults: Errors, status: int) -> Response:
        form = Form(translator(), values, faults)
        form.add("day", "followed_up_on", form.words.t("work.field.followed_up_on"))
        goals = ask_of_measures(form, holds, plan_words(today()))
        form.add("tick", "hidden", form.words.t("work.field.hidden"), help=form.words.t("work.help.hidden"))
        return page(
            "plan_follow_up.html",
            form=form,
            goals=goals,
            plan=holds,
            case=case_file.case,
            back=url_for("work.plan", case_id=case_id),
            status=status,
            has_form=True,
            words=form.words,
        )

    def save(values: Values) -> Response:
        followed, faults = read_measures(values)
        if not followed and not faults:
            faults = [Fault("missing-key", f"/measure/{holds.measures[0]['id']}/status", {"name": "status"})]
        if faults:
            raise InputError(faults)
        content = {"measures": followed}
        if day := values.get("followed_up_on", "").strip():
            content |= {"followed_up_on": day}  # type: ignore[dict-item]  # a day as it was written
        with caller_unit() as unit:
            record(
                unit,
                case_id,
                MeasuresFollowedUp.KIND,
                content,
                subject=values.get("plan") or holds.entry.id,
                hidden_from_guardians=values.get("hidden") == "yes",
            )
        return redirect_to("work.plan", case_id=case_id, done="recorded")

    return answer(show, save) if posted() else show({"followed_up_on": today().isoformat()}, {}, 200)
