"""Drafts of assessments and of second ratings: saved as they are written, counted once rated, and signed."""

from dataclasses import dataclass

from flask import Response

from api.access.declarations import allowed
from api.cases.entry_schemas import EntrySchema
from api.cases.kind_schemas import body_of, noun_of
from api.cases.ratings.assessments import sign_draft
from api.cases.ratings.draft_content import AssessmentDraft
from api.cases.ratings.drafts import (
    ASSESSMENT,
    SECOND_RATING,
    as_data,
    counts_of,
    discard_draft,
    read_draft,
    read_drafts,
    save_draft,
    start_draft,
)
from api.cases.ratings.schemas import CountsSchema, DraftListSchema, DraftSchema, SignatureSchema
from api.cases.repeating import IDEMPOTENCY_KEY, Made, create
from api.cases.request_handling import answer, parts_of, route_unit
from api.cases.routes import CASE
from api.cases.showing import entry_again, made_entry
from api.context.context import current_context
from api.context.unit import Unit
from api.evaluation.schemas import RatingsSchema
from api.store.refusals import NotFoundError
from api.store.schema import Draft
from api.web.preconditions import if_match, version_read
from api.web.shape import Shape, Unread
from api.web.smorest import ETAG, RestBlueprint
from screening.beside import render_profile

blueprint = RestBlueprint(
    "drafts",
    __name__,
    url_prefix="/api/v1",
    description="Assessments in the making. The professional rates first: no count is shown before.",
)
_RATINGS = Unread(
    RatingsSchema, allow_none=True, metadata={"description": AssessmentDraft.model_fields["ratings"].description}
)
_BODY = body_of("AssessmentDraft", AssessmentDraft, instead={"ratings": _RATINGS})
_VERSION = if_match('The version that was read, as its ETag: `"3"`. Whoever is late is told both versions, with 409.')


@dataclass(frozen=True)
class _Drafts:
    """Drafts of one kind and where they are found.

    Parameters
    ----------
    path : str
        Beneath the case, and for one draft at the top.
    signed : str
        Where they are signed.
    """

    kind: str
    path: str
    signed: str
    action: str
    name: str


_ALL = (
    _Drafts(ASSESSMENT, "drafts", "assessments", "assessment:write", "an assessment"),
    _Drafts(SECOND_RATING, "second-rating-drafts", "second-ratings", "assessment:rate_again", "a second rating"),
)
_PATHS = {each.kind: each.path for each in _ALL}


def _made(draft: Draft) -> Made:
    location = f"/api/v1/{_PATHS[draft.kind]}/{draft.id}"
    return Made(draft.case_id, (draft.id,), lambda: as_data(draft), location, str(draft.version))


def _again(unit: Unit, records: tuple[str, ...]) -> Made:
    return _made(read_draft(unit, records[0]))


def _require_kind(unit: Unit, draft_id: str, kind: str) -> Draft:
    draft = unit.session.get(Draft, draft_id)
    if draft is None or draft.kind != kind:
        raise NotFoundError
    return draft


def _add_of_case(drafts: _Drafts) -> None:
    noun = noun_of(drafts.kind)

    @blueprint.route(f"/cases{CASE}/{drafts.path}", methods=["GET"], endpoint=f"list_{drafts.kind}_drafts")
    @allowed(drafts.action)
    @blueprint.response(200, DraftListSchema)
    @blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
    @blueprint.doc(operationId=f"list{noun}Drafts", summary=f"List the drafts of {drafts.name}")
    def list_drafts(case_id: str) -> Response:
        with route_unit() as unit:
            of_kind = read_drafts(unit, case_id, drafts.kind)
        return answer({"drafts": [as_data(each) for each in of_kind]})

    @blueprint.route(f"/cases{CASE}/{drafts.path}", methods=["POST"], endpoint=f"start_{drafts.kind}_draft")
    @allowed(drafts.action)
    @blueprint.arguments(_BODY)
    @blueprint.response(201, DraftSchema)
    @blueprint.alt_response(409, "CONFLICT")
    @blueprint.doc(operationId=f"start{noun}Draft", parameters=[IDEMPOTENCY_KEY], summary=f"Begin {drafts.name}")
    def start(shape: Shape, case_id: str) -> Response:
        sent = parts_of(shape)

        def make(unit: Unit) -> Made:
            only_second = drafts.kind == SECOND_RATING
            draft = start_draft(unit, case_id, sent, only_second_rating=only_second)
            return _made(draft)

        return create(sent, make, _again)

    @blueprint.route(f"/cases{CASE}/{drafts.signed}", methods=["POST"], endpoint=f"sign_{drafts.kind}")
    @allowed(drafts.action)
    @blueprint.arguments(SignatureSchema)
    @blueprint.response(201, EntrySchema)
    @blueprint.alt_response(409, "CONFLICT")
    @blueprint.alt_response(428, "PRECONDITION_REQUIRED")
    @blueprint.doc(
        operationId=f"sign{noun}",
        parameters=[_VERSION, IDEMPOTENCY_KEY],
        summary=f"Sign {drafts.name}",
        description="The draft is gone then. What was signed is never changed; a later one takes its place.",
    )
    def sign(shape: Shape, case_id: str) -> Response:
        version, sent = version_read(), parts_of(shape)

        def make(unit: Unit) -> Made:
            if _require_kind(unit, sent["draft"], drafts.kind).case_id != case_id:
                raise NotFoundError
            entry = sign_draft(unit, sent["draft"], version, hidden_from_guardians=sent["hidden_from_guardians"])
            return made_entry(entry)

        return create(sent, make, entry_again)


