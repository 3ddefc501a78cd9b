"""A draft as the fields of its pages, and back: what each field holds, and what two people wrote in it at once."""

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from api.pages import names
from api.pages.form_reading import FieldFault
from api.pages.names import NOT_ASKED, NOT_FOUND
from api.pages.work.forms import Values
from instruments.faults import Fault
from instruments.model import Instrument, Item
from instruments.ratings import MOST_CRITICAL_ITEMS

#: Parts of the content of a draft that are fields as they are.
TEXTS = (
    "own_view",
    "best_interests",
    "confidence_note",
    "aggravating",
    "helping",
    "acute_safety",
    "completeness_reason",
)
CHOICES = ("agrees", "confidence", "assessed_on", "next_review_on")
SUMMARY = ("reoffending_risk", "violence_risk", "reasons")
DIRECTIONS = ("protective", "risk")
#: How many extra factors of each direction the form has room for.
EXTRA = 2
SHOWN, AT = "shown", "at"


def item_fields(item: Item) -> tuple[str, str, str]:
    """The fields of an item: its level, its note and its source."""
    return names.item(item.id), names.item(item.id, "note"), names.item(item.id, "source")


def extra_fields(direction: str) -> list[tuple[str, str]]:
    """The fields of the extra factors of a direction: text and reason."""
    return [(f"extra.{direction}.{place}.text", f"extra.{direction}.{place}.reason") for place in range(1, EXTRA + 1)]


def critical_fields() -> list[tuple[str, str]]:
    """The fields of the items that weigh heavily: which, and why."""
    return [(f"critical.{place}.item", f"critical.{place}.reason") for place in range(1, MOST_CRITICAL_ITEMS + 1)]


def values_of(content: Mapping[str, Any], instrument: Instrument) -> dict[str, str]:
    """What stands in every field of a draft."""
    ratings = content.get("ratings") or {}
    items = ratings.get("items") or {}
    values = {name: str(content.get(name) or "") for name in (*TEXTS, *CHOICES)}
    summary = content.get("summary") or {}
    values |= {f"summary.{name}": str(summary.get(name) or "") for name in SUMMARY}
    for item in instrument.items:
        values |= dict(zip(item_fields(item), _item_values(items.get(item.id)), strict=True))
    factors = ratings.get("extra_factors") or []
    for direction in DIRECTIONS:
        known = [each for each in factors if each["direction"] == direction]
        for place, (text, reason) in enumerate(extra_fields(direction)):
            found = known[place] if place < len(known) else {}
            values |= {text: found.get("text", ""), reason: found.get("reason", "")}
    critical = ratings.get("critical_items") or []
    for place, (item_name, reason) in enumerate(critical_fields()):
        found = critical[place] if place < len(critical) else {}
        values |= {item_name: found.get("item", ""), reason: found.get("reason", "")}
    return values


def _item_values(given: Any) -> tuple[str, str, str]:
    if given is None or isinstance(given, str):
        return given or "", "", ""
    level = given.get("level") or given.get("missing") or ""
    return level, given.get("reason") or given.get("note") or "", given.get("source") or ""


def content_with(
    content: Mapping[str, Any], values: Values, fields: Iterable[str], instrument: Instrument
) -> tuple[dict[str, Any], list[FieldFault]]:
    """The content of a draft with what was written in some fields; what cannot be kept yet stays as it was.

    Returns
    -------
    (dict, list of FieldFault)
        The content, and what is missing or wrong, by field.
    """
    made, faults = deepcopy(dict(content)), list[FieldFault]()
    written, stored = {name: values.get(name, "") for name in fields}, values_of(content, instrument)
    for name in (*TEXTS, *CHOICES):
        if name in written:
            made[name] = written[name] if name in TEXTS else written[name] or None
    if any(f"summary.{name}" in written for name in SUMMARY):
        made["summary"] = _summary(written, made.get("summary") or {})
    every = {**stored, **written}
    ratings = deepcopy(made.get("ratings") or {"items": {}})
    ratings["instrument"] = instrument.id
    for item in instrument.items:
        if not written.keys().isdisjoint(item_fields(item)):
            given, fault = _item(item, every, instrument)
            if fault is None:
                ratings["items"][item.id] = given
            else:
                faults.append(fault)
    if any(name.startswith("extra.") for name in written):
        ratings["extra_factors"], found = _extra(every)
        faults += found
    if any(name.startswith("critical.") for name in written):
        ratings["critical_items"], found = _critical(every)
        faults += found
    made["ratings"] = ratings
    return made, faults


