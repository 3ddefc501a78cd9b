"""Accounts for programs: the table of permissions, who one is, one's keys, and grounds for crossing a unit."""

from flask import Response
from flask_wtf.csrf import generate_csrf
from marshmallow import fields

from api.access.caller import the_caller
from api.access.declarations import allowed
from api.access.permission_table import the_permissions
from api.access.tokens import LONGEST_DAYS, LONGEST_NAME, make_token, own_tokens, possible_actions, revoke_token
from api.access.units import LONGEST_NOTE, Ground, state_ground, the_grounds
from api.context.context import current_context
from api.store.account_tables import ApiToken
from api.web.negotiation import json_answer, tagged_answer
from api.web.problems import Problem
from api.web.schema_parts import line, many, sentence
from api.web.shape import Exact, Shape, Strict, at_most, says
from api.web.smorest import RestBlueprint
from instruments.faults import Fault
from instruments.messages import Text

KEY = "<string(length=32):{}>"

blueprint = RestBlueprint(
    "accounts-api",
    __name__,
    url_prefix="/api/v1",
    description="Who may do what, who one is, and keys for programs.",
)


class RoleSchema(Exact):
    """A role."""

    id = line("The role.")
    title = sentence("What it is called.")
    about = sentence("What it is for.")
    never_with = many(fields.String(), "Roles that the same account may not have.")


class ReasonSchema(Exact):
    """A role that may, and why."""

    role = line("The role; `anyone` needs no account, `any_account` is every account.")
    reason = sentence("Why.")


class ActionSchema(Exact):
    """Something that can be done."""

    id = line("The action; scopes of keys are written so.")
    title = sentence("What it is.")
    roles = many(fields.Nested(ReasonSchema), "Who may do it. Every other role may not.")


class PermissionsSchema(Exact):
    """Who may do what, and why."""

    version = line("The version of the table.")
    valid_from = line("Since when it is in force.")
    source = line("What it rests on.")
    roles = many(fields.Nested(RoleSchema), "The roles.")
    actions = many(fields.Nested(ActionSchema), "The actions.")


class AccountSchema(Exact):
    """Who calls."""

    account = line("The key of the account.")
    name = line("Its name.")
    by = line("`session` or `token`.")
    roles = many(fields.String(), "Its roles.")
    units = many(fields.String(), "Its secrecy units.")
    actions = many(fields.String(), "What this caller may do.")
    csrf_token = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "To send as `X-CSRF-Token` with whatever changes something; null with a key."},
    )


class TokenSchema(Exact):
    """A key for a program, without the key itself."""

    id = line("What the key is revoked by.")
    name = line("What its owner calls it.")
    actions = many(fields.String(), "What it was made for. It may no more of it than its owner may.")
    made_at = fields.DateTime(required=True, metadata={"description": "When it was made."})
    expires_at = fields.DateTime(required=True, metadata={"description": "When it ends."})
    used_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When it was last used, to the hour."}
    )


class TokenListSchema(Exact):
    """One's own keys."""

    tokens = many(fields.Nested(TokenSchema), "Those that were not revoked, latest first.")
    possible_actions = many(fields.String(), "What a new key can be made for.")


class NewTokenSchema(Strict):
    """A key to be made."""

    name = fields.String(
        required=True,
        error_messages=says("text"),
        validate=at_most(LONGEST_NAME),
        metadata={"description": "What to call it.", "minLength": 1, "maxLength": LONGEST_NAME},
    )
    actions = fields.List(
        fields.String(error_messages=says("text")),
        required=True,
        error_messages=says("list"),
        metadata={"description": "What it is for.", "minItems": 1},
    )
    days = fields.Integer(
        required=True,
        strict=True,
        error_messages=says("whole_number"),
        metadata={"description": "How long it is valid.", "minimum": 1, "maximum": LONGEST_DAYS},
    )


class MadeTokenSchema(TokenSchema):
    """A key that was just made."""

    token = line("The key. It is shown this once and cannot be read again.")


class GroundSchema(Strict):
    """Why a case of another unit is reached."""

    ground = fields.String(
        required=True,
        error_messages=says("text"),
        metadata={"description": "One of the list of grounds.", "enum": list(the_grounds().names())},
    )
    note = fields.String(
        required=True,
        error_messages=says("text"),
        validate=at_most(LONGEST_NOTE),
        metadata={"description": "What it consists in.", "minLength": 1, "maxLength": LONGEST_NOTE},
    )


class CrossedSchema(Exact):
    """That the case can now be reached."""

    ground = line("The ground.")
    until = fields.DateTime(required=True, metadata={"description": "Until when it holds."})


