"""What the documents for the young person and guardians say: feedback on what was weighed, and forms for consent.

What of the case a sheet may rest on is not decided here: `api.disclosure.readers` says what its reader sees.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from api.cases.age import is_under_age
from api.cases.consents.rules import guardians_of
from api.cases.experience.rules import RESPONDENTS
from api.cases.journal import entries, open_case
from api.cases.ratings.blind_rating import seen_by
from api.cases.ratings.draft_content import read_rated
from api.cases.reviews.applicable_result import ApplicableResult, ReviewState, results_among
from api.cases.screenings.rules import explanation_of
from api.context.unit import Unit
from api.disclosure.knowledge import consent_texts, feedback_texts
from api.disclosure.readers import Reader, find_reader
from api.disclosure.seen_entries import SeenEntry, Words, entries_seen, parts_shown
from api.documents.case_papers import Data, Paper, head_of, moment, name_of
from api.store.audit_chain import record_event
from api.store.refusals import NotFoundError, RuleError
from api.store.schema import Case, Entry
from api.store.transactions import record_refusals_as
from instruments.messages import in_both_languages, in_languages
from instruments.ratings import BLANK, BlankKind
from screening.library import Library

#: Levels that speak for support, the one that weighs most first.
_NEEDS = ("high", "moderate")


@dataclass(frozen=True)
class Sheet:
    """What a feedback sheet can be made of.

    Parameters
    ----------
    assessment, screening : SeenEntry or None
        The last assessment that the reader sees, and the last screening of it.
    result : ApplicableResult or None
        What applies of that screening.
    """

    reader: Reader
    assessment: SeenEntry | None
    screening: SeenEntry | None
    result: ApplicableResult | None

    @property
    def stops_on(self) -> str | None:
        """Why no sheet leaves: ``nothing-to-tell``, or ``not-reviewed`` while a recommendation is; None if it may."""
        if self.assessment is None:
            return "nothing-to-tell"
        return "not-reviewed" if self.result is not None and not self.result.is_reviewed else None


def read_sheet(unit: Unit, case_id: str, reader: Reader) -> Sheet:
    """What the sheet of a reader can be made of now. Nothing is recorded: it is not given to anybody."""
    recorded = entries(unit.session, case_id)
    for_maker = {entry.id for entry in seen_by(unit.session, case_id, recorded, unit.actor.id)}
    seen = entries_seen(recorded, reader, unit.library, only=for_maker)
    assessment = next((each for each in reversed(seen) if each.kind == "assessment"), None)
    screening = next(
        (
            each
            for each in reversed(seen)
            if assessment is not None and each.kind == "screening" and each.recorded.subject_id == assessment.id
        ),
        None,
    )
    shown: list[Any] = [each.recorded for each in seen]
    results = results_among(shown)
    return Sheet(reader, assessment, screening, results[screening.id].result if screening else None)


def make_feedback(unit: Unit, case_id: str, code: str, language: str) -> Paper:
    """What the feedback sheet of one reader says; the export, or its refusal, is recorded in the audit log.

    Parameters
    ----------
    code : str
        Of the young person or a guardian; see `api.disclosure.readers`.
    language : str
        A further language that it says what it can in, beside Swedish and English.

    Raises
    ------
    NotFoundError
        For a reader that the case does not have.
    RuleError
        ``nothing-to-tell`` where there is no signed assessment that this reader may see, ``not-reviewed`` while the
        recommendation is not reviewed, ``guardian-of-adult`` or ``age-not-known``.
    """
    did = {"case": case_id, "record": case_id}
    with record_refusals_as(unit.event("export", "feedback_document", **did, outcome="refused")):
        case = open_case(unit, case_id, action="export")
        reader = find_reader(case, entries(unit.session, case_id), code, unit.now.date(), unit.library)
        sheet = read_sheet(unit, case_id, reader)
        if sheet.stops_on is not None:
            raise RuleError(sheet.stops_on)
    assert sheet.assessment is not None  # noqa: S101 -- nothing stops on it
    record_event(
        unit.session,
        unit.event("export", "feedback_document", case=case_id, record=sheet.assessment.id),
    )
    texts, made, words = feedback_texts(), sheet.assessment.recorded, partial(in_languages, language=language)
    is_own = not reader.is_guardian
    return Paper(
        {
            **head_of(unit.session, case_id),
            "reader": reader.kind,
            "texts": texts.reference,
            "signed_by": name_of(unit.session, made.made_by),
            "signed_at": moment(made.made_at),
            **weighed(made, reader, unit.library, words),
            **(_in_own_words(sheet.assessment) if is_own else {}),
            "recommendation": _recommendation(sheet, unit.library, words),
            "parts": [
                {
                    "title": words(part.title),
                    "text": words(part.youth if is_own else part.guardian),
                    "source": texts.cited(part.source).title,
                }
                for part in texts.parts
            ],
        }
    )


def _in_own_words(assessment: SeenEntry) -> Data:
    content = assessment.content
    return {
        "own_view": content["own_view"],
        "agrees": content["agrees"],
        "helping": content["helping"],
        "summary": {name: content["summary"][name] for name in ("reoffending_risk", "reasons")},
    }


def weighed(assessment: Entry, reader: Reader, library: Library, words: Words = in_both_languages) -> Data:
    """What holds, what support is about now, what lies behind and what is not known, by the titles of the items.

    Support is about what can change. What has been is told as what has been, whatever its level.
    """
    content = assessment.content
    on = date.fromisoformat(content["assessed_on"])
    ratings, reference = read_rated(content["instrument"], content["ratings"], on, library)
    instrument = library.instruments.find(reference, on=on).content
    strengths: list[Data] = []
    needs: dict[str, list[Data]] = {level: [] for level in _NEEDS}
    behind: list[Data] = []
    blanks: dict[BlankKind, list[Data]] = {BlankKind.NOT_FOUND: [], BlankKind.NOT_ASKED: []}
    for item in instrument.items:
        if not reader.may_be_told_of(item.id):
            continue
        code, title = ratings.codes[instrument.positions[item.id]], words(item.title)
        if code == BLANK:
            blanks[ratings.blanks[item.id]].append(title)
        elif (level := instrument.levels(item)[code]) == "present":
            strengths.append(title)
        elif level in needs:
            (needs[level] if item.dynamic else behind).append(title)
    return {
        "assessed_on": content["assessed_on"],
        "strengths": strengths,
        "needs": needs,
        "behind": behind,
        "not_found": blanks[BlankKind.NOT_FOUND],
        "not_asked": blanks[BlankKind.NOT_ASKED],
    }


def _recommendation(sheet: Sheet, library: Library, words: Words) -> Data | None:
    """What is told of the recommendation: the result that applies, and the comparison where that is its result."""
    if sheet.screening is None or sheet.result is None:
        return None
    parts = parts_shown(explanation_of(sheet.screening.recorded, library), sheet.reader, words)
    return {
        "guidance": parts["guidance_title"],
        "on": sheet.screening.content["reference_date"],
        "outcome": sheet.result.applies,
        "is_other_than_computed": sheet.result.state is ReviewState.DEVIATES,
        "criteria": [] if sheet.result.state is ReviewState.DEVIATES else parts["criteria"],
        "questions": [question["title"] for question in parts["questions"]],
    }


def make_consent_form(unit: Unit, case_id: str, recipient: str, language: str) -> Paper:
    """What a consent form towards one recipient says; the export is recorded in the audit log.

    Parameters
    ----------
    language : str
        As for `make_feedback`.

    Raises
    ------
    NotFoundError
        For a recipient that does not exist.
    """
    today = unit.now.date()
    rules = unit.library.consent_rules(today)
    case = open_case(unit, case_id, action="export")
    asked = next((each for each in rules.recipients if each.id == recipient), None)
    if asked is None:
        raise NotFoundError
    record_event(unit.session, unit.event("export", "consent_document", case=case_id, record=case_id))
    texts, words = consent_texts(), partial(in_languages, language=language)
    towards = texts.towards(asked)
    return Paper(
        {
            **head_of(unit.session, case_id),
            "texts": texts.reference,
            "recipient": words(asked.label),
            "why": words(towards.why),
            "we_tell": words(towards.we_tell),
            "they_tell": words(towards.they_tell),
            "never_told": words(texts.never_told),
            "longest_months": texts.longest_months,
            "parts": [
                {
                    "title": words(part.title),
                    "text": {each: text.format(months=texts.longest_months) for each, text in words(part.text).items()},
                    "source": texts.cited(part.source).title,
                }
                for part in texts.parts
            ],
            "signers": list(_signers(unit.session, case, today, unit.library)),
        }
    )


def make_experience_form(unit: Unit, case_id: str, respondent: str, language: str) -> Paper:
    """What the paper with the questions on the work says; the export is recorded in the audit log.

    Parameters
    ----------
    language : str
        As for `make_feedback`.

    Raises
    ------
    NotFoundError
        For somebody else than the young person or a guardian.
    """
    if respondent not in RESPONDENTS:
        raise NotFoundError
    asked, words = unit.library.experience_form(unit.now.date()), partial(in_languages, language=language)
    open_case(unit, case_id, action="export")
    record_event(unit.session, unit.event("export", "experience_document", case=case_id, record=case_id))
    return Paper(
        {
            **head_of(unit.session, case_id),
            "texts": asked.reference,
            "respondent": respondent,
            "title": words(asked.title),
            "lead": words(asked.lead.to(respondent)),
            "answers": [words(label) for label in asked.labels.values()],
            "questions": [words(question.to(respondent)) for question in asked.questions],
            "words": words(asked.words.to(respondent)),
        }
    )


def _signers(session: Session, case: Case, today: date, library: Library) -> Iterator[int]:
    """Yield who signs: 0 is the young person, and guardians by number while they count or may count."""
    yield 0
    known = guardians_of(session, case.id)
    if is_under_age(case, entries(session, case.id), today, library) is not False:
        yield from range(1, (len(known) if known else 2) + 1)
