"""Callers as the records know them."""

from api.access.auditing import request_id
from api.access.caller import Caller, the_caller
from api.store.actors import Actor


def the_actor() -> Actor:
    """Whoever makes the current request, with the ground on which the case of its address is reached."""
    return actor_of(the_caller())


def actor_of(caller: Caller) -> Actor:
    """A caller as the records know one."""
    return Actor(caller.actor, caller.units, caller.ground, request_id())
