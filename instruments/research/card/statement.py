"""What a person says of a card, in a file of its own."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, StrictBool, StrictInt

from instruments.card_parts import Line
from instruments.loading import CrossFault, load
from instruments.messages import LANGUAGES, Text
from instruments.registry import Identifier, Version
from instruments.research.card.reporting import known_answers

NON_ANSWERS = Path(__file__).parent / "non_answers.yaml"


class _NonAnswers(RootModel[tuple[str, ...]]):
    """What people write where they have no answer."""


@cache
def _non_answers() -> frozenset[str]:
    return frozenset(load(NON_ANSWERS, _NonAnswers)[0].root)


def is_answer(words: str) -> bool:
    """Whether words say anything: there are letters in them, and they do not just say that there is no answer."""
    bare = " ".join(words.casefold().split()).strip(".,;:!?-–—()[]\"'* ")
    return any(map(str.isalpha, bare)) and bare not in _non_answers()


def answer_in(given: Any) -> Any:
    """What is answered, in both languages: words that are given in one stand in both; no words are no answer."""
    if isinstance(given, str):
        given = dict.fromkeys(LANGUAGES, given)
    if not isinstance(given, Mapping) or not all(isinstance(each, str) for each in given.values()):
        return given
    told = {language: words.strip() for language, words in given.items() if is_answer(words)}
    if not told:
        return None
    return {language: told.get(language) or next(iter(told.values())) for language in given}


#: What is answered: words, or words in each language (``sv`` and ``en``); nothing where it is not answered.
Answer = Annotated[Text | None, BeforeValidator(answer_in)]


class StatedPeriod(BaseModel):
    """When the sample was rated: days or years."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: date | StrictInt
    last: date | StrictInt


class CardStatement(BaseModel):
    """What a person says of a card, in a file of its own.

    Parameters
    ----------
    id, version : str
        Of the card.
    responsible : str
        Who answers for it: name and organisation.
    title, sample, outcome : Text, optional
        What it is about, whom, and how and for how long the outcome was looked for.
    period : StatedPeriod, optional
        By default the days of rating, where the data have them.
    local, decision_support : bool
        See `instruments.cards.Card`.
    not_validated_for : tuple of Text
        Besides what follows from the data.
    reporting : mapping of str to Text or None
        What a study must tell, by the ids of `instruments.research.card.reporting`; what has no answer is said to be
        missing on the card.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    version: Version
    responsible: Line
    title: Answer = None
    sample: Answer = None
    outcome: Answer = None
    period: StatedPeriod | None = None
    local: StrictBool = False
    decision_support: StrictBool = False
    not_validated_for: Annotated[tuple[Text, ...], Field(max_length=50)] = ()
    reporting: Mapping[str, Answer] = Field(default_factory=dict)

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield what is wrong between the parts; see `instruments.loading.load`."""
        given = data.get("reporting") if isinstance(data, Mapping) else None
        for name in given if isinstance(given, Mapping) else ():
            if name not in known_answers():
                yield ("reporting", name), "unknown-definition", {"name": name, "known": sorted(known_answers())}
