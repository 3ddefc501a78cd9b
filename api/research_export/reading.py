"""From the journals of a unit to what an export may hold of them. Nothing that is written freely is read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.reach import cases_of
from api.cases.ratings.blind_rating import REQUESTED, DoubleRating, paired, unseen_by
from api.cases.reviews.applicable_result import NOT_STATED, results_among
from api.disclosure.seen_entries import marked_hidden
from api.policies.research_export import ExportPolicy
from api.research_export.rows import FollowUp, Person, RatingRow
from api.settings.clock import ZONE
from api.store.schema import Case, Entry, Monitoring
from instruments.ratings import BlankKind, read_ratings
from screening.fact_reading import completed_years
from screening.library import Library

_LEVELS = {"reoffending_risk", "violence_risk"}
#: The kinds that something is read of, with the parts of their content that are.
_PARTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("assessment", "second_rating"),
        ("assessed_on", "instrument", "ratings", "summary", "summary_before_counts", "confidence", "agrees"),
    ),
    "second_rating_requested": ("rater",),
    "second_rating_withdrawn": (),
    "screening": ("facts", "guidance", "outcome", "covered"),
    "review": ("verdict", "deviation", "applies", "needs_second_person"),
    "outcome_after_ending": ("months_after_ending", "new_reports"),
    "participation_ended": ("reason",),
}
_NOT_FOUND = "saknas"
_ROWS_AT_A_TIME = 2_000


@dataclass
class LeftOut:
    """Whom and what an export leaves out before anybody is described.

    Parameters
    ----------
    withdrawn : int
        Cases with a consent that is withdrawn.
    unsigned_pairs : int
        Double ratings that one of the two has not signed: they are blind until then.
    hidden : int
        Assessments that may not be shown to guardians, and go nowhere else either.
    """

    withdrawn: int = 0
    unsigned_pairs: int = 0
    hidden: int = 0


@dataclass
class _CaseRows:
    case: str
    unit: str
    person: str
    birth_date: date | None
    sex: str
    rows: list[tuple[datetime, RatingRow]] = field(default_factory=list)


def read_persons(
    session: Session, units: frozenset[str], library: Library, policy: ExportPolicy
) -> tuple[list[Person], LeftOut]:
    """Everybody with a signed assessment in some units.

    Cases of the same person are brought together within a unit only: that there is one in another is itself secret.

    Returns
    -------
    list of Person, LeftOut
        The persons, and what was left out.
    """
    cases = _cases(session, units)
    left_out = LeftOut()
    persons: dict[str, list[_CaseRows]] = {}
    for case_id, journal in groupby(_journals(session, cases_of(units)), key=lambda entry: entry.case_id):
        about = cases[case_id]
        about.rows = _ratings(list(journal), library, policy, left_out)
        if about.rows:
            persons.setdefault(about.person, []).append(about)
    return [_person(key, rows) for key, rows in persons.items()], left_out


def read_double_ratings(
    session: Session, units: frozenset[str], library: Library, policy: ExportPolicy
) -> tuple[list[DoubleRating], list[tuple[RatingRow, RatingRow]]]:
    """The double ratings of some units, and those that both have signed as far as an export may hold them.

    Returns
    -------
    list of DoubleRating, list of (RatingRow, RatingRow)
        All that were asked for; and the first and second ratings.
    """
    asked = select(Entry.case_id).where(Entry.kind == REQUESTED, Entry.case_id.in_(cases_of(units)))
    pairs: list[DoubleRating] = []
    both: list[tuple[RatingRow, RatingRow]] = []
    for _, each in groupby(_journals(session, asked), key=lambda entry: entry.case_id):
        journal = list(each)
        pairs += paired(journal)
        rows = [row for _, row in _ratings(journal, library, policy, LeftOut())]
        firsts = {row.entry: row for row in rows if row.entry == row.occasion}
        both += [(firsts[row.occasion], row) for row in rows if row.entry != row.occasion and row.occasion in firsts]
    return pairs, both


def _person(key: str, cases: Sequence[_CaseRows]) -> Person:
    rows = [row for _, row in sorted((each for case in cases for each in case.rows), key=lambda each: each[0])]
    first = cases[0]
    age = completed_years(first.birth_date, rows[0].rated_on) if first.birth_date is not None else None
    sex = next((case.sex for case in cases if case.sex), "")
    return Person(key, first.unit, age, sex, tuple(rows), tuple(case.case for case in cases))


def _cases(session: Session, units: frozenset[str]) -> dict[str, _CaseRows]:
    chosen = (
        select(Case.id, Case.unit_id, Case.identity_digest, Case.birth_date, Monitoring.registered_sex)
        .outerjoin(Monitoring, Monitoring.case_id == Case.id)
        .where(Case.id.in_(cases_of(units)))
    )
    return {
        case: _CaseRows(case, unit, f"{unit} {identity}" if identity else case, birth_date, sex or "")
        for case, unit, identity, birth_date, sex in session.execute(chosen)
    }


def _journals(session: Session, cases: Any) -> Iterator[Entry]:
    """Every entry of the cases of a query, as far as it is read; they belong to no session."""
    names = sorted({name for parts in _PARTS.values() for name in parts} - {"covered"})
    columns = [Entry.content[name].as_json() for name in names]
    chosen = (
        select(
            Entry.id,
            Entry.case_id,
            Entry.number,
            Entry.kind,
            Entry.made_by,
            Entry.made_at,
            Entry.subject_id,
            Entry.supersedes_id,
            Entry.hidden_from_guardians,
            Entry.content["covered"]["definitions"].as_json(),
            *columns,
        )
        .where(Entry.case_id.in_(cases))
        .order_by(Entry.case_id, Entry.number)
        .execution_options(yield_per=_ROWS_AT_A_TIME)
    )
    fixed = ("id", "case_id", "number", "kind", "made_by", "made_at", "subject_id", "supersedes_id")
    for row in session.execute(chosen):
        *about, hidden, definitions = row[: len(fixed) + 2]
        given = {**dict(zip(names, row[len(fixed) + 2 :], strict=True)), "covered": {"definitions": definitions}}
        made = dict(zip(fixed, about, strict=True))
        content = {name: given[name] for name in _PARTS.get(made["kind"], ())}
        yield Entry(**made, hidden_from_guardians=hidden, content=content, salt="")


def _ratings(
    journal: Sequence[Entry], library: Library, policy: ExportPolicy, left_out: LeftOut
) -> list[tuple[datetime, RatingRow]]:
    signed = [entry for entry in journal if entry.kind in ("assessment", "second_rating")]
    if not signed:
        return []
    if policy.after_withdrawn_consent == "left_out" and _is_withdrawn(journal):
        left_out.withdrawn += 1
        return []
    hidden = marked_hidden(journal)
    occasions = {entry.id: entry.id for entry in signed if entry.kind == "assessment"}
    for pair in paired(journal):
        if pair.is_open:
            left_out.unsigned_pairs += 1
            hidden |= unseen_by(pair.rater, journal) | {entry.id for entry in (pair.second,) if entry is not None}
        elif pair.first is not None and pair.second is not None:
            occasions[pair.second.id] = pair.first.id
    left_out.hidden += sum(entry.hidden_from_guardians for entry in signed)
    shown = [entry for entry in journal if entry.id not in hidden]
    rows = []
    for entry in signed:
        occasion = occasions.get(entry.id)
        if entry.id in hidden or occasion is None or occasion in hidden:
            continue
        row = _row(entry, occasion, library)
        came = {**_decided(occasion, shown), **_worked(entry, shown)}
        guidance, follow_ups = came.pop("guidance", ""), _follow_ups(entry, shown)
        answers = {**row.answers, **came}
        rows.append((entry.made_at, replace(row, guidance=guidance, answers=answers, follow_ups=follow_ups)))
    return rows


def _is_withdrawn(journal: Sequence[Entry]) -> bool:
    consents = [entry for entry in journal if entry.kind == "consent"]
    replaced = {entry.supersedes_id for entry in consents}
    standing = {entry.id for entry in consents if entry.id not in replaced}
    return any(entry.kind == "consent_withdrawn" and entry.subject_id in standing for entry in journal)


def _row(entry: Entry, occasion: str, library: Library) -> RatingRow:
    content = entry.content
    rated_on = date.fromisoformat(content["assessed_on"])
    instrument = library.instruments.find(content["instrument"], on=rated_on).content
    ratings = read_ratings(content["ratings"], instrument)
    items = {}
    for item, code in zip(instrument.items, ratings.codes, strict=True):
        is_sought = ratings.blanks.get(item.id) is BlankKind.NOT_FOUND
        items[item.id] = instrument.levels(item)[code] if code >= 0 else _NOT_FOUND if is_sought else ""
    before = content["summary_before_counts"] or {}
    answers = {name: content["summary"].get(name) or "" for name in _LEVELS}
    answers |= {"before_counts": before.get("reoffending_risk") or "", "confidence": content["confidence"]}
    answers["agrees"] = content["agrees"]
    reference = f"{instrument.id}@{instrument.version}"
    return RatingRow(entry.id, occasion, entry.made_by, reference, rated_on, items, "", answers, case=entry.case_id)


def _decided(assessment: str, shown: Sequence[Entry]) -> dict[str, str]:
    """What the last screening of an assessment recommends, as it applies and as it was computed, and its review."""
    results = [each for each in results_among(shown).values() if each.screening.subject_id == assessment]
    if not results:
        return {}
    screening, result, review = results[-1].screening, results[-1].result, results[-1].review
    name, definitions = screening.content["guidance"], screening.content["covered"]["definitions"]
    plain = name.partition("@")[0]
    guidance = next((each for each in definitions if each.partition("@")[0] == plain), name)
    columns = {"guidance": guidance, "applies": result.applies or NOT_STATED, "recommendation": result.computed}
    if review is not None:
        columns |= {"review": result.state.value, "deviation": review.content["deviation"] or ""}
    return columns


def _worked(entry: Entry, shown: Sequence[Entry]) -> dict[str, str]:
    """Whether the work began, and why it ended where that was after the rating."""
    endings = _endings(entry, shown)
    columns = {"started": "yes" if any(each.kind == "participation_started" for each in shown) else "no"}
    return columns | ({"ending": endings[0].content["reason"]} if endings else {})


def _follow_ups(entry: Entry, shown: Sequence[Entry]) -> tuple[FollowUp, ...]:
    """How it went. A rating that was made after the ending foretells nothing, and is told no outcome."""
    endings = _endings(entry, shown)
    return tuple(
        FollowUp(each.made_at.astimezone(ZONE).date(), each.content["months_after_ending"], each.content["new_reports"])
        for each in shown
        if endings and each.kind == "outcome_after_ending" and each.number > endings[0].number
    )


def _endings(entry: Entry, shown: Sequence[Entry]) -> list[Entry]:
    return [each for each in shown if each.kind == "participation_ended" and each.number > entry.number]
