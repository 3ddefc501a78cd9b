"""A draft as the fields of its pages, and back: what each field holds, and what two people wrote in it at once."""

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from api.cases.forms import Values
from api.cases.frame import WorkTranslator
from api.evaluation.form_reading import FieldFault
from api.web import field_names as names
from api.web.field_names import NOT_ASKED, NOT_FOUND
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
    unfinished = unfinished_in(content)
    values = {name: str(content.get(name) or "") for name in (*TEXTS, *CHOICES)}
    summary = content.get("summary") or {}
    values |= {f"summary.{name}": str(summary.get(name) or "") for name in SUMMARY}
    for item in instrument.items:
        values |= dict(zip(item_fields(item), _item_values(items.get(item.id)), strict=True))
    factors = ratings.get("extra_factors") or []
    for direction in DIRECTIONS:
        known = [each for each in factors if each["direction"] == direction]
        values |= _in_places(extra_fields(direction), known, ("text", "reason"), unfinished)
    critical = ratings.get("critical_items") or []
    values |= _in_places(critical_fields(), critical, ("item", "reason"), unfinished)
    return values | {name: text for name, text in unfinished.items() if name in values}


def unfinished_in(content: Mapping[str, Any]) -> dict[str, str]:
    """What a draft holds that is no complete answer yet, by field."""
    return dict(content.get("unfinished") or {})


def _in_places(
    places: list[tuple[str, str]], known: list[dict[str, str]], parts: tuple[str, str], unfinished: Values
) -> dict[str, str]:
    """Pairs of fields filled in order, past those that hold something unfinished."""
    values = {name: "" for place in places for name in place}
    free = [place for place in places if unfinished.keys().isdisjoint(place)]
    for place, pair in zip(free, known, strict=False):
        values |= {name: pair.get(part, "") for name, part in zip(place, parts, strict=True)}
    return values


def _item_values(given: Any) -> tuple[str, str, str]:
    if given is None or isinstance(given, str):
        return given or "", "", ""
    level = given.get("level") or given.get("missing") or ""
    return level, given.get("reason") or given.get("note") or "", given.get("source") or ""


def content_with(
    content: Mapping[str, Any], values: Values, fields: Iterable[str], instrument: Instrument
) -> tuple[dict[str, Any], list[FieldFault]]:
    """The content of a draft with what was written in some fields.

    What is no complete answer yet is kept as unfinished, and the answer that it belongs to is a blank until it is
    complete.

    Returns
    -------
    (dict, list of FieldFault)
        The content, and what is missing or wrong, by field.
    """
    made, faults = deepcopy(dict(content)), list[FieldFault]()
    written, stored = {name: values.get(name, "") for name in fields}, values_of(content, instrument)
    unfinished = {name: text for name, text in unfinished_in(content).items() if name not in written}
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
            _forget(unfinished, [item_fields(item)])
            fault = _fault_of_item(item, every, instrument)
            if fault is None:
                ratings["items"][item.id] = _item(item, every)
            elif every[item_fields(item)[0]] == NOT_FOUND:
                ratings["items"][item.id] = None
                unfinished |= {name: every[name] for name in item_fields(item) if every[name].strip()}
            if fault is not None:
                faults.append(fault)
    for direction in DIRECTIONS:
        places = extra_fields(direction)
        if any(name in written for place in places for name in place):
            known = ratings.get("extra_factors") or []
            others = [each for each in known if each["direction"] != direction]
            beyond = [each for each in known if each["direction"] == direction][len(places) :]
            complete, problems = _complete(places, every)
            _forget(unfinished, places)
            unfinished |= _incomplete(places, complete, every)
            ratings["extra_factors"] = [
                *others,
                *({"text": text, "direction": direction, "reason": reason} for text, reason in complete.values()),
                *beyond,
            ]
            faults += problems
    if any(name.startswith("critical.") for name in written):
        complete, problems = _complete(critical_fields(), every)
        complete, repeated = _without_repeats(complete)
        _forget(unfinished, critical_fields())
        unfinished |= _incomplete(critical_fields(), complete, every)
        ratings["critical_items"] = [{"item": item, "reason": reason} for item, reason in complete.values()]
        faults += [*problems, *repeated]
    made["ratings"] = ratings
    made["unfinished"] = unfinished
    return made, faults


def faults_in(content: Mapping[str, Any], instrument: Instrument) -> list[FieldFault]:
    """What is missing or wrong in what a draft holds unfinished, by field."""
    unfinished = unfinished_in(content)
    if not unfinished:
        return []
    _, faults = content_with(content, values_of(content, instrument), unfinished, instrument)
    alone = [name for name in unfinished if name in CHOICES]
    return [*faults, *(FieldFault(name, Fault("unfinished-answer", "", {"name": name})) for name in alone)]


