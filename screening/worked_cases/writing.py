"""Writes cases that are missing in the form of a file of cases, ready to be filled in."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from instruments.messages import Catalogue, Message
from screening.library import BoundGuidance
from screening.worked_cases.coverage import NOTHING_RECORDED, UnfilledCase
from screening.worked_cases.goals import say_goal

_PLAIN = re.compile(r"[a-z][a-z0-9_]*")
_NOT_TEXT = ("null", "true", "false")


def write_cases(
    made: Sequence[UnfilledCase], bound: BoundGuidance, guidance: str, catalogue: Catalogue, language: str
) -> str:
    """Write cases, with everything that is expected of them left empty.

    Parameters
    ----------
    guidance : str
        The name under which the cases know the guidance.
    catalogue : Catalogue
        The sentences of the cases, with the labels of the guidance.

    Returns
    -------
    str
        The text of a file. Its cases stand on the bases of the files that they were made from, unless nothing was
        recorded in what they were made from: that base is written first.
    """

    def say(key: str, **parameters: object) -> str:
        return catalogue.render(Message(f"cases.{key}", parameters), language)

    lines = [f"# {line}" for line in say("head", guidance=guidance).splitlines()]
    bases = {each.base.name: each.base for each in made}
    if NOTHING_RECORDED in bases:
        base = bases[NOTHING_RECORDED]
        lines += [f"guidance: {guidance}", "bases:", f"  {base.name}:", f"    why: {_flow(base.why)}"]
        lines += [f"    on: {base.on}", "    facts: {}", f"    expect: {_flow({'outcome': None})}"]
    lines.append("cases:")
    for each in made:
        told = list(
            dict.fromkeys(say_goal(goal, bound.rules, catalogue, language, tells_truth=False) for goal in each.goals)
        )
        lines += _case(each, told[0], say("why", goals="; ".join(told)))
    return "\n".join(lines) + "\n"


def _case(made: UnfilledCase, name: str, why: str) -> Iterator[str]:
    yield f"  - name: {_flow(name)}"
    yield f"    why: {_flow(why)}"
    yield f"    from: {_flow(made.base.name)}"
    if made.edit.on is not None:
        yield f"    on: {made.edit.on}"
    for key, told in (("facts", made.edit.facts), ("ratings", made.edit.ratings)):
        if told:
            yield f"    {key}: {_flow(told, blank='null')}"
    yield f"    expect: {_flow({key: value for key, value in made.expect.items() if value != {}})}"


def _flow(value: Any, blank: str = "") -> str:
    """A value on one line; what is to be filled in is empty."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(part, blank)}" for key, part in value.items()) + "}"
    if value is None:
        return blank
    if isinstance(value, int | date):
        return str(value)
    return value if _PLAIN.fullmatch(value) and value not in _NOT_TEXT else json.dumps(value, ensure_ascii=False)
