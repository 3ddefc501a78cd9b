"""What the young person and guardians are asked about the work: plain questions, dated, cited and versioned."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any, Literal

from instruments.loading import CrossFault
from instruments.messages import Text
from instruments.registry import Versioned
from screening.rules import Citation, Name, Part, Source

#: Who is asked. Nobody is named: that a guardian answered is all that is kept of which.
Respondent = Literal["youth", "guardian"]


class Worded(Part):
    """The same said to the young person and to a guardian."""

    youth: Text
    guardian: Text

    def to(self, respondent: Respondent) -> Text:
        """What is said to one of them."""
        return self.youth if respondent == "youth" else self.guardian


class Quoted(Part):
    """What something rests on, word by word and short."""

    quote: str
    source: Citation


class ExperienceQuestion(Worded, Quoted):
    """A question, and what it is about."""

    id: Name
    about: Text


class ExperienceAnswer(Part):
    """An answer that can be chosen, the same for every question."""

    id: Name
    label: Text


class ExperienceForm(Versioned):
    """One version of the questions.

    Parameters
    ----------
    why : Quoted
        Why they are asked at all.
    words : ExperienceQuestion
        What is answered in words of one's own, last.
    """

    title: Text
    decided_by: str
    decided_on: date
    sources: tuple[Source, ...]
    why: Quoted
    lead: Worded
    answers: tuple[ExperienceAnswer, ...]
    questions: tuple[ExperienceQuestion, ...]
    words: ExperienceQuestion

    @property
    def reference(self) -> str:
        """``id@version``."""
        return f"{self.id}@{self.version}"

    @cached_property
    def by_id(self) -> Mapping[str, ExperienceQuestion]:
        """The questions that are answered by a choice, by id."""
        return {question.id: question for question in self.questions}

    @cached_property
    def labels(self) -> Mapping[str, Text]:
        """The answers by id."""
        return {answer.id: answer.label for answer in self.answers}

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield ids that stand twice, and what is cited and is not among the sources."""
        yield from super().faults_in(data)
        if not isinstance(data, Mapping):
            return
        known = [each.get("id") for _, each in _listed(data, "sources")]
        for key in ("sources", "answers", "questions"):
            seen: set[object] = {"own_words"} if key == "questions" else set()
            for place, each in _listed(data, key):
                if each.get("id") in seen:
                    yield (key, place, "id"), "repeated-id", {"name": each.get("id")}
                seen.add(each.get("id"))
        quoted: list[tuple[tuple[str | int, ...], Any]] = [((key,), data.get(key)) for key in ("why", "words")]
        quoted += [(("questions", place), each) for place, each in _listed(data, "questions")]
        for where, each in quoted:
            source = each.get("source") if isinstance(each, Mapping) else None
            name = source.get("document") if isinstance(source, Mapping) else None
            if name is not None and name not in known:
                parameters: dict[str, object] = {"name": name, "known": ", ".join(map(str, known))}
                yield (*where, "source", "document"), "unknown-source", parameters


def _listed(data: Mapping[str, Any], key: str) -> list[tuple[int, Mapping[str, Any]]]:
    entries = data.get(key)
    listed = enumerate(entries if isinstance(entries, list) else [])
    return [(place, each) for place, each in listed if isinstance(each, Mapping)]
