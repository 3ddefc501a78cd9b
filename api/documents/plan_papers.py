"""What the papers of an action plan say: one for the young person and guardians, one for each of the network.

What of a plan a reader may be told of is not decided here: `api.disclosure.seen_entries` says it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from api.cases.consents.rules import Sharing, sharing_among
from api.cases.journal import entries, open_case
from api.cases.participation.rules import participations_among
from api.cases.plans.kinds import FUNCTIONS
from api.cases.plans.lists import plan_lists
from api.cases.plans.rules import PlanInForce, plan_among
from api.cases.ratings.blind_rating import seen_by
from api.context.unit import Unit
from api.disclosure.readers import Reader, find_reader, recipient_reader
from api.disclosure.seen_entries import SeenEntry, entries_seen
from api.disclosure.views import consented
from api.documents.case_papers import Data, Paper, head_of, name_of
from api.documents.family_papers import weighed
from api.store.audit_chain import record_event
from api.store.refusals import RuleError
from api.store.schema import Case
from api.store.transactions import record_refusals_as
from instruments.messages import in_both_languages


@dataclass(frozen=True)
class ToldPlan:
    """What of a plan its reader is told.

    Parameters
    ----------
    plan : PlanInForce or None
        The plan that holds by what the reader sees; None where they see none, or nothing of it is for them.
    entry : SeenEntry or None
        It, with the parts that the reader sees.
    seen : sequence of SeenEntry
        All that the reader sees of the case.
    """

    plan: PlanInForce | None
    entry: SeenEntry | None
    seen: Sequence[SeenEntry]


def read_plan(unit: Unit, case_id: str, reader: Reader) -> ToldPlan:
    """What a reader could be told of the plan now. Nothing is recorded: it is not given to anybody."""
    recorded = entries(unit.session, case_id)
    for_maker = {entry.id for entry in seen_by(unit.session, case_id, recorded, unit.actor.id)}
    seen = entries_seen(recorded, reader, unit.library, only=for_maker)
    plan = plan_among([each.recorded for each in seen])
    entry = next((each for each in seen if plan is not None and each.id == plan.entry.id), None)
    if entry is None or not entry.content["goals"]:
        return ToldPlan(None, None, seen)
    return ToldPlan(plan, entry, seen)


def make_family_plan(unit: Unit, case_id: str, code: str) -> Paper:
    """What the plan says on paper to the young person or a guardian; the export, or its refusal, is recorded.

    Parameters
    ----------
    code : str
        Of the young person or a guardian; see `api.disclosure.readers`.

    Raises
    ------
    NotFoundError
        For a reader that the case does not have.
    RuleError
        ``no-plan-to-tell``, ``guardian-of-adult`` or ``age-not-known``.
    """
    did = {"case": case_id, "record": case_id}
    with record_refusals_as(unit.event("export", "plan_document", **did, outcome="refused")):
        case = open_case(unit, case_id, action="export")
        reader = find_reader(case, entries(unit.session, case_id), code, unit.now.date(), unit.library)
        told = read_plan(unit, case_id, reader)
        if told.plan is None or told.entry is None:
            raise RuleError("no-plan-to-tell")
    record_event(unit.session, unit.event("export", "plan_document", case=case_id, record=told.plan.entry.id))
    assessment = next((each.recorded for each in reversed(told.seen) if each.kind == "assessment"), None)
    lists = plan_lists(unit.now.date())
    beside = [lists.beside_option(each) for each in told.entry.content["beside"]]
    return Paper(
        {
            **head_of(unit.session, case_id),
            "reader": reader.kind,
            "talk_to": name_of(unit.session, told.plan.entry.made_by),
            "strengths": weighed(assessment, reader, unit.library)["strengths"] if assessment else [],
            **_told(told, told.plan, told.entry, unit),
            "beside": [in_both_languages(label) for label in beside if label is not None],
        }
    )


def sharing_of_plan(unit: Unit, case: Case, reader: Reader) -> Sharing:
    """Whether anything may be shared with somebody outside today."""
    return sharing_among(case, entries(unit.session, case.id), reader.code, unit.now.date(), unit.library)


def make_network_plan(unit: Unit, case_id: str, recipient: str) -> Paper:
    """What the plan says to one of the network, on consent; the export, or its refusal, is recorded in the audit log.

    Raises
    ------
    NotFoundError
        For a recipient that does not exist.
    RuleError
        ``sharing-not-consented`` unless everyone whose consent counts has given it for today, and ``no-plan-to-tell``
        where nothing of the plan is for this recipient.
    """
    did = {"case": case_id, "record": case_id}
    with record_refusals_as(unit.event("export", "network_plan_document", **did, outcome="refused")):
        case = open_case(unit, case_id, action="export")
        reader = recipient_reader(recipient, unit.now.date(), unit.library)
        sharing = sharing_of_plan(unit, case, reader)
        if not sharing.is_allowed:
            raise RuleError("sharing-not-consented")
        told = read_plan(unit, case_id, reader)
        if told.plan is None or told.entry is None:
            raise RuleError("no-plan-to-tell")
    record_event(unit.session, unit.event("export", "network_plan_document", case=case_id, record=told.plan.entry.id))
    recipients = {each.id: each.label for each in unit.library.consent_rules(unit.now.date()).recipients}
    return Paper(
        {
            **head_of(unit.session, case_id),
            "recipient": in_both_languages(recipients[recipient]),
            **consented(entries(unit.session, case_id), sharing),
            **_told(told, told.plan, told.entry, unit),
        }
    )


def _told(told: ToldPlan, plan: PlanInForce, entry: SeenEntry, unit: Unit) -> Data:
    """The goals and measures that the reader is told of, and when the network meets next."""
    periods = participations_among([each.recorded for each in told.seen])
    meets = periods[-1].next_meeting_by if periods else None
    labels = {each.id: in_both_languages(each.label) for each in unit.library.consent_rules(unit.now.date()).recipients}
    followed = {key: {"status": each.status, "on": each.on.isoformat()} for key, each in plan.followed.items()}
    return {
        "planned_on": entry.content["planned_on"],
        "next_meeting_by": meets.isoformat() if meets else None,
        "goals": [
            {
                "text": goal["text"],
                "measures": [
                    {
                        "what": measure["what"],
                        "function": measure["who"] if measure["who"] in FUNCTIONS else None,
                        "who": labels.get(measure["who"], measure["who"]),
                        "by": measure["by"],
                        "followed": followed.get(measure["id"]),
                    }
                    for measure in goal["measures"]
                ],
            }
            for goal in entry.content["goals"]
        ],
    }
