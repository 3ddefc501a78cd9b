"""What a route needs its caller to be allowed. A route that does not say it is refused to everyone."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

from api.access.permission_table import PUBLIC, Permissions

View = TypeVar("View", bound=Callable[..., Any] | type)
_MARK = "underlag_declared"
_EXTENSION = "underlag_declared"
#: Flask answers it by itself, with the methods of the route and nothing else.
_AUTOMATIC = "OPTIONS"


class DeclarationError(RuntimeError):
    """Routes without a permission, or with one that the table does not know."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a route declares.

    Parameters
    ----------
    action : str
        An action of the table.
    plain : frozenset of str
        Arguments of the address that name no record of a case. Every other argument must be one of those that
        `api.access.units` finds the case of.
    is_sealed : bool
        Whether the view takes nothing but what this service has sealed, and changes nothing: its forms were made
        before the log-in that they are sent in, and have no mark of it.
    """

    action: str
    plain: frozenset[str] = frozenset()
    is_sealed: bool = False


def allowed(action: str, *, plain: Iterable[str] = (), is_sealed: bool = False) -> Callable[[View], View]:
    """Declare what the caller of a view must be allowed to do.

    Stands beneath the line that makes the route::

        @blueprint.get("/<case_id>")
        @allowed("case:read")
        def show(case_id: str) -> Response: ...

    Parameters
    ----------
    action : str
        An action of the table of permissions; ``public`` is one.
    plain : iterable of str
        Arguments of the address that name no record of a case.
    is_sealed : bool
        See `Declared`.
    """

    def mark(view: View) -> View:
        setattr(view, _MARK, Declared(action, frozenset(plain), is_sealed))
        return view

    return mark


def declare(app: Flask, action: str, *, endpoints: Iterable[str] = (), blueprints: Iterable[str] = ()) -> None:
    """Declare it for routes that are not ours, or for all routes of a blueprint at once.

    What a view declares itself goes before it. Arguments of such routes count as plain.
    """
    given = app.extensions.setdefault(_EXTENSION, {})
    given.update({("endpoint", name): action for name in endpoints})
    given.update({("blueprint", name): action for name in blueprints})


def declared(app: Flask, endpoint: str, method: str) -> Declared | None:
    """What a route declares for a method; None if nothing."""
    rules = list(app.url_map.iter_rules(endpoint))
    if method == _AUTOMATIC and all(getattr(rule, "provide_automatic_options", True) for rule in rules):
        return Declared(PUBLIC)
    view = app.view_functions[endpoint]
    handler = getattr(view, "view_class", None)
    if handler is not None:
        names = ("get" if method == "HEAD" and not hasattr(handler, "head") else method.lower(),)
        for place in (*(getattr(handler, name, None) for name in names), handler):
            if hasattr(place, _MARK):
                return _marked(place)
    if hasattr(view, _MARK):
        return _marked(view)
    given = app.extensions.get(_EXTENSION, {})
    action = given.get(("endpoint", endpoint), given.get(("blueprint", endpoint.rpartition(".")[0])))
    if action is None:
        return None
    return Declared(action, frozenset(name for rule in rules for name in rule.arguments))


def _marked(place: Any) -> Declared:
    mark: Declared = getattr(place, _MARK)
    return mark


def routes(app: Flask) -> Iterator[tuple[str, str, str, Declared | None]]:
    """Yield the endpoint, address, method and declaration of every route."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        for method in sorted(rule.methods or ()):
            if method != _AUTOMATIC:
                yield rule.endpoint, rule.rule, method, declared(app, rule.endpoint, method)


def check_declarations(app: Flask, permissions: Permissions) -> None:
    """Make sure that every route declares an action of the table.

    Raises
    ------
    DeclarationError
        With every route that does not.
    """
    known = permissions.action_names()
    wrong = [
        f"{method} {address} ({declaration.action if declaration else 'nothing declared'})"
        for _, address, method, declaration in routes(app)
        if declaration is None or declaration.action not in known
    ]
    if wrong:
        raise DeclarationError(
            "Put @allowed(ACTION) on these routes, with an action of api/access/permissions: " + "; ".join(wrong)
        )
