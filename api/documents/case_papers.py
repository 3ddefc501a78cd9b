"""What the documents for professionals say: a signed assessment, and the recommendation of a stored screening."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from api.access.users import names_of
from api.cases.journal import entries, latest
from api.cases.ratings.assessments import read_entry
from api.cases.ratings.blind_rating import seen_by
from api.cases.ratings.draft_content import read_rated
from api.cases.ratings.item_strips import Earlier, earlier_among, filled_steps
from api.cases.reviews.applicable_result import Reviewed, results_among
from api.cases.screenings.rules import best_before_of, explanation_of
from api.context.context import Context
from api.context.unit import Unit
from api.disclosure.seen_entries import marked_hidden
from api.documents.document import ENTRY_KINDS
from api.settings.clock import ZONE
from api.store.audit_chain import record_event, seal_of
from api.store.refusals import NotFoundError
from api.store.schema import Case, Entry, SecrecyUnit
from instruments.messages import in_both_languages
from instruments.model import Instrument, Item
from instruments.ratings import BLANK, Ratings
from screening.library import Library

Data = dict[str, Any]
#: What an assessment says in words of its own, in the order of the page.
WRITTEN = (
    "own_view",
    "best_interests",
    "helping",
    "aggravating",
    "acute_safety",
    "confidence_note",
    "completeness_reason",
)


@dataclass(frozen=True)
class Paper:
    """What a document says, and whether any of it is kept from guardians."""

    data: Data
    is_hidden_from_guardians: bool = field(default=False)


def make_paper(unit: Unit, case_id: str, kind: str, entry_id: str | None, context: Context) -> Paper:
    """What a document for professionals says; the export is recorded in the audit log.

    Parameters
    ----------
    kind : {"assessment", "recommendation"}
    entry_id : str or None
        The assessment or screening; the latest one where none is named.

    Raises
    ------
    NotFoundError
        If the case has none of the kind.
    ForbiddenError
        ``blind-until-both-signed``.
    """
    entry = _chosen(unit, case_id, ENTRY_KINDS[kind], entry_id)
    record_event(unit.session, unit.event("export", f"{kind}_document", case=case_id, record=entry.id))
    recorded = entries(unit.session, case_id)
    hidden = marked_hidden(recorded)
    shown = seen_by(unit.session, case_id, recorded, unit.actor.id)
    assessment = entry if kind == "assessment" else next((each for each in shown if each.id == entry.subject_id), None)
    earlier = earlier_among(shown, assessment, unit.library) if assessment else None
    if kind == "assessment":
        says = _assessment(unit.session, entry, earlier, unit.library)
    else:
        says = _recommendation(unit.session, entry, shown, earlier, context)
    about = [each for each in shown if each.subject_id == entry.id]
    data = {
        **head_of(unit.session, case_id),
        "signed_by": name_of(unit.session, entry.made_by),
        "signed_at": moment(entry.made_at),
        "seal": seal_of(entry),
        **says,
        "earlier": {"day": earlier.day, "is_other_version": earlier.is_other_version} if earlier else None,
        "corrections": [
            {
                "kind": each.kind,
                "made_on": moment(each.made_at)[:10],
                "text": each.content["text"],
                "ground": each.content.get("ground"),
                "stated_by": each.content.get("stated_by"),
            }
            for each in about
            if each.kind in ("correction", "counter_statement")
        ],
    }
    return Paper(data, entry.id in hidden)


def _chosen(unit: Unit, case_id: str, kinds: tuple[str, ...], entry_id: str | None) -> Entry:
    if entry_id is None:
        newest = latest(unit.session, case_id, kinds[0])
        if newest is None:
            raise NotFoundError
        entry_id = newest.id
    entry = read_entry(unit, entry_id)
    if entry.case_id != case_id or entry.kind not in kinds:
        raise NotFoundError
    return entry


def head_of(session: Session, case_id: str) -> Data:
    """What stands at the top of every document: the municipality's reference, and the unit."""
    case = session.get_one(Case, case_id)
    return {"reference": case.reference, "unit": session.get_one(SecrecyUnit, case.unit_id).name}


def name_of(session: Session, account: str) -> str:
    """The name of whoever made an entry; the key where it is no account, as for what was brought in."""
    return names_of(session, [account]).get(account, account)


