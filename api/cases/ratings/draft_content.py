"""What an assessment says while it is written: the shape of a signed one with nothing required."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from api.cases.content import LONGEST_TEXT, Content, Reference, read_content
from api.cases.kinds import Level
from instruments.faults import Fault, InputError, UnknownDefinitionError
from instruments.ratings import Ratings, read_ratings
from instruments.text import is_unreadable
from screening.library import Library


def _writable(text: str) -> str:
    if is_unreadable(text):
        raise PydanticCustomError("text-unreadable", "unreadable")
    return text


#: A text in the making: it may still be empty.
Unfinished = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_writable)]


class UnfinishedSummary(Content):
    """The summary rating while it is written."""

    reoffending_risk: Level | None = None
    violence_risk: Level | None = None
    reasons: Unfinished = ""

    @property
    def is_given(self) -> bool:
        """Whether there is a rating and its reasons."""
        return self.reoffending_risk is not None and bool(self.reasons.strip())


class AssessmentDraft(Content):
    """An assessment while it is written: the shape of `api.cases.kinds.Assessment` with nothing required.

    ``at`` is the item, or the part, that was written in last, so that the writer comes back to it. ``unfinished``
    holds, by the field of the form, what was written and is no complete answer yet, such as missing material without
    its reason: it is kept as it is, counts as a blank, and has to be completed or removed before the draft is signed.
    """

    KIND: ClassVar[str] = "draft"

    assessed_on: date | None = Field(default=None, description="The day that the assessment is about.")
    instrument: Reference | None = Field(default=None, description="`id` or `id@version` of the instrument.")
    ratings: dict[str, Any] | None = Field(
        default=None, description="The ratings; see the ratings of an evaluation for their form."
    )
    summary: UnfinishedSummary | None = Field(
        default=None, description="The professional's own rating. No count is shown until it and its reasons are saved."
    )
    own_view: Unfinished = Field(default="", description="The young person's own view.")
    agrees: Literal["yes", "partly", "no", "not_asked"] | None = Field(
        default=None, description="Whether the young person agrees with the assessment."
    )
    best_interests: Unfinished = Field(default="", description="What is in the best interests of the child.")
    confidence: Level | None = Field(default=None, description="How much can be leaned on the material.")
    confidence_note: Unfinished = Field(default="", description="What is weak in the material.")
    aggravating: Unfinished = Field(default="", description="What makes the situation worse.")
    helping: Unfinished = Field(default="", description="What helps.")
    acute_safety: Unfinished = Field(default="", description="What must be done at once.")
    next_review_on: date | None = Field(default=None, description="When to assess anew.")
    completeness_reason: Unfinished = Field(default="", description="Why it is signed although few items are answered.")
    role: Unfinished = Field(default="", description="In which role it is made.")
    at: Reference | None = Field(
        default=None, description="The item or part that was written in last, where the writer goes on."
    )
    unfinished: dict[Reference, Unfinished] = Field(
        default_factory=dict,
        max_length=200,
        description="What was written and is no complete answer yet, by the field of the form. It counts as a blank, "
        "and has to be gone before the draft is signed.",
    )

    @property
    def has_summary(self) -> bool:
        """Whether the professional has rated, so that counts may be shown."""
        return self.summary is not None and self.summary.is_given


def read_draft_content(raw: Mapping[str, Any], library: Library, today: date) -> AssessmentDraft:
    """Read the content of a draft: shapes and ratings are checked, nothing is required."""
    content = read_content(AssessmentDraft, raw)
    if content.ratings is not None:
        read_rated(content.instrument, content.ratings, content.assessed_on or today, library)
    return content


def read_rated(name: str | None, raw: Mapping[str, Any], on: date, library: Library) -> tuple[Ratings, str]:
    """Ratings by the instrument that they name, and ``id@version`` of that instrument.

    Raises
    ------
    InputError
        If there is no such instrument on that day, or a rating is none of its.
    """
    if name is None:
        raise InputError([Fault("missing-key", "/instrument", {"name": "instrument"})])
    try:
        instrument = library.instruments.find(name, on=on)
    except UnknownDefinitionError as error:
        raise InputError([error.fault.under("/instrument")]) from error
    return read_ratings(raw, instrument.content, "/ratings"), instrument.reference
