"""What the documentation says of an operation beside its own words: what follows from its route and its guard.

Programs are generated from it, so that it is part of the contract: the name of an operation never changes, and who may
call it is what the guard of the route goes by.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from apispec import APISpec, BasePlugin
from flask import Flask
from werkzeug.routing import Rule

from api.access.declarations import declared
from api.access.permission_table import PUBLIC
from api.access.tokens import BY_PEOPLE_ONLY
from api.web.smorest import ETAG

_SAFE = ("get", "head")
_IF_NONE_MATCH: Mapping[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of an answer before; if nothing has changed since, the answer is 304 without content.",
    "schema": {"type": "string"},
}
_LOCATION: Mapping[str, Any] = {
    "Location": {
        "description": "Where what was made can be read.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    }
}
Operation = dict[str, Any]


class Operations(BasePlugin):
    """Adds to every operation who may call it, and the answers, headers and parameters that all of its kind have."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def init_spec(self, spec: APISpec) -> None:
        super().init_spec(spec)
        self._spec = spec

    def describe_callers(self) -> None:
        """Document how callers show who they are; for an application that has accounts."""
        name = self._app.config["SESSION_COOKIE_NAME"]
        for scheme, described in {
            "key": {
                "type": "http",
                "scheme": "bearer",
                "description": "A key for a program; see `POST /api/v1/account/tokens`.",
            },
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": name,
                "description": "The session of somebody who has logged in with a browser.",
            },
            "page": {
                "type": "apiKey",
                "in": "header",
                "name": "X-CSRF-Token",
                "description": "With a session, whatever changes something: `csrf_token` of `GET /api/v1/account`.",
            },
        }.items():
            self._spec.components.security_scheme(scheme, described)

    def operation_helper(
        self, path: str | None = None, operations: dict[str, Operation] | None = None, **kwargs: Any
    ) -> None:
        """Complete the operations of a route."""
        rule: Rule = kwargs["rule"]
        for method, operation in (operations or {}).items():
            self._complete(operation, method, rule)

    def _complete(self, operation: Operation, method: str, rule: Rule) -> None:
        declaration = declared(self._app, rule.endpoint, method.upper())
        # a guarded application does not start with anything undeclared
        action = declaration.action if declaration else PUBLIC
        operation["security"] = _security(action, method)
        responses = {str(code): response for code, response in operation.get("responses", {}).items()}
        parameters = [*operation.get("parameters", [])]
        for status in _refusals(action, rule, operation):
            responses.setdefault(str(status.value), status.name)
        if "304" in responses:
            parameters.append(_IF_NONE_MATCH)
            _add_headers(responses, "200", ETAG)
            _add_headers(responses, "304", ETAG)
        if any(each.get("name") == "Idempotency-Key" for each in parameters):
            _add_headers(responses, "201", {**ETAG, **_LOCATION})
        if parameters:
            operation["parameters"] = parameters
        operation["responses"] = responses


def _security(action: str, method: str) -> list[dict[str, list[str]]]:
    if action == PUBLIC:
        return []
    session: dict[str, list[str]] = {"session": []} if method in _SAFE else {"session": [], "page": []}
    return [session] if action in BY_PEOPLE_ONLY else [{"key": []}, session]


def _refusals(action: str, rule: Rule, operation: Operation) -> list[HTTPStatus]:
    """What any operation of its kind may be refused with."""
    statuses = []
    if "requestBody" in operation:
        statuses += [HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE]
    if action != PUBLIC:
        statuses += [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN]
    if rule.arguments:
        statuses.append(HTTPStatus.NOT_FOUND)
    return statuses


def _add_headers(responses: dict[str, Any], status: str, headers: Mapping[str, Any]) -> None:
    response = responses.get(status)
    if isinstance(response, dict):
        response["headers"] = {**headers, **response.get("headers", {})}