def _add_of_draft(drafts: _Drafts) -> None:
    noun = noun_of(drafts.kind)
    one = f"/{drafts.path}/<string(length=32):draft_id>"

    @blueprint.route(one, methods=["GET"], endpoint=f"show_{drafts.kind}_draft")
    @allowed(drafts.action)
    @blueprint.response(200, DraftSchema)
    @blueprint.alt_response(304, description="It has not been saved since the ETag that was sent.")
    @blueprint.doc(operationId=f"show{noun}Draft", summary=f"Show a draft of {drafts.name}")
    def show(draft_id: str) -> Response:
        with route_unit() as unit:
            _require_kind(unit, draft_id, drafts.kind)
            made = _again(unit, (draft_id,))
        return answer(made.data(), etag=made.etag)

    @blueprint.route(one, methods=["PUT"], endpoint=f"save_{drafts.kind}_draft")
    @allowed(drafts.action)
    @blueprint.arguments(_BODY)
    @blueprint.response(200, DraftSchema, headers=ETAG)
    @blueprint.alt_response(409, "CONFLICT")
    @blueprint.alt_response(428, "PRECONDITION_REQUIRED")
    @blueprint.doc(
        operationId=f"save{noun}Draft",
        parameters=[_VERSION],
        summary=f"Save a draft of {drafts.name}",
        description="If somebody else has saved it since, nothing is overwritten and both versions are answered.",
    )
    def save(shape: Shape, draft_id: str) -> Response:
        version, sent = version_read(), parts_of(shape)
        with route_unit() as unit:
            _require_kind(unit, draft_id, drafts.kind)
            made = _made(save_draft(unit, draft_id, version, sent))
        return answer(made.data(), etag=made.etag)

    @blueprint.route(one, methods=["DELETE"], endpoint=f"discard_{drafts.kind}_draft")
    @allowed(drafts.action)
    @blueprint.response(204)
    @blueprint.alt_response(409, "CONFLICT")
    @blueprint.alt_response(428, "PRECONDITION_REQUIRED")
    @blueprint.doc(
        operationId=f"discard{noun}Draft", parameters=[_VERSION], summary=f"Discard a draft of {drafts.name}"
    )
    def discard(draft_id: str) -> Response:
        version = version_read()
        with route_unit() as unit:
            _require_kind(unit, draft_id, drafts.kind)
            discard_draft(unit, draft_id, version)
        return Response(status=204)

    @blueprint.route(f"{one}/counts", methods=["GET"], endpoint=f"count_{drafts.kind}_draft")
    @allowed(drafts.action)
    @blueprint.response(200, CountsSchema)
    @blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
    @blueprint.alt_response(409, "CONFLICT")
    @blueprint.doc(
        operationId=f"count{noun}Draft",
        summary=f"Count the ratings of {drafts.name}",
        description=(
            "Only once the summary rating and its reasons are saved. When counts were first shown is kept, with the "
            "summary rating as it stood then."
        ),
    )
    def count(draft_id: str) -> Response:
        with route_unit() as unit:
            draft = _require_kind(unit, draft_id, drafts.kind)
            profile = counts_of(unit, draft_id)
            version = draft.version
        shown = render_profile(profile, current_context().catalogue.in_every_language)
        return answer({"draft": draft_id, "version": version, "profile": shown})


for _each in _ALL:
    _add_of_case(_each)
    _add_of_draft(_each)