@blueprint.get("/permissions")
@allowed("public")
@blueprint.response(200, PermissionsSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="showPermissions")
def permissions() -> Response:
    """Show who may do what, and why"""  # noqa: D400 -- a heading in the documentation
    table = the_permissions()
    roles = [
        {"id": role.id, "title": _both(role.title), "about": _both(role.about), "never_with": list(role.never_with)}
        for role in table.roles
    ]
    actions = [
        {
            "id": action.id,
            "title": _both(action.title),
            "roles": [{"role": role, "reason": _both(reason)} for role, reason in action.roles.items()],
        }
        for action in table.actions
    ]
    about = {"version": table.version, "valid_from": table.valid_from.isoformat(), "source": table.source}
    return tagged_answer({**about, "roles": roles, "actions": actions})


@blueprint.get("/account")
@allowed("account:see")
@blueprint.response(200, AccountSchema)
@blueprint.doc(operationId="showAccount")
def account() -> Response:
    """Show who calls, and what this caller may do"""  # noqa: D400 -- a heading in the documentation
    caller = the_caller()
    return json_answer(
        {
            "account": caller.account,
            "name": caller.name,
            "by": caller.by,
            "roles": sorted(caller.roles),
            "units": sorted(caller.units),
            "actions": [name for name in the_permissions().action_names() if caller.may(name)],
            "csrf_token": generate_csrf() if caller.by == "session" else None,
        }
    )


@blueprint.get("/account/tokens")
@allowed("tokens:own")
@blueprint.response(200, TokenListSchema)
@blueprint.doc(operationId="listTokens")
def tokens() -> Response:
    """List one's own keys"""  # noqa: D400 -- a heading in the documentation
    caller = the_caller()
    with current_context().database.looking() as session:
        listed = [_token(token) for token in own_tokens(session, caller)]
    return json_answer({"tokens": listed, "possible_actions": list(possible_actions(caller))})


@blueprint.post("/account/tokens")
@allowed("tokens:own")
@blueprint.arguments(NewTokenSchema)
@blueprint.response(201, MadeTokenSchema)
@blueprint.doc(operationId="makeToken")
def make(shape: Shape) -> Response:
    """Make a key for a program

    It can do what is chosen among what its owner may do, and never more than its owner may at the time.
    """  # noqa: D400 -- the first line is a heading in the documentation
    if shape.faults:
        raise Problem("invalid-input", shape.faults)
    made = make_token(the_caller(), shape.parts["name"], shape.parts["actions"], shape.parts["days"])
    with current_context().database.looking() as session:
        about = _token(session.get_one(ApiToken, made.id))
    answer = json_answer({"token": made.secret, **about})
    answer.status_code = 201
    return answer


@blueprint.delete(f"/account/tokens/{KEY.format('token_id')}")
@allowed("tokens:own", plain=["token_id"])
@blueprint.response(204)
@blueprint.doc(operationId="revokeToken")
def revoke(token_id: str) -> Response:
    """Revoke a key"""  # noqa: D400 -- a heading in the documentation
    revoke_token(the_caller().account, token_id)
    return Response(status=204)


@blueprint.post(f"/cases/{KEY.format('case_id')}/ground")
@allowed("case:cross_unit", plain=["case_id"])
@blueprint.arguments(GroundSchema)
@blueprint.response(201, CrossedSchema)
@blueprint.doc(operationId="stateGround")
def state(shape: Shape, case_id: str) -> Response:
    """State on what ground a case is reached

    The ground is recorded and in the log. Within one's own units none is needed, and none is recorded, unless all one's
    roles that read cases need one there; they then state one of the grounds for that, and reach no other units.
    """  # noqa: D400 -- the first line is a heading in the documentation
    faults = list(shape.faults)
    ground, note = shape.parts.get("ground"), shape.parts.get("note")
    offered = [each.id for each in the_grounds().offered_to(the_caller())]
    if ground is not None and ground not in offered:
        faults.append(Fault("unknown-ground", "/ground", {"allowed": ", ".join(offered)}))
    if note is not None and not note.strip():
        faults.append(Fault("empty-note", "/note"))
    if faults or ground is None or note is None:
        raise Problem("invalid-input", tuple(faults))
    until = state_ground(the_caller(), case_id, Ground(ground, note.strip()))
    answer = json_answer({"ground": ground, "until": until.isoformat()})
    answer.status_code = 201
    return answer


def _both(text: Text) -> dict[str, str]:
    return {"sv": text.sv, "en": text.en}


def _token(token: ApiToken) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "actions": token.actions.split(),
        "made_at": token.made_at.isoformat(),
        "expires_at": token.expires_at.isoformat(),
        "used_at": token.used_at.isoformat() if token.used_at else None,
    }
