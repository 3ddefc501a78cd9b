"""Where the review of a recommendation stands, and what its reader may do, with why where they may not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from api.access.caller import the_caller
from api.cases.case_file import CaseFile
from api.cases.forms import Form
from api.cases.frame import WorkTranslator, actor, today
from api.cases.reviews.applicable_result import QUESTIONS, RETURNABLE, REVIEW_WANTED, Reviewed, ReviewState
from api.cases.reviews.reviewers import Signatories, allowance
from api.context.context import current_context
from api.evaluation.fields import Choice
from api.policies.policies import SamePerson
from api.store.schema import Entry
from screening.recommendation import OUTCOMES

VERDICTS = ("agree", "deviate")
#: What a reviewer chooses who sends the recommendation back with a question.
RETURN = "return"
DEVIATIONS = (
    "material_not_captured",
    "reading_of_criterion",
    "own_view_weighs",
    "safety",
    "local_policy",
    "other",
)
#: What the second person can answer.
ANSWERS = ("confirm", "reject")


@dataclass(frozen=True)
class Exchange:
    """A reviewer's question with its answer.

    Parameters
    ----------
    unanswered : str or None
        Where it has no answer: it ``waits``, or the case was ``screened`` anew or the review ``reviewed`` without one.
    """

    question: Entry
    reply: Entry | None
    unanswered: Literal["waits", "screened", "reviewed"] | None


@dataclass(frozen=True)
class ReviewPart:
    """Where a review stands for its reader.

    Parameters
    ----------
    newest : Entry or None
        The screening that was made since, where this one is no longer the latest.
    review_form : str or None
        ``open`` where a review is asked for, ``quiet`` where one stands and may be replaced, None where none may be
        signed by this reader.
    may_settle : bool
        Whether the reader may confirm or reject the deviation.
    may_answer : bool
        Whether the reader may answer the reviewer's question.
    hindrance : str or None
        Why somebody whose role it is may not sign here: ``own-assessment`` or ``same-person``.
    allowed_by : SamePerson or None
        What lets the rater sign nevertheless, where that is the reader.
    """

    reviewed: Reviewed[Entry]
    newest: Entry | None
    review_form: Literal["open", "quiet"] | None
    may_settle: bool
    may_answer: bool
    hindrance: str | None
    allowed_by: SamePerson | None

    @property
    def act(self) -> Literal["settle", "answer", "review", "read"]:
        """What the reader is here for."""
        if self.may_settle:
            return "settle"
        if self.may_answer:
            return "answer"
        return "review" if self.review_form == "open" else "read"


def review_part(case_file: CaseFile, entry: Entry) -> ReviewPart:
    """Where the review of a screening stands, for whoever makes the request."""
    caller, account = the_caller(), actor().id
    newest, reviewed = case_file.last("screening"), case_file.results[entry.id]
    is_newest = newest is not None and newest.id == entry.id
    is_open = is_newest and not case_file.is_asked_to_rate
    policy = current_context().policies.review_on(today()).content
    rater = case_file.by(entry.subject_id)
    signed = Signatories(rater, reviewed.review.made_by if reviewed.review else None)
    state = reviewed.result.state
    may_sign, may_second = is_open and caller.may("review:sign"), is_open and caller.may("deviation:confirm")
    may_second = may_second and state is ReviewState.AWAITS_SECOND_PERSON
    to_review = signed.hindrance_to_review(account, policy) if may_sign else None
    to_second = signed.hindrance_to_second_person(account, policy) if may_second else None
    form: Literal["open", "quiet"] = "open" if state in REVIEW_WANTED else "quiet"
    is_wanted = state in REVIEW_WANTED
    return ReviewPart(
        reviewed,
        newest if not is_newest else None,
        form if may_sign and to_review is None else None,
        may_second and to_second is None,
        is_open and caller.may("review:answer") and reviewed.question is not None,
        to_second or (to_review if is_wanted else None),
        allowance(policy, "be_second_person" if may_second else "review") if account == rater else None,
    )


def exchanges(case_file: CaseFile, screening: Entry) -> list[Exchange]:
    """The questions about a screening, and about those before it since the last review, in their order."""
    following = next(
        (each.number for each in case_file.entries if each.kind == screening.kind and each.number > screening.number),
        None,
    )
    until = [each for each in case_file.entries if following is None or each.number < following]
    signed = [each for each in until if each.kind == "review" and each.subject_id != screening.id]
    since = signed[-1].number if signed else 0
    return [_exchange(case_file, each) for each in until if each.kind == QUESTIONS[0] and each.number > since]


def _exchange(case_file: CaseFile, question: Entry) -> Exchange:
    reply = case_file.about(question, QUESTIONS[1])
    if reply is not None:
        return Exchange(question, reply, None)
    after = (each.kind for each in case_file.entries if each.number > question.number)
    return Exchange(question, None, next(_settled_by(after), "waits"))


def _settled_by(kinds: Iterator[str]) -> Iterator[Literal["screened", "reviewed"]]:
    """What settles a question without an answer, among the kinds of what came after it."""
    settles: dict[str, Literal["screened", "reviewed"]] = {"screening": "screened", "review": "reviewed"}
    yield from (settles[kind] for kind in kinds if kind in settles)


def ask_for_review(form: Form, words: WorkTranslator, reviewed: Reviewed[Entry]) -> None:
    """Add the fields of a review, of the second person's answer, and of a question and its answer."""
    may_return = reviewed.result.state in RETURNABLE or form.values.get("verdict") == RETURN
    verdicts = (*VERDICTS, *([RETURN] if may_return else []))
    options = [
        Choice(each, words.t(f"work.option.verdict.{each}"), words.t(f"work.review.verdict_help.{each}"))
        for each in verdicts
    ]
    form.add("choice", "verdict", words.t("work.review.verdict"), choices=options)
    others = tuple(outcome for outcome in reversed(OUTCOMES) if outcome != reviewed.result.computed)
    help = words.t("work.review.applies_help")
    outcomes = form.options("work.outcome", others)
    form.add("choice", "applies", words.t("work.review.applies"), choices=outcomes, help=help)
    deviations = form.options("work.option.deviation", DEVIATIONS)
    form.add("choice", "deviation", words.t("work.review.deviation"), choices=deviations)
    form.add("choice", "answer", words.t("work.review.answer"), choices=form.options("work.option.answer", ANSWERS))
    for name in ("reasons", "question", "second_reasons", "reply"):
        form.add("long", name, words.t(f"work.review.{name}"), help=words.t(f"work.review.{name}_help"))
