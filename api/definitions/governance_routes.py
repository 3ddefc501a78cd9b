"""The documents of governance as data."""

from typing import Any

from flask import Response
from marshmallow import fields

from api.access.declarations import allowed
from api.context.context import current_context
from api.governance.documents import GovernanceDocument, Reference, Section
from api.web.negotiation import tagged_answer
from api.web.problems import Problem
from api.web.schema_parts import TextSchema, line, many, sentence, word
from api.web.shape import Exact
from api.web.smorest import RestBlueprint
from instruments.faults import UnknownDefinitionError
from instruments.messages import Text, in_both_languages

blueprint = RestBlueprint(
    "governance-api",
    __name__,
    url_prefix="/api/v1/governance",
    description="What a municipality needs for governing the use: instructions, oversight, risks, templates, the law.",
)


class DocumentLineSchema(Exact):
    """A document, without its parts."""

    id = line("The document.")
    version = line("Its version.")
    title = sentence("What it is called.")
    about = sentence("What it is about.")
    valid_from = line("Since when it is in force.")
    decided_by = line("Who decided it.")
    decided_on = line("When.")


class DocumentListSchema(Exact):
    """The documents in force."""

    documents = many(fields.Nested(DocumentLineSchema), "The documents.")


class RowSchema(Exact):
    """A line of two columns."""

    label = sentence("What it is about.")
    text = sentence("What holds.")


class SectionSchema(Exact):
    """A part of a document."""

    id = line("The part.")
    title = sentence("Its heading.")
    body = many(fields.Nested(TextSchema), "Paragraphs.")
    points = many(fields.Nested(TextSchema), "Points of a list.")
    rows = many(fields.Nested(RowSchema), "Lines of two columns.")
    asks = many(fields.Nested(TextSchema), "What the municipality answers itself, in a template.")
    sources = many(fields.String(), "The ids of the references that it rests on.")


class ReferenceSchema(Exact):
    """A place in the law, as it was read on a day."""

    id = line("The reference.")
    act = sentence("The act.")
    provision = line("The place in it, in Swedish.")
    says = sentence("What it says, in short.")
    follows = sentence("What follows for the product.")
    read = word("Whether the statute's text was read, or an account of it.", "statute", "account")
    read_on = line("When.")
    caution = sentence("What was not checked.", nullable=True)


class GovernanceDocumentSchema(DocumentLineSchema):
    """A document with its parts, and the references that they rest on."""

    versions = many(fields.String(), "Every version of it.")
    sha256 = line("The digest of its file, which is locked.")
    sections = many(fields.Nested(SectionSchema), "Its parts.")
    references = many(fields.Nested(ReferenceSchema), "The law that its parts cite.")


@blueprint.get("")
@allowed("public")
@blueprint.response(200, DocumentListSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="listGovernanceDocuments")
def list_all() -> Response:
    """List the documents in force"""  # noqa: D400 -- a heading in the documentation
    context = current_context()
    return tagged_answer({"documents": [_line(each.content) for each in context.governance.documents(context.today())]})


@blueprint.get("/<name>")
@allowed("public", plain=["name"])
@blueprint.response(200, GovernanceDocumentSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="showGovernanceDocument")
def show(name: str) -> Response:
    """Show a document

    By `id` the version in force today, with `@version` that very one.
    """  # noqa: D400 -- the first line is a heading in the documentation
    context = current_context()
    try:
        shown = context.governance.find(name, context.today())
    except UnknownDefinitionError as error:
        raise Problem("not-found", (error.fault.under("?name"),)) from None
    content = shown.document.content
    cited = {source for section in content.sections for source in section.sources}
    references = content.references or [each for name, each in shown.law.items() if name in cited]
    return tagged_answer(
        {
            **_line(content),
            "versions": list(shown.versions),
            "sha256": shown.document.sha256,
            "sections": [_section(each) for each in content.sections],
            "references": [_reference(each) for each in references],
        }
    )


def _line(content: GovernanceDocument) -> dict[str, Any]:
    return {
        "id": content.id,
        "version": content.version,
        "title": in_both_languages(content.title),
        "about": in_both_languages(content.about),
        "valid_from": content.valid_from.isoformat(),
        "decided_by": content.decided_by,
        "decided_on": content.decided_on.isoformat(),
    }


def _section(section: Section) -> dict[str, Any]:
    def said_all(texts: tuple[Text, ...]) -> list[dict[str, str]]:
        return [in_both_languages(text) for text in texts]

    return {
        "id": section.id,
        "title": in_both_languages(section.title),
        "body": said_all(section.body),
        "points": said_all(section.points),
        "rows": [{"label": in_both_languages(row.label), "text": in_both_languages(row.text)} for row in section.rows],
        "asks": said_all(section.asks),
        "sources": list(section.sources),
    }


def _reference(reference: Reference) -> dict[str, Any]:
    return {
        "id": reference.id,
        "act": in_both_languages(reference.act),
        "provision": reference.provision,
        "says": in_both_languages(reference.says),
        "follows": in_both_languages(reference.follows),
        "read": reference.read,
        "read_on": reference.read_on.isoformat(),
        "caution": in_both_languages(reference.caution) if reference.caution else None,
    }
