"""Saving the facts of a form as they are written, fact by fact, and losing nothing that a colleague has recorded."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from api.access.actors import caller_unit
from api.cases.case_file import CaseFile
from api.cases.facts.rules import record_facts
from api.cases.forms import Values
from api.cases.frame import translator
from api.cases.ratings.rating_values import mark, read_marks
from api.cases.timeline import value_in_words
from api.evaluation.fact_values import values_of
from api.evaluation.form_reading import FieldFault, facts_in, typed_facts
from api.store.schema import Entry
from api.web import field_names as names
from instruments.faults import Fault, InputError
from screening.library import BoundGuidance

#: What each fact held when the form was shown, by marks.
SHOWN = "shown"


@dataclass(frozen=True)
class Written:
    """What a form says otherwise than the case, by the names of facts.

    Parameters
    ----------
    changed : list of str
        Changed in the form only.
    conflicts : list of str
        Changed in the form, and by somebody else since it was shown.
    elsewhere : list of str
        Changed by somebody else only.
    """

    changed: list[str]
    conflicts: list[str]
    elsewhere: list[str]


@dataclass(frozen=True)
class SavedFacts:
    """What came of saving: what is wrong with what was not recorded, and what somebody else has recorded.

    Parameters
    ----------
    case_file : CaseFile
        The case with what was recorded. What others recorded after it was opened is told at the next saving.
    """

    faults: list[FieldFault]
    written: Written
    case_file: CaseFile


def marks_of_facts(values: Values, asked: Iterable[str]) -> str:
    """The marks of some facts as they are shown, for the form to send back."""
    return json.dumps({name: _mark(name, values) for name in asked}, separators=(",", ":"))


def compare(case_file: CaseFile, values: Values, asked: Sequence[str]) -> Written:
    """What a form says otherwise than the case, with what others have recorded since it was shown told apart."""
    before, shown = values_of(case_file.facts), read_marks(values.get(SHOWN, ""))
    written = Written([], [], [])
    for name in asked:
        mine, theirs = _mark(name, values), _mark(name, before)
        base = shown.get(name, theirs)
        if mine == theirs:
            continue
        if mine == base:
            written.elsewhere.append(name)
        elif theirs == base:
            written.changed.append(name)
        else:
            written.conflicts.append(name)
    return written


def save_facts(
    case_file: CaseFile, values: Values, asked: Sequence[str], bound: BoundGuidance, *, is_partial: bool
) -> SavedFacts:
    """Record the facts that were changed in a form.

    Parameters
    ----------
    is_partial : bool
        Whether what can be recorded is, though something else cannot; otherwise nothing is.
    """
    written = compare(case_file, values, asked)
    given, faults = facts_in(values, bound, written.changed)
    faults += [_meanwhile(name, case_file) for name in written.conflicts]
    rest = _without_faults(given, faults)
    recorded: list[Entry] = []
    while rest and (is_partial or not faults):
        entries, more = _record(case_file, values, rest, bound)
        recorded += entries
        faults += more
        fewer = _without_faults(rest, more)
        if len(fewer) == len(rest):
            break  # all of it is recorded, or what is wrong is in none of its facts
        rest = fewer
    return SavedFacts(faults, written, replace(case_file, entries=[*case_file.entries, *recorded]))


def _without_faults(given: Mapping[str, object], faults: Sequence[FieldFault]) -> dict[str, object]:
    """The facts in which nothing is wrong."""
    wrong = {each.field.split(".")[1] for each in faults if each.field.startswith("fact.")}
    return {name: value for name, value in given.items() if name not in wrong}


def _record(
    case_file: CaseFile, values: Values, given: Mapping[str, object], bound: BoundGuidance
) -> tuple[list[Entry], list[FieldFault]]:
    """Record some facts, all or none; their entries, or what is wrong with them."""
    recorded: list[Entry] = []
    try:
        with caller_unit() as unit:
            for hidden in (False, True):
                part = {name: given[name] for name in given if is_hidden(values, name) is hidden}
                if part:
                    recorded += record_facts(unit, case_file.case.id, part, hidden_from_guardians=hidden)
    except InputError as error:
        numbers = typed_facts(bound)
        return [], [FieldFault(names.field_at(f"/facts{each.where}", [], numbers), each) for each in error.faults]
    return recorded, []


def is_hidden(values: Values, name: str) -> bool:
    """Whether a fact is not to be shown to guardians."""
    return values.get(names.fact(name, "hidden")) == "yes"


def fields_of_fact(name: str, values: Values) -> list[str]:
    """The fields of a form that are about a fact."""
    own = names.fact(name)
    return [key for key in values if key == own or key.startswith(f"{own}.")]


def _mark(name: str, values: Values) -> str:
    """The mark of what is written about a fact; that nobody has asked is the same as nothing."""
    written = {key: values[key].strip().replace("\r\n", "\n") for key in fields_of_fact(name, values)}
    return mark(
        json.dumps({key: each for key, each in written.items() if each not in ("", names.NOT_ASKED)}, sort_keys=True)
    )


def _meanwhile(name: str, case_file: CaseFile) -> FieldFault:
    """A fault where somebody recorded the same fact after this form was shown."""
    entry = case_file.facts.get(name)
    who = case_file.who(entry.made_by) if entry else ""
    value = recorded_in_words(entry) if entry else translator().t("work.rate.nothing")
    return FieldFault(names.fact(name), Fault("changed-meanwhile", "", {"who": who, "value": value}))


def recorded_in_words(entry: Entry) -> str:
    """What was recorded of a fact, in words."""
    return value_in_words(entry.content["fact"], entry.content["given"], translator())
