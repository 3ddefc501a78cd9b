"""The pseudonymised export for researchers."""

from typing import Any

from flask import Response
from marshmallow import fields

from api.access.actors import the_actor
from api.access.declarations import allowed
from api.cases.request_handling import parts_of
from api.context.context import current_context
from api.research_export.export import LONGEST_DECISION, Purpose, export_ratings
from api.research_export.files import zipped
from api.web.negotiation import json_answer
from api.web.problems import invalid_input
from api.web.schema_parts import TextSchema, line, many, sentence
from api.web.shape import Exact, Shape, Strict, at_most, says
from api.web.smorest import RestBlueprint
from instruments.faults import InputError
from instruments.messages import in_both_languages

blueprint = RestBlueprint(
    "research",
    __name__,
    url_prefix="/api/v1/research",
    description="Pseudonymised ratings, decisions and outcomes for research, with small groups guarded.",
)
_ZIP: dict[str, Any] = {"type": "string", "format": "binary"}


class PurposeSchema(Strict):
    """What an export is for; it is told to the log."""

    ground = fields.String(
        required=True,
        error_messages=says("text"),
        validate=at_most(80),
        metadata={"description": "One of the grounds of the policy; see `GET /api/v1/research/export-policy`."},
    )
    decision = fields.String(
        required=True,
        error_messages=says("text"),
        validate=at_most(LONGEST_DECISION),
        metadata={"description": "The registration number of the decision or approval that it rests on."},
    )
    study = fields.String(
        load_default=None,
        allow_none=True,
        error_messages=says("text"),
        validate=at_most(40),
        metadata={
            "description": (
                "Exports of the same study have the same pseudonyms, so that they can be joined. Without one, the key "
                "is made for this export and kept by nobody."
            ),
            "pattern": "^[a-z0-9][a-z0-9-]{2,39}$",
        },
    )


class ExportGroundSchema(Exact):
    """What a disclosure can rest on."""

    id = line("The ground, as it is stated.")
    title = sentence("What it is called.")
    source = line("Where the law says so.")


class ExportPolicySchema(Exact):
    """How the export is made."""

    policy = line("The policy and its version.")
    smallest_group = fields.Integer(
        required=True, metadata={"description": "So many share everything that others could know of each of them."}
    )
    grounds = many(fields.Nested(ExportGroundSchema), "What a disclosure can rest on.")
    limits = many(fields.Nested(TextSchema), "What the guard does not do.")
    reading = sentence("How the policy came about.")


@blueprint.get("/export-policy")
@allowed("ratings:export")
@blueprint.response(200, ExportPolicySchema)
@blueprint.doc(operationId="showExportPolicy")
def show_policy() -> Response:
    """Show how the export for research is guarded"""  # noqa: D400 -- a heading in the documentation
    context = current_context()
    definition = context.policies.research_export_on(context.now().date())
    policy = definition.content
    grounds = [
        {"id": each.id, "title": in_both_languages(each.title), "source": each.source} for each in policy.grounds
    ]
    return json_answer(
        {
            "policy": definition.reference,
            "smallest_group": policy.smallest_group,
            "grounds": grounds,
            "limits": [in_both_languages(each) for each in policy.limits],
            "reading": in_both_languages(policy.reading),
        }
    )


@blueprint.post("/exports")
@allowed("ratings:export")
@blueprint.arguments(PurposeSchema)
@blueprint.response(200, _ZIP, content_type="application/zip", description="The files in one archive.")
@blueprint.alt_response(409, "CONFLICT")
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
@blueprint.doc(operationId="exportRatings")
def export(shape: Shape) -> Response:
    """Export pseudonymised ratings with decisions and outcomes

    Of one's own units: every signed assessment and blind second rating, for each version of an instrument as CSV and
    Parquet with a mapping that `underlag research` reads, and `about.yaml`, which says what was generalised, what was
    left out and what each column means. No reference, free text, date of birth or exact date is in it, and nobody is
    described more closely than others are who share the description. The export and every case are recorded in the
    audit log.
    """  # noqa: D400 -- the first line is a heading in the documentation
    sent = parts_of(shape)
    context = current_context()
    now = context.now()
    try:
        made = export_ratings(
            context.database,
            now,
            the_actor(),
            Purpose(sent["ground"], sent["decision"], sent["study"]),
            library=context.library,
            policy=context.policies.research_export_on(now.date()),
            secret=context.settings.signing_key,
        )
    except InputError as error:
        raise invalid_input(error.faults) from None
    given = Response(zipped(made.files), mimetype="application/zip")
    given.headers["Content-Disposition"] = f'attachment; filename="underlag-{made.id}.zip"'
    given.headers["Cache-Control"] = "no-store"
    return given
