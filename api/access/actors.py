"""Callers as the records know them."""

from contextlib import AbstractContextManager

from api.access.auditing import request_id
from api.access.caller import Caller, the_caller
from api.context.context import current_context
from api.context.unit import Unit
from api.store.actors import Actor


def the_actor() -> Actor:
    """Whoever makes the current request, with the ground on which the case of its address is reached."""
    return actor_of(the_caller())


def caller_unit() -> AbstractContextManager[Unit]:
    """Open a unit of work in the name of whoever makes the current request."""
    return current_context().open_unit(the_actor())


def actor_of(caller: Caller) -> Actor:
    """A caller as the records know one."""
    return Actor(caller.actor, caller.units, caller.ground, request_id(), caller.needs_ground)
