"""The researcher's page: double rating, exports with their decisions, and what is known of the instruments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.access.actors import the_actor
from api.access.auditing import audit_event, record_event_alone
from api.access.caller import the_caller
from api.access.declarations import allowed
from api.context.context import current_context
from api.definitions.evidence import evidence_of
from api.frame.accounts import read_form
from api.frame.feature_pages import page_of_feature
from api.frame.pages import asked_language
from api.research_export.double_rating import progress_of
from api.research_export.export import LONGEST_DECISION, Purpose, export_ratings
from api.research_export.files import zipped
from api.store.refusals import RuleError
from api.store.schema import Audit
from instruments.faults import InputError
from instruments.messages import Catalogue, Message

LOCALE = Path(__file__).parent / "locale"
#: So many exports are shown, the latest first.
_MOST = 50

blueprint = Blueprint("researcher", __name__, url_prefix="/research")


@dataclass(frozen=True)
class Made:
    """An export that was made."""

    id: str
    at: datetime
    ground: str
    decision: str
    cases: int


@cache
def sentences() -> Catalogue:
    """Every sentence of the page."""
    return Catalogue.from_folders(LOCALE)


def say(key: str, **parameters: object) -> str:
    """A sentence in the language of the page."""
    return sentences().render(Message(f"research_page.{key}", parameters), asked_language())


@blueprint.get("")
@allowed("ratings:export")
def show() -> ResponseReturnValue:
    """Show how double rating goes, what one has exported, and what is known of the instruments."""
    return _shown({}, {})


@blueprint.post("/exports")
@allowed("ratings:export")
def export() -> ResponseReturnValue:
    """Give an export, or say what it lacks."""
    form = read_form("ground", "decision", optional=["study"])
    context = current_context()
    purpose = Purpose(form["ground"], form["decision"], form["study"].strip() or None)
    policy = context.policies.research_export_on(context.today())
    try:
        made = export_ratings(
            context.database,
            context.now(),
            the_actor(),
            purpose,
            library=context.library,
            policy=policy,
            secret=context.settings.signing_key,
        )
    except InputError as error:
        return _shown(
            form, {fault.where.removeprefix("/"): _fault(fault.code, fault.parameters) for fault in error.faults}
        )
    except RuleError as error:
        detail = context.catalogue.render(Message(f"problem.{error.code}.detail", {}), asked_language())
        return _shown(form, {"decision": detail})
    given = Response(zipped(made.files), mimetype="application/zip")
    given.headers["Content-Disposition"] = f'attachment; filename="underlag-{made.id}.zip"'
    given.headers["Cache-Control"] = "no-store"
    return given


def _shown(form: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    context = current_context()
    policy = context.policies.research_export_on(context.today()).content
    record_event_alone(audit_event("read", "ratings"))
    with context.database.looking() as session:
        progress = progress_of(session, the_caller().units, context.library, policy)
        exports = _exports(session, the_caller().actor)
    listed = [(each.content, evidence_of(context, each, is_rated=False)) for each in context.library.instruments]
    return page_of_feature(
        "research/page.html",
        say,
        status=422 if errors else 200,
        errors=errors,
        form=form,
        progress=progress,
        exports=exports,
        policy=policy,
        titles={
            f"{each.content.id}@{each.content.version}": each.content.title for each in context.library.instruments
        },
        grounds={each.id: each.title for each in policy.grounds},
        instruments=listed,
        longest=LONGEST_DECISION,
    )


def _exports(session: Session, actor: str) -> list[Made]:
    """What one has exported oneself: what others have done stands in the log, which is for who reviews it."""
    own = (Audit.action == "export", Audit.kind == "ratings", Audit.actor == actor, Audit.outcome == "done")
    whole = select(Audit.record_id, Audit.at, Audit.ground).where(*own, Audit.case_id.is_(None))
    rows = session.execute(whole.order_by(Audit.number.desc()).limit(_MOST)).all()
    counted = select(Audit.record_id, func.count().label("cases")).where(*own, Audit.case_id.is_not(None))
    cases = {row.record_id: row.cases for row in session.execute(counted.group_by(Audit.record_id)).all()}
    made = []
    for row in rows:
        ground, _, decision = row.ground.partition(" ")
        made.append(Made(row.record_id, row.at, ground, decision, cases.get(row.record_id, 0)))
    return made


def _fault(code: str, parameters: Mapping[str, object]) -> str:
    return current_context().catalogue.render(Message(f"fault.{code}", parameters), asked_language())
