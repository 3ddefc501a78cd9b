"""What the records refuse, by a stable code. No text holds personal data."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from api.store.audit_chain import AuditEvent

#: Every code that only records have, and the status that tells it over HTTP.
REFUSALS: Mapping[str, HTTPStatus] = {
    "other-unit": HTTPStatus.FORBIDDEN,
    "blind-until-both-signed": HTTPStatus.FORBIDDEN,
    "not-who-asked": HTTPStatus.FORBIDDEN,
    "stale-draft": HTTPStatus.CONFLICT,
    "stale-explanation": HTTPStatus.PRECONDITION_FAILED,
    **dict.fromkeys(
        (
            "age-not-known",
            "already-closed",
            "already-countersigned",
            "already-handed-over",
            "already-lifted",
            "already-participating",
            "already-returned",
            "already-reviewed",
            "already-superseded",
            "already-withdrawn",
            "assessment-seen",
            "clock-jumped",
            "consent-not-given",
            "consent-superseded",
            "definitions-differ",
            "draft-exists",
            "export-too-small",
            "guardian-of-adult",
            "held",
            "idempotency-key-reused",
            "no-plan-to-tell",
            "no-preliminary-assessment",
            "not-a-party",
            "not-asked-to-rate",
            "not-due",
            "not-ended",
            "not-in-order",
            "not-participating",
            "not-reviewed",
            "nothing-to-answer",
            "plan-not-in-force",
            "nothing-to-countersign",
            "nothing-to-tell",
            "outcome-not-stated",
            "own-assessment",
            "own-second-rater",
            "ratings-missing",
            "reference-taken",
            "request-withdrawn",
            "same-person",
            "second-rating-open",
            "second-rating-signed",
            "sharing-not-consented",
            "still-participating",
            "summary-rating-missing",
            "too-many-cases",
            "unit-taken",
            "unknown-unit",
        ),
        HTTPStatus.CONFLICT,
    ),
    "store-unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "other-schema": HTTPStatus.SERVICE_UNAVAILABLE,
}


class RecordError(Exception):
    """Something that the records refuse.

    Parameters
    ----------
    code : str
        Stable name; its sentences stand in ``api/cases/locale`` under ``problem.<code>``.
    event : AuditEvent or None
        What the audit should know of the attempt, although nothing of it is kept; see `transactions.open_transaction`.
    """

    def __init__(self, code: str, *, event: AuditEvent | None = None) -> None:
        self.code = code
        self.event = event
        super().__init__(code)


class NotFoundError(RecordError):
    """There is no such record, or it was purged."""

    def __init__(self) -> None:
        super().__init__("not-found")


class ForbiddenError(RecordError):
    """The record is there, but not for this person."""


class RuleError(RecordError):
    """The record does not allow this now; the code says why."""


class StaleDraftError(RecordError):
    """Someone saved the draft after it was read.

    Parameters
    ----------
    saved : Mapping
        The draft as it stands.
    refused : Mapping
        What was to be saved, so that nobody has to write it again.
    """

    def __init__(
        self, saved: Mapping[str, Any], refused: Mapping[str, Any], *, event: AuditEvent | None = None
    ) -> None:
        self.saved = dict(saved)
        self.refused = dict(refused)
        super().__init__("stale-draft", event=event)


class StaleExplanationError(RecordError):
    """The case was screened again after the reviewer opened the explanation, or that explanation is another one.

    Parameters
    ----------
    saved : Mapping
        The screening that stands now and its digest; empty where there is none.
    refused : Mapping
        The digest that was to be signed against, and what was to be signed.
    """

    def __init__(self, saved: Mapping[str, Any], refused: Mapping[str, Any]) -> None:
        self.saved = dict(saved)
        self.refused = dict(refused)
        super().__init__("stale-explanation")