def _summary(written: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: written.get(f"summary.{name}", before.get(name) or "") for name in SUMMARY}
    return {
        "reoffending_risk": said["reoffending_risk"] or None,
        "violence_risk": said["violence_risk"] or None,
        "reasons": said["reasons"],
    }


def _item(item: Item, values: Values, instrument: Instrument) -> tuple[Any, FieldFault | None]:
    level, note, source = (values.get(name, "").strip() for name in item_fields(item))
    if level in ("", NOT_ASKED):
        level = ""
    elif level not in (*instrument.levels(item), NOT_FOUND):
        return None, FieldFault(item_fields(item)[0], Fault("not-a-choice", "", {"name": item.id, "allowed": []}))
    said: dict[str, Any] = {"source": source} if source else {}
    if level == NOT_FOUND:
        if not note:
            return None, FieldFault(item_fields(item)[1], Fault("reason-missing", "", {"name": item.id}))
        return said | {"missing": NOT_FOUND, "reason": note}, None
    if note:
        said["note"] = note
    if level:
        said["level"] = level
    return (said or None) if said.keys() != {"level"} else level, None


def _extra(values: Values) -> tuple[list[dict[str, str]], list[FieldFault]]:
    kept, faults = [], []
    for direction in DIRECTIONS:
        for text, reason in extra_fields(direction):
            said, why = values.get(text, "").strip(), values.get(reason, "").strip()
            if said and why:
                kept.append({"text": said, "direction": direction, "reason": why})
            elif said or why:
                faults.append(FieldFault(reason if said else text, Fault("text-missing", "", {"name": "reason"})))
    return kept, faults


def _critical(values: Values) -> tuple[list[dict[str, str]], list[FieldFault]]:
    kept: list[dict[str, str]] = []
    faults = []
    for item, reason in critical_fields():
        name, why = values.get(item, "").strip(), values.get(reason, "").strip()
        if name and any(each["item"] == name for each in kept):
            faults.append(FieldFault(item, Fault("repeated-critical-item", "", {"name": name})))
        elif name and why:
            kept.append({"item": name, "reason": why})
        elif name or why:
            faults.append(FieldFault(reason if name else item, Fault("text-missing", "", {"name": "reason"})))
    return kept, faults


@dataclass(frozen=True)
class Conflict:
    """A field that two people have written different things in."""

    field: str
    mine: str
    theirs: str


def merge(values: Values, stored: Values, fields: Iterable[str]) -> tuple[dict[str, str], list[Conflict]]:
    """What to save of a form when the draft may have been saved by somebody else since the form was shown.

    A field that only one of the two has changed takes the change. Where both have, nothing is taken: both are told.

    Returns
    -------
    (dict, list of Conflict)
        The fields to save, and those that two people have written different things in.
    """
    shown = _shown(values.get(SHOWN, ""))
    wanted: dict[str, str] = {}
    conflicts = []
    for name in fields:
        mine, theirs = _plain(values.get(name, "")), _plain(stored.get(name, ""))
        base = shown.get(name, mark(theirs))
        if mine == theirs or mark(mine) == base:
            continue
        if mark(theirs) == base:
            wanted[name] = mine
        else:
            conflicts.append(Conflict(name, mine, theirs))
    return wanted, conflicts


def _plain(text: str) -> str:
    """What a browser makes of a text is not a change of it; not asked is the same as nothing."""
    return "" if text == NOT_ASKED else text.replace("\r\n", "\n").strip()


def mark(text: str) -> str:
    """A short mark of what a field held."""
    return sha256(_plain(text).encode()).hexdigest()[:8]


def marks(values: Values, fields: Iterable[str]) -> str:
    """The marks of some fields as they are shown, for the form to send back."""
    return json.dumps({name: mark(values.get(name, "")) for name in fields}, separators=(",", ":"))


def _shown(sent: str) -> dict[str, str]:
    try:
        read = json.loads(sent)
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in read.items()} if isinstance(read, dict) else {}
