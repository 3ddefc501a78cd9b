"""A signed assessment: item by item beside the one before it, and beside the second rating of the same material."""

from dataclasses import dataclass
from typing import Any

from flask import Response, abort

from api.access.actors import caller_unit
from api.access.declarations import allowed
from api.cases.case_file import CaseFile, open_file
from api.cases.frame import WorkTranslator, blueprint, library, page, translator
from api.cases.kinds import Assessment, SecondRating
from api.cases.ratings.assessments import read_entry
from api.cases.ratings.item_strips import strips_of
from api.cases.ratings.rating_values import TEXTS, item_fields, values_of
from api.store.schema import Entry
from instruments.model import Instrument, Item

KINDS = (Assessment.KIND, SecondRating.KIND)


@dataclass(frozen=True)
class Column:
    """One assessment in the table: whose and when, and its level for every item."""

    entry: Entry
    who: str
    values: dict[str, str]

    def level(self, item: Item, words: WorkTranslator) -> str:
        """The level of an item in words; empty where the instrument has no such item."""
        level = self.values.get(item_fields(item)[0], "")
        is_level = words.knows(f"level.{level}")
        return words.t(f"level.{level}" if is_level else f"blank.{level or 'not_asked'}")


@blueprint.get("/assessments/<assessment_id>")
@allowed("case:read")
def assessment(assessment_id: str) -> Response:
    """Show a signed assessment."""
    with caller_unit() as unit:
        entry = read_entry(unit, assessment_id)
        if entry.kind not in KINDS:
            abort(404)
        case_file = open_file(unit, entry.case_id)
    instrument = library().instruments.find(entry.content["instrument"], on=entry.made_at.date()).content
    words = translator()
    return page(
        "assessment.html",
        case_file=case_file,
        case=case_file.case,
        entry=entry,
        content=entry.content,
        instrument=instrument,
        domains=sorted(instrument.domains, key=lambda domain: domain.kind != "protective"),
        columns=_columns(case_file, entry, instrument),
        strips=strips_of(entry, case_file.entries, library(), words),
        titles={item.id: item.title for item in instrument.items},
        texts=_texts(entry.content),
        words=words,
    )


def _columns(case_file: CaseFile, entry: Entry, instrument: Instrument) -> list[Column]:
    """An assessment, and the other rating of the same material where both are signed."""
    others = [
        each
        for each in case_file.entries
        if each.kind == SecondRating.KIND and each.id != entry.id and each.number > entry.number
    ]
    shown = [entry, *others[:1]]
    return [Column(each, case_file.who(each.made_by), values_of(each.content, instrument)) for each in shown]


def _texts(content: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, content[name]) for name in TEXTS if content.get(name)]
