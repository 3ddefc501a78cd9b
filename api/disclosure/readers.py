"""Who reads of a case. With `api.disclosure.seen_entries` the one rule that every paper, extract and view goes by.

A reader is the young person, one of their guardians, or somebody outside with whom information is shared on consent.
What a reader may not see leaves no trace in what they are given: entries are numbered anew for each reader, and dates,
results and digests are worked out of what the reader sees.

=============  ======================================================================================================
reader         what is seen
=============  ======================================================================================================
young person   everything
guardian       what is not marked as hidden from guardians, is not about what is hidden, does not take its place and, as
               a screening, does not rest on it. Never, although nobody marked it: the young person's own words, what
               anybody has answered on the work, what others have said against an entry, free text of an assessment or
               a review, health, family and notes of results, the items and facts that the feedback texts keep from
               guardians, a second rating before both are signed or whose first rating is hidden, what an action plan
               is tied to, and the monitoring group.
anybody else   that the work goes on, its network meetings and how its plan goes, without what is marked; of an action
               plan the goals that are shared with them, and the measures that they do themselves; on consent
=============  ======================================================================================================

A guardian is a reader only while it is certain that the young person is under age. Where neither a birth date nor a
recorded age says so, no paper is made for a guardian: what was told to the parent of an adult cannot be untold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from api.cases.age import is_under_age
from api.cases.consents.rules import guardians_among
from api.disclosure.knowledge import feedback_texts
from api.store.refusals import NotFoundError, RuleError
from api.store.schema import Case, Entry
from screening.criteria import ITEM_PREFIX
from screening.gate import YOUTH
from screening.library import Library


@dataclass(frozen=True)
class Reader:
    """Somebody who may be given something of a case.

    Parameters
    ----------
    code : str
        What stands in addresses and forms: ``youth``, ``guardian-1`` or a recipient such as ``police``. It is never the
        reference of a guardian, which may be a name.
    reference : str
        Who it is in the journal.
    """

    kind: Literal["youth", "guardian", "recipient"]
    code: str
    reference: str

    @property
    def is_guardian(self) -> bool:
        """Whether the reader is a guardian."""
        return self.kind == "guardian"

    def may_be_told_of(self, name: str) -> bool:
        """Whether an item or a fact may be told to the reader of a sheet or an extract."""
        return not self.is_guardian or name.removeprefix(ITEM_PREFIX) not in kept_from_guardians()


YOUNG_PERSON = Reader("youth", YOUTH, YOUTH)


def kept_from_guardians() -> frozenset[str]:
    """The items and facts that no guardian is told of, although nobody marked them."""
    texts = feedback_texts().not_for_guardians
    return frozenset((*texts.items, *texts.facts))


def readers_of(case: Case, recorded: Sequence[Entry], on: date, library: Library) -> tuple[Reader, ...]:
    """Whose case it is: the young person and, while these are under age, every guardian."""
    return (YOUNG_PERSON, *(_guardians(recorded) if is_under_age(case, recorded, on, library) else ()))


def find_reader(case: Case, recorded: Sequence[Entry], code: str, on: date, library: Library) -> Reader:
    """The young person or a guardian, by their code.

    Raises
    ------
    NotFoundError
        If the case has no such reader.
    RuleError
        ``guardian-of-adult``, or ``age-not-known`` where nothing says that the young person is under age.
    """
    reader = next((each for each in (YOUNG_PERSON, *_guardians(recorded)) if each.code == code), None)
    if reader is None:
        raise NotFoundError
    return _refuse_guardian_of_adult(reader, case, recorded, on, library)


def reader_referred_to(case: Case, recorded: Sequence[Entry], reference: str, on: date, library: Library) -> Reader:
    """The young person or a guardian, by how the journal refers to them.

    Raises
    ------
    RuleError
        ``not-a-party`` for anyone else, ``guardian-of-adult`` or ``age-not-known``.
    """
    reader = next((each for each in (YOUNG_PERSON, *_guardians(recorded)) if each.reference == reference), None)
    if reader is None:
        raise RuleError("not-a-party")
    return _refuse_guardian_of_adult(reader, case, recorded, on, library)


def recipient_reader(code: str, on: date, library: Library) -> Reader:
    """Somebody outside, by the rules of consent.

    Raises
    ------
    NotFoundError
    """
    if code not in library.consent_rules(on).recipient_ids:
        raise NotFoundError
    return Reader("recipient", code, code)


def _guardians(recorded: Sequence[Entry]) -> tuple[Reader, ...]:
    known = guardians_among(recorded) or ()
    return tuple(Reader("guardian", f"guardian-{number}", each) for number, each in enumerate(known, 1))


def _refuse_guardian_of_adult(
    reader: Reader, case: Case, recorded: Sequence[Entry], on: date, library: Library
) -> Reader:
    if reader.is_guardian:
        under_age = is_under_age(case, recorded, on, library)
        if not under_age:
            raise RuleError("age-not-known" if under_age is None else "guardian-of-adult")
    return reader
