"""What of the log is asked for, read from an address."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from api.audit.audit_log import SUGGESTIONS, LogFilter
from instruments.faults import Fault, shown

_KEY = re.compile(r"[0-9a-f]{32}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_LONGEST = 80
#: What an address calls the days; ``from`` is no name in Python.
DAYS = {"from": "since", "to": "until"}
_WORDS = ("account", "action", "kind", "ground", "outcome")
NAMES = (*_WORDS, "case", *DAYS, "suggestion", "before")


def read_filter(given: Mapping[str, str]) -> tuple[LogFilter, int | None, list[Fault]]:
    """Read what is asked for; an empty part asks for all.

    Returns
    -------
    (LogFilter, int or None, list of Fault)
        What can be read, the number that lines come before, and what is wrong with the rest.
    """
    asked = {name: given[name].strip() for name in NAMES if given.get(name, "").strip()}
    faults = list(_faults(asked))
    wrong = {fault.where.removeprefix("?") for fault in faults}
    sound = {name: value for name, value in asked.items() if name not in wrong}
    days = {DAYS[name]: date.fromisoformat(sound[name]) for name in DAYS if name in sound}
    parts = {name: sound[name] for name in (*_WORDS, "case", "suggestion") if name in sound}
    before = int(sound["before"]) if "before" in sound else None
    return LogFilter(**parts, **days), before, faults  # type: ignore[arg-type]  # days and words apart


def address_arguments(wanted: LogFilter) -> dict[str, str]:
    """What is asked for, as it stands in an address."""
    called = {field: name for name, field in DAYS.items()}
    return {called.get(name, name): value for name, value in wanted.as_data().items()}


def _faults(asked: Mapping[str, str]) -> Iterator[Fault]:
    for name, value in asked.items():
        where = f"?{name}"
        if name in DAYS:
            if not _is_day(value):
                yield Fault("impossible-date", where, {"name": name, "value": shown(value)})
        elif name == "before":
            if not _NUMBER.fullmatch(value):
                yield Fault("wrong-type", where, {"name": name, "expected": "whole_number"})
        elif name == "case":
            if not _KEY.fullmatch(value):
                yield Fault("not-a-key", where, {"name": name})
        elif name == "suggestion":
            if value not in SUGGESTIONS:
                yield Fault("not-a-choice", where, {"name": name, "allowed": list(SUGGESTIONS)})
        elif len(value) > _LONGEST or not value.isprintable():
            yield Fault("entry-too-long", where, {"name": name, "most": _LONGEST})
    if (
        {"from", "to"} <= asked.keys()
        and _is_day(asked["from"])
        and _is_day(asked["to"])
        and asked["to"] < asked["from"]
    ):
        yield Fault("days-reversed", "?to")


def _is_day(value: str) -> bool:
    if not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
