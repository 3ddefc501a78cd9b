"""Facts of a case: each recorded with its source and date, and never overwritten by the next."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from api.cases.content import read_content
from api.cases.journal import append, current_among, entries, lock_case, open_case
from api.cases.kinds import Fact
from api.context.unit import Unit
from api.store.schema import Entry
from instruments.faults import Fault, InputError, pointer
from screening.coding import SUMMARY_RATING
from screening.fact_reading import read_facts

#: Facts that stand elsewhere: the birth date in the case, the summary rating in the assessment.
STAND_ELSEWHERE = ("birth_date", SUMMARY_RATING)


def record_facts(
    unit: Unit, case_id: str, facts: Mapping[str, Any], *, hidden_from_guardians: bool = False
) -> list[Entry]:
    """Record some facts, each as an entry that takes the place of what was known of it before.

    Parameters
    ----------
    facts : Mapping
        In the form that `screening.fact_reading.read_facts` reads.

    Raises
    ------
    InputError
        With every fault of every fact.
    """
    today = unit.now.date()
    elsewhere = [
        Fault("fact-stands-elsewhere", pointer("", name), {"name": name}) for name in facts if name in STAND_ELSEWHERE
    ]
    if elsewhere:
        raise InputError(elsewhere)
    read_facts(facts, unit.library.facts(today), on=today)
    case = open_case(unit, case_id, action="write")
    lock_case(unit.session, case)
    known = current_facts(unit.session, case_id)
    return [
        append(
            unit,
            case,
            read_content(Fact, {"fact": name, "given": given}),
            supersedes=known[name].id if name in known else None,
            hidden_from_guardians=hidden_from_guardians,
        )
        for name, given in facts.items()
    ]


def current_facts(session: Session, case_id: str) -> dict[str, Entry]:
    """What is known now, by the name of the fact."""
    return facts_among(entries(session, case_id, Fact.KIND))


def facts_among(among: Sequence[Entry]) -> dict[str, Entry]:
    """What is known by some entries of a case, by the name of the fact."""
    return {entry.content["fact"]: entry for entry in current_among(among, Fact.KIND)}