def _summary(written: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    summary = {name: written.get(f"summary.{name}", before.get(name) or "") for name in SUMMARY}
    return {
        "reoffending_risk": summary["reoffending_risk"] or None,
        "violence_risk": summary["violence_risk"] or None,
        "reasons": summary["reasons"],
    }


def _forget(unfinished: dict[str, str], groups: Iterable[tuple[str, ...]]) -> None:
    for names_of_group in groups:
        for name in names_of_group:
            unfinished.pop(name, None)


def _fault_of_item(item: Item, values: Values, instrument: Instrument) -> FieldFault | None:
    level, note, _ = (values.get(name, "").strip() for name in item_fields(item))
    if level not in ("", NOT_ASKED, NOT_FOUND, *instrument.levels(item)):
        return FieldFault(item_fields(item)[0], Fault("not-a-choice", "", {"name": item.id, "allowed": []}))
    if level == NOT_FOUND and not note:
        return FieldFault(item_fields(item)[1], Fault("reason-missing", "", {"name": item.id}))
    return None


def _item(item: Item, values: Values) -> Any:
    level, note, source = (values.get(name, "").strip() for name in item_fields(item))
    content: dict[str, Any] = {"source": source} if source else {}
    if level == NOT_FOUND:
        return content | {"missing": NOT_FOUND, "reason": note}
    if note:
        content["note"] = note
    if level not in ("", NOT_ASKED):
        content["level"] = level
    return (content or None) if content.keys() != {"level"} else level


Pair = tuple[str, str]


def _complete(places: list[Pair], values: Values) -> tuple[dict[Pair, Pair], list[FieldFault]]:
    """The pairs of fields that both say something, and a fault for each that only one does."""
    complete, faults = {}, []
    for first, second in places:
        what, why = values.get(first, "").strip(), values.get(second, "").strip()
        if what and why:
            complete[first, second] = (what, why)
        elif what or why:
            faults.append(FieldFault(second if what else first, Fault("text-missing", "", {"name": "reason"})))
    return complete, faults


def _without_repeats(pairs: dict[Pair, Pair]) -> tuple[dict[Pair, Pair], list[FieldFault]]:
    once: dict[Pair, Pair] = {}
    faults = []
    for place, (item, reason) in pairs.items():
        if any(item == other for other, _ in once.values()):
            faults.append(FieldFault(place[0], Fault("repeated-critical-item", "", {"name": item})))
        else:
            once[place] = (item, reason)
    return once, faults


def _incomplete(places: list[Pair], complete: dict[Pair, Pair], values: Values) -> dict[str, str]:
    """What is written in the pairs that are not complete."""
    rest = [name for place in places if place not in complete for name in place]
    return {name: values[name] for name in rest if values.get(name, "").strip()}


@dataclass(frozen=True)
class Conflict:
    """A field that two people have written different things in."""

    field: str
    mine: str
    theirs: str

    def theirs_in_words(self, words: WorkTranslator) -> str:
        """What the other one wrote, as the page says it."""
        if not self.theirs:
            return words.t("work.rate.nothing")
        if self.field.startswith("item.") and self.field.count(".") == 1:
            return words.t(f"level.{self.theirs}" if words.knows(f"level.{self.theirs}") else "page.form.not_found")
        key = f"work.option.level.{self.theirs}"
        return words.t(key).lower() if words.knows(key) else self.theirs


def merge(values: Values, stored: Values, fields: Iterable[str]) -> tuple[dict[str, str], list[Conflict]]:
    """What to save of a form when the draft may have been saved by somebody else since the form was shown.

    A field that only one of the two has changed takes the change. Where both have, nothing is taken: both are told.

    Returns
    -------
    (dict, list of Conflict)
        The fields to save, and those that two people have written different things in.
    """
    shown = read_marks(values.get(SHOWN, ""))
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


def changed_by_others(values: Values, stored: Values, fields: Iterable[str]) -> list[str]:
    """The fields that hold something else than when the form was shown."""
    shown = read_marks(values.get(SHOWN, ""))
    return [name for name in fields if shown.get(name, mark(stored.get(name, ""))) != mark(stored.get(name, ""))]


def _plain(text: str) -> str:
    """What a browser makes of a text is not a change of it; not asked is the same as nothing."""
    return "" if text == NOT_ASKED else text.replace("\r\n", "\n").strip()


def mark(text: str) -> str:
    """A short mark of what a field held."""
    return sha256(_plain(text).encode()).hexdigest()[:8]


def marks(values: Values, fields: Iterable[str]) -> str:
    """The marks of some fields as they are shown, for the form to send back."""
    return json.dumps({name: mark(values.get(name, "")) for name in fields}, separators=(",", ":"))


def read_marks(sent: str) -> dict[str, str]:
    """The marks that a form sends back, by field; none where they cannot be read."""
    try:
        read = json.loads(sent)
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in read.items()} if isinstance(read, dict) else {}