def moment(at: datetime) -> str:
    """A moment by the clock on the wall, to the minute."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def _assessment(session: Session, entry: Entry, earlier: Earlier | None, library: Library) -> Data:
    content: Mapping[str, Any] = entry.content
    on = date.fromisoformat(content["assessed_on"])
    ratings, reference = read_rated(content["instrument"], content["ratings"], on, library)
    definition = library.instruments.find(reference, on=on)
    instrument = definition.content
    newest = latest(session, entry.case_id, "assessment") if entry.kind == "assessment" else entry
    return {
        "is_second_rating": entry.kind == "second_rating",
        "is_replaced": newest is not None and newest.id != entry.id,
        "assessed_on": content["assessed_on"],
        "role": content["role"],
        "instrument": {
            "title": in_both_languages(instrument.title),
            "reference": definition.reference,
            "sha256": definition.sha256,
        },
        "summary": content["summary"],
        "before_counts": content["summary_before_counts"],
        "confidence": content["confidence"],
        "agrees": content["agrees"],
        "next_review_on": content["next_review_on"],
        "written": {name: content[name] for name in WRITTEN if content[name]},
        "domains": list(_rated(instrument, ratings, earlier)),
        "critical_items": [
            {"title": in_both_languages(instrument.item(each.item).title), "reason": each.reason}
            for each in ratings.critical_items
        ],
        "extra_factors": [
            {"text": each.text, "direction": each.direction, "reason": each.reason} for each in ratings.extra_factors
        ],
    }


def _recommendation(
    session: Session, entry: Entry, shown: Sequence[Entry], earlier: Earlier | None, context: Context
) -> Data:
    explanation = explanation_of(entry, context.library)
    rendered = context.in_words(explanation)
    newest = latest(session, entry.case_id, "screening")
    ratings, instrument = explanation.intake.ratings, explanation.bound.rules.instrument
    bearing: Sequence[Any] = shown
    reviewed = results_among(bearing)[entry.id]
    result = reviewed.result
    return {
        "is_replaced": newest is not None and newest.id != entry.id,
        "result": {"state": result.state.value, "is_reviewed": result.is_reviewed, "applies": result.applies},
        "explanation": rendered,
        "best_before": best_before_of(entry, explanation, context.library),
        "domain_titles": {domain.id: in_both_languages(domain.title) for domain in instrument.domains},
        "domains": list(_rated(instrument, ratings, earlier)) if ratings else [],
        "review": _review(session, reviewed),
    }


def _review(session: Session, reviewed: Reviewed[Any]) -> Data | None:
    review, second = reviewed.review, reviewed.second
    if review is None:
        return None
    return {
        "verdict": review.content["verdict"],
        "deviation": review.content["deviation"],
        "reasons": review.content["reasons"],
        "signed_by": name_of(session, review.made_by),
        "signed_at": moment(review.made_at),
        "screening_sha256": review.content["screening_sha256"],
        "needs_second_person": review.content["needs_second_person"],
        "second": None
        if second is None
        else {
            "kind": second.kind,
            "signed_by": name_of(session, second.made_by),
            "signed_at": moment(second.made_at),
            "text": second.content.get("reasons") or second.content.get("note"),
        },
    }


def _rated(instrument: Instrument, ratings: Ratings, earlier: Earlier | None) -> Iterator[Data]:
    """Yield every domain with its items as they were rated, strengths first; nothing is counted."""
    for domain in sorted(instrument.domains, key=lambda domain: domain.kind != "protective"):
        rows = []
        for item in instrument.items_of(domain.id):
            code, levels = ratings.codes[instrument.positions[item.id]], instrument.levels(item)
            level = levels[code] if code != BLANK else None
            answer = _answer(item, levels, level or ratings.blanks[item.id].value)
            was = earlier.value_of(item) if earlier else None
            before = _answer(item, levels, was) if was is not None else None
            rows.append(
                {
                    "id": item.id,
                    "title": in_both_languages(item.title),
                    **answer,
                    "before": before if before != answer else None,
                    "is_compared": before is not None,
                    "note": ratings.notes.get(item.id) or ratings.reasons.get(item.id),
                    "source": ratings.sources.get(item.id),
                }
            )
        yield {"title": in_both_languages(domain.title), "kind": domain.kind, "items": rows}


def _answer(item: Item, levels: Sequence[str], value: str) -> Data:
    """A level, or why there is none, with its strip."""
    level = value if value in levels else None
    filled, steps = filled_steps(item, levels, level)
    return {"level": level, "filled": filled, "steps": steps, "blank": None if level else value}
