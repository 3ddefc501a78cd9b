"""Saving a part of an assessment as it is written, without losing what anybody else has written in the meantime."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort
from sqlalchemy.orm import Session

from api.accounts.caller import the_caller
from api.accounts.users import names_of
from api.pages import names
from api.pages.form_reading import FieldFault
from api.pages.work.forms import Values
from api.pages.work.frame import actor, at_work, library, now, today
from api.pages.work.rating_parts import Part
from api.pages.work.rating_values import AT, Conflict, content_with, merge, values_of
from api.records.drafts import SECOND_RATING, read_draft, save_draft
from api.records.refusals import RuleError, StaleDraftError
from api.store.schema import Draft
from instruments.faults import Fault, InputError, UnknownDefinitionError
from instruments.model import Instrument

_TRIES = 3


@dataclass(frozen=True)
class Saved:
    """What came of saving a part.

    Parameters
    ----------
    stored : dict of str to str
        Every field of the draft as it stands now.
    faults : list of FieldFault
        What could not be kept yet, and why; everything else was.
    conflicts : list of Conflict
        What somebody else has written otherwise since the part was shown; nothing was taken of these.
    other : str
        Who saved last, if that was somebody else.
    """

    draft: Draft
    stored: dict[str, str]
    faults: Sequence[FieldFault]
    conflicts: Sequence[Conflict]
    other: str


def draft_of(session: Session, draft_id: str) -> tuple[Draft, Instrument]:
    """A draft that the caller may write in, and its instrument.

    Raises
    ------
    RuleError
        ``not-asked-to-rate`` for an assessment that is not the caller's to write.
    """
    draft = read_draft(session, now(), actor(), draft_id)
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
    with at_work() as session:
        draft, instrument = draft_of(session, draft_id)
        stored = values_of(draft.content, instrument)
        wanted, conflicts = merge(values, stored, part.fields)
        faults: list[FieldFault] = []
        if wanted:
            content, faults = content_with(draft.content, {**stored, **wanted}, wanted, instrument)
            content["at"] = values.get(AT, "").strip()[:80] or part.id
            draft, found = _kept(session, draft, content, {**stored, **wanted}, wanted, instrument)
            faults = [*faults, *found]
        is_own = draft.saved_by == actor().id  # then somebody saved before, and it is not known who
        other = "" if is_own else names_of(session, [draft.saved_by]).get(draft.saved_by, draft.saved_by)
        return Saved(draft, values_of(draft.content, instrument), faults, conflicts, other)


def _kept(
    session: Session, draft: Draft, content: dict[str, Any], values: Values, wanted: Values, instrument: Instrument
) -> tuple[Draft, list[FieldFault]]:
    """Save all that can be kept: where a field has a fault, everything but that field."""
    try:
        return save_draft(session, now(), actor(), draft.id, draft.version, content, library()), []
    except InputError as error:
        faults = [FieldFault(field_at(each), each) for each in error.faults]
    faulty = {each.field for each in faults}
    rest = [name for name in wanted if name not in faulty]
    before = values_of(draft.content, instrument)
    content, _ = content_with(draft.content, {**before, **{name: values[name] for name in rest}}, rest, instrument)
    return save_draft(session, now(), actor(), draft.id, draft.version, content, library()), faults


def field_at(fault: Fault) -> str:
    """The field of a draft's page that a fault stands at."""
    match fault.where.split("/")[1:]:
        case ["ratings", "items", item, "note" | "reason"]:
            return names.item(item, "note")
        case ["ratings", "items", item, "source"]:
            return names.item(item, "source")
        case ["ratings", "items", item, *_]:
            return names.item(item)
        case steps:
            return ".".join(steps)
