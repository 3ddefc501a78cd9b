"""Checkpoints of the log, for a second party: they hold sizes and digests, and nothing about anyone."""

from typing import Any

from flask import Response
from marshmallow import fields

from api.access.declarations import allowed
from api.context.context import current_context
from api.transparency.folder import Folder, Published
from api.transparency.log_tree import LogDiffersError
from api.transparency.notes import NoteError
from api.transparency.proving import extension_of
from api.web.problems import Problem
from api.web.shape import Shape, Strict, says
from api.web.smorest import RestBlueprint
from instruments.faults import Fault

blueprint = RestBlueprint(
    "checkpoints",
    __name__,
    url_prefix="/api/v1/audit",
    description="Signed checkpoints of the log, for whoever keeps watch over it from outside. No account is needed.",
)
_TEXT: dict[str, Any] = {"type": "string"}
_LONGEST = 18


def _number(description: str) -> fields.String:
    pattern = "^[0-9]+$"
    return fields.String(error_messages=says("whole_number"), metadata={"description": description, "pattern": pattern})


class CheckpointSizeSchema(Strict):
    """Which checkpoint is asked for."""

    size = _number("How many links it covers; the latest if nothing is said.")


class ConsistencySchema(CheckpointSizeSchema):
    """Between which two sizes."""

    old = _number("How many links the earlier checkpoint covered; 0 if nothing is said.")


@blueprint.get("/checkpoint")
@allowed("public")
@blueprint.arguments(CheckpointSizeSchema, location="query")
@blueprint.response(200, _TEXT, content_type="text/plain", description="A signed note, see c2sp.org/tlog-checkpoint.")
@blueprint.alt_response(400, "BAD_REQUEST")
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.doc(operationId="showCheckpoint")
def show_checkpoint(shape: Shape) -> Response:
    """Show a checkpoint of the log

    The name of the log, how many links it has, the root of the Merkle tree over them (RFC 6962), and the signatures of
    the log and of those who have cosigned. There is none where the service signs no checkpoints.
    """  # noqa: D400 -- the first line is a heading in the documentation
    return _text(str(_published(shape).note))


@blueprint.get("/consistency")
@allowed("public")
@blueprint.arguments(ConsistencySchema, location="query")
@blueprint.response(200, _TEXT, content_type="text/plain", description="As `add-checkpoint` of c2sp.org/tlog-witness.")
@blueprint.alt_response(400, "BAD_REQUEST")
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.doc(operationId="showConsistency")
def show_consistency(shape: Shape) -> Response:
    """Prove that a checkpoint extends an earlier one

    The old size, the proof of consistency (RFC 6962, section 2.1.2), an empty line and the checkpoint: what a witness
    checks before it cosigns.
    """  # noqa: D400 -- the first line is a heading in the documentation
    published, old = _published(shape), _read(shape, "old") or 0
    if old > published.checkpoint.size:
        raise Problem("bad-request", (Fault("number-out-of-range", "?old", {"name": "old"}),))
    with current_context().database.looking() as session:
        try:
            return _text(str(extension_of(session, old, published)))
        except LogDiffersError:
            raise Problem("not-found") from None  # it was tampered with; `audit verify` says how


def _published(shape: Shape) -> Published:
    settings, size = current_context().settings.checkpoints, _read(shape, "size")
    if settings is None:
        raise Problem("not-found")
    folder = Folder(settings.folder)
    try:
        checkpoint = folder.latest() if size is None else folder.of_size(size)
    except NoteError:
        checkpoint = None
    if checkpoint is None:
        raise Problem("not-found")
    return checkpoint


def _read(shape: Shape, name: str) -> int | None:
    written = shape.parts.get(name)
    if written is None:
        return None
    if not (written.isascii() and written.isdigit() and len(written) <= _LONGEST):
        raise Problem("bad-request", (Fault("number-out-of-range", f"?{name}", {"name": name}),))
    return int(written)


def _text(text: str) -> Response:
    given = Response(text, mimetype="text/plain")
    given.headers["Cache-Control"] = "no-cache"
    return given
