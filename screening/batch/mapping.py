"""Whether a mapping file fits the facts that screening knows; what stands in it is told in `instruments.mapping`."""

from collections.abc import Iterator

from instruments.faults import Fault, InputError
from instruments.loading import Place
from instruments.mapping import ColumnMapping, MappingFile
from instruments.mapping_fit import Found, faults_of_codes, faults_of_items
from instruments.model import Instrument
from screening.facts import NOT_APPLICABLE_WORD, FactDescription, FactDictionary

NEVER_INPUT = "never_input"


def require_fit(mapping: MappingFile, instrument: Instrument, dictionary: FactDictionary) -> None:
    """Refuse a mapping that does not fit an instrument and the facts, or that takes in what must never be an input.

    Raises
    ------
    InputError
        With every fault and its line.
    """
    content = mapping.content
    problems = [
        *faults_of_items(content, instrument),
        *_faults_of_research(content),
        *faults_of_facts(content, dictionary),
        *_faults_of_columns(content, dictionary),
    ]
    if problems:
        raise InputError(Fault(code, mapping.document.where(where), parameters) for where, code, parameters in problems)


def _faults_of_research(content: ColumnMapping) -> Iterator[Found]:
    if content.levels:
        yield ("levels",), "levels-only-in-research", {}
    for name, item in content.items.items():
        if item.is_given:
            yield ("items", name), "levels-only-in-research", {}
        if item.raters:
            yield ("items", name), "several-raters", {"name": name}


def faults_of_facts(content: ColumnMapping, dictionary: FactDictionary) -> Iterator[Found]:
    """Yield what does not fit the fact dictionary: place in the file, code of the fault, parameters."""
    for name, given in content.facts.items():
        place: Place = ("facts", name)
        fact = dictionary.by_id.get(name)
        if fact is None:
            yield place, *_refusal(name, dictionary)
            continue
        if given.window_months is not None and fact.kind != "offences":
            yield place, "window-without-offences", {"name": name}
        if given.sum and fact.kind not in ("whole_number", "offences"):
            yield place, "sum-of-words", {"name": name}
        if fact.kind in ("date", "text"):
            if given.codes:
                yield place, "codes-without-values", {"name": name}
            continue
        yield from faults_of_codes(content, place, name, given.codes, _words_of(fact), given, fact.range)


def _words_of(fact: FactDescription) -> list[str]:
    return [*fact.codes, *([NOT_APPLICABLE_WORD] if fact.not_applicable else [])]


def _refusal(name: str, dictionary: FactDictionary) -> tuple[str, dict[str, object]]:
    reason = dictionary.refusal_of(name)
    if reason is None:
        return "unknown-fact", {"name": name, "known": sorted(dictionary.by_id)}
    return "derived-fact" if reason == "derived" else "never-an-input", {"name": name}


def _faults_of_columns(content: ColumnMapping, dictionary: FactDictionary) -> Iterator[Found]:
    others = {group.column: name for name, group in content.groups.items()}
    others |= {outcome.column: name for name, outcome in content.outcomes.items()}
    for place, column in content.input_columns():
        name = str(place[1])
        if dictionary.refusal_of(column) == NEVER_INPUT:
            yield place, "never-an-input", {"name": column}
        elif column in others:
            yield place, "group-as-input", {"name": name, "column": column, "other": others[column]}
