"""Saving a part of an assessment as it is written, without losing what anybody else has written in the meantime."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort
from sqlalchemy import select

from api.access.actors import caller_unit
from api.access.caller import the_caller
from api.access.users import names_of
from api.cases.forms import Values
from api.cases.frame import library, today
from api.cases.ratings.drafts import SECOND_RATING, read_draft, save_draft
from api.cases.ratings.rating_parts import Part
from api.cases.ratings.rating_values import (
    AT,
    CHOICES,
    Conflict,
    changed_by_others,
    content_with,
    faults_in,
    merge,
    values_of,
)
from api.context.unit import Unit
from api.evaluation.form_reading import FieldFault
from api.store.refusals import RuleError, StaleDraftError
from api.store.schema import Audit, Draft
from api.web import field_names as names
from instruments.faults import Fault, InputError, UnknownDefinitionError
from instruments.model import Instrument

_TRIES = 3
NONE: frozenset[str] = frozenset()
#: More than any way of writing a day.
LONGEST_DAY = 40


@dataclass(frozen=True)
class Saved:
    """What came of saving a part.

    Parameters
    ----------
    stored : dict of str to str
        Every field of the draft as it stands now.
    faults : list of FieldFault
        What is no complete answer yet, and why. It is kept as unfinished, except for `unkept`.
    unkept : frozenset of str
        The fields whose text cannot be kept at all, such as one that is too long; everything else was.
    conflicts : list of Conflict
        What somebody else has written otherwise since the part was shown; nothing was taken of these.
    changed : list of str
        The fields that somebody else has changed since the part was shown.
    other : str
        Who else saved the draft, the last of them; empty where only the caller did, in another window.
    """

    draft: Draft
    stored: dict[str, str]
    faults: Sequence[FieldFault]
    unkept: frozenset[str]
    conflicts: Sequence[Conflict]
    changed: Sequence[str]
    other: str


def draft_of(unit: Unit, draft_id: str) -> tuple[Draft, Instrument]:
    """A draft that the caller may write in, and its instrument.

    Raises
    ------
    RuleError
        ``not-asked-to-rate`` for an assessment that is not the caller's to write.
    """
    draft = read_draft(unit, draft_id)
    if draft.kind != SECOND_RATING and not the_caller().may("assessment:write"):
        raise RuleError("not-asked-to-rate")
    return draft, instrument_of(draft)


def instrument_of(draft: Draft) -> Instrument:
    """The instrument of a draft. One without an instrument is no page's to show."""
    name = draft.content.get("instrument")
    try:
        return library().instruments.find(str(name), on=today()).content
    except UnknownDefinitionError:
        abort(404)


def save_part(draft_id: str, part: Part, values: Values) -> Saved:
    """Save what was written in a part."""
    for _ in range(_TRIES):
        try:
            return _save(draft_id, part, values)
        except StaleDraftError:
            continue  # somebody saved between reading and saving: read again
    return _save(draft_id, part, values)


def _save(draft_id: str, part: Part, values: Values) -> Saved:
    with caller_unit() as unit:
        draft, instrument = draft_of(unit, draft_id)
        stored = values_of(draft.content, instrument)
        wanted, conflicts = merge(values, stored, part.fields)
        faults: list[FieldFault] = []
        unkept: frozenset[str] = frozenset()
        if wanted:
            draft, faults, unkept = _kept(unit, draft, {**stored, **wanted}, wanted, instrument, _place(values, part))
        faulty = {each.field for each in faults}
        before = [each for each in faults_in(draft.content, instrument) if each.field in part.fields]
        return Saved(
            draft,
            values_of(draft.content, instrument),
            [*faults, *(each for each in before if each.field not in faulty)],
            unkept,
            conflicts,
            changed_by_others(values, stored, part.fields),
            _other_writer(unit, draft) if conflicts else "",
        )


def _place(values: Values, part: Part) -> str:
    return values.get(AT, "").strip()[:80] or part.id


def _kept(
    unit: Unit, draft: Draft, values: Values, wanted: Values, instrument: Instrument, at: str
) -> tuple[Draft, list[FieldFault], frozenset[str]]:
    """Save all that can be kept: where a text cannot be kept at all, everything but that field."""
    content, faults = content_with(draft.content, values, wanted, instrument)
    try:
        return (
            save_draft(unit, draft.id, draft.version, {**content, AT: at}),
            faults,
            NONE,
        )
    except InputError as error:
        refused = [FieldFault(field_at(each), each) for each in error.faults]
    unkept = {each.field for each in refused}
    before = values_of(draft.content, instrument)
    rest = [name for name in wanted if name not in unkept]
    content, faults = content_with(draft.content, {**before, **{name: values[name] for name in rest}}, rest, instrument)
    # A day that cannot be read is short and says something to whoever wrote it.
    days = {name: values[name] for name in unkept.intersection(CHOICES) if len(values[name]) <= LONGEST_DAY}
    content |= dict.fromkeys(days)
    content["unfinished"] = {**content["unfinished"], **days}
    draft = save_draft(unit, draft.id, draft.version, {**content, AT: at})
    return draft, [*faults, *refused], frozenset(unkept - days.keys())


def _other_writer(unit: Unit, draft: Draft) -> str:
    """The name of the last colleague who wrote in a draft; empty where nobody but the caller did."""
    wrote = select(Audit.actor).where(Audit.case_id == draft.case_id, Audit.record_id == draft.id)
    wrote = wrote.where(Audit.action == "write", Audit.actor != unit.actor.id, Audit.outcome == "done")
    other = unit.session.scalars(wrote.order_by(Audit.number.desc()).limit(1)).first()
    return names_of(unit.session, [other]).get(other, other) if other is not None else ""


def field_at(fault: Fault) -> str:
    """The field of a draft's page that a fault stands at."""
    match fault.where.split("/")[1:]:
        case ["unfinished", name]:
            return name
        case ["ratings", "items", item, "note" | "reason"]:
            return names.item(item, "note")
        case ["ratings", "items", item, "source"]:
            return names.item(item, "source")
        case ["ratings", "items", item, *_]:
            return names.item(item)
        case steps:
            return ".".join(steps)
