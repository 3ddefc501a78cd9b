"""What the documents for the young person and guardians say: feedback on what was weighed, and forms for consent.

A guardian's sheet holds nothing that is marked as hidden from guardians, no free text of the assessment, not what the
young person has said, and none of the items about the home that the texts name.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from api.documents.case_papers import Data, Paper, head_of, moment, name_of
from api.documents.knowledge import consent_texts, feedback_texts
from api.records.actors import Actor
from api.records.blindness import seen_by
from api.records.consents import guardians_of
from api.records.draft_content import read_rated
from api.records.extracts import hidden_from_guardians
from api.records.journal import entries, open_case
from api.records.refusals import NotFoundError, RuleError
from api.records.screenings import explanation_of
from api.service import Service
from api.store.audit_chain import tell
from api.store.schema import Case, Entry
from instruments.messages import in_both_languages
from instruments.ratings import BLANK, BlankKind
from screening.fact_reading import completed_years
from screening.gate import YOUTH
from screening.library import Library

#: Levels that speak for support, the one that weighs most first.
_NEEDS = ("high", "moderate")


def readers_of(session: Session, case_id: str) -> list[str]:
    """Who a feedback sheet can be made for: the young person, and each guardian by number, never by reference."""
    return [YOUTH, *(f"guardian-{number}" for number, _ in enumerate(guardians_of(session, case_id) or (), 1))]


def make_feedback(session: Session, now: datetime, actor: Actor, case_id: str, reader: str, service: Service) -> Paper:
    """What the feedback sheet of one reader says; the audit is told of the export.

    Parameters
    ----------
    reader : str
        One of `readers_of`.

    Raises
    ------
    NotFoundError
        For a reader that the case does not have.
    RuleError
        ``nothing-to-tell`` where there is no signed assessment that this reader may see.
    """
    open_case(session, now, actor, case_id, action="export")
    if reader not in readers_of(session, case_id):
        raise NotFoundError
    recorded = entries(session, case_id)
    hidden = hidden_from_guardians(recorded) if reader != YOUTH else set()
    shown = [entry for entry in seen_by(session, case_id, recorded, actor.id) if entry.id not in hidden]
    assessment = next((entry for entry in reversed(shown) if entry.kind == "assessment"), None)
    if assessment is None:
        raise RuleError("nothing-to-tell")
    screening = next(
        (
            entry
            for entry in reversed(shown)
            if entry.kind == "screening" and entry.content["assessment"] == assessment.id
        ),
        None,
    )
    tell(session, actor.did(now, "export", "feedback_document", case=case_id, record=assessment.id))
    is_own = reader == YOUTH
    texts = feedback_texts()
    return Paper(
        {
            **head_of(session, case_id),
            "reader": "youth" if is_own else "guardian",
            "texts": texts.reference,
            "signed_by": name_of(session, assessment.made_by),
            "signed_at": moment(assessment.made_at),
            **_weighed(assessment, service.library, is_own=is_own),
            **(_in_own_words(assessment) if is_own else {}),
            "recommendation": _recommendation(screening, service) if screening else None,
            "parts": [
                {
                    "title": in_both_languages(part.title),
                    "text": in_both_languages(part.youth if is_own else part.guardian),
                    "source": texts.cited(part.source).title,
                }
                for part in texts.parts
            ],
        }
    )


def _in_own_words(assessment: Entry) -> Data:
    content = assessment.content
    return {
        "own_view": content["own_view"],
        "agrees": content["agrees"],
        "helping": content["helping"],
        "summary": {name: content["summary"][name] for name in ("reoffending_risk", "reasons")},
    }


def _weighed(assessment: Entry, library: Library, *, is_own: bool) -> Data:
    """What holds, what speaks for support and what is not known, by the titles of the items."""
    content: Any = assessment.content
    on = date.fromisoformat(content["assessed_on"])
    ratings, reference = read_rated(content["instrument"], content["ratings"], on, library)
    instrument = library.instruments.find(reference, on=on).content
    left_out = () if is_own else feedback_texts().not_for_guardians.items
    strengths: list[Data] = []
    needs: dict[str, list[Data]] = {level: [] for level in _NEEDS}
    blanks: dict[BlankKind, list[Data]] = {BlankKind.NOT_FOUND: [], BlankKind.NOT_ASKED: []}
    for item in instrument.items:
        if item.id in left_out:
            continue
        code, title = ratings.codes[instrument.positions[item.id]], in_both_languages(item.title)
        if code == BLANK:
            blanks[ratings.blanks[item.id]].append(title)
        elif (level := instrument.levels(item)[code]) == "present":
            strengths.append(title)
        elif level in needs:
            needs[level].append(title)
    return {
        "assessed_on": content["assessed_on"],
        "strengths": strengths,
        "needs": needs,
        "not_found": blanks[BlankKind.NOT_FOUND],
        "not_asked": blanks[BlankKind.NOT_ASKED],
    }


def _recommendation(screening: Entry, service: Service) -> Data:
    rendered = service.in_words(explanation_of(screening, service.library))
    return {
        "guidance": rendered["guidance_title"],
        "on": rendered["reference_date"],
        "outcome": rendered["outcome"],
        "criteria": [
            {"title": criterion["title"], "status": criterion["status"]}
            for criterion in rendered["criteria"]
            if criterion["required"]
        ],
        "questions": [question["title"] for question in rendered["open_questions"]],
        "sha256": rendered["sha256"],
    }


def make_consent_form(
    session: Session, now: datetime, actor: Actor, case_id: str, recipient: str, library: Library
) -> Paper:
    """What a consent form towards one recipient says; the audit is told of the export.

    Raises
    ------
    NotFoundError
        For a recipient that does not exist.
    """
    today = now.date()
    rules = library.consent_rules(today)
    case = open_case(session, now, actor, case_id, action="export")
    if recipient not in rules.recipient_ids:
        raise NotFoundError
    tell(session, actor.did(now, "export", "consent_document", case=case_id, record=case_id))
    texts = consent_texts()
    towards = texts.towards(recipient)
    label = next(each.label for each in rules.recipients if each.id == recipient)
    return Paper(
        {
            **head_of(session, case_id),
            "texts": texts.reference,
            "recipient": in_both_languages(label),
            "why": in_both_languages(towards.why),
            "we_tell": in_both_languages(towards.we_tell),
            "they_tell": in_both_languages(towards.they_tell),
            "never_told": in_both_languages(texts.never_told),
            "longest_months": texts.longest_months,
            "parts": [
                {
                    "title": in_both_languages(part.title),
                    "text": {
                        language: text.format(months=texts.longest_months)
                        for language, text in in_both_languages(part.text).items()
                    },
                    "source": texts.cited(part.source).title,
                }
                for part in texts.parts
            ],
            "signers": list(_signers(session, case, today, rules.adult_age)),
        }
    )


def _signers(session: Session, case: Case, today: date, adult_age: int) -> Iterator[int]:
    """Yield who signs: 0 is the young person, and guardians by number while they count."""
    yield 0
    is_adult = case.birth_date is not None and completed_years(case.birth_date, today) >= adult_age
    known = guardians_of(session, case.id)
    if not is_adult:
        yield from range(1, (len(known) if known else 2) + 1)
