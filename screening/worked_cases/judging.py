"""Holds worked cases against what comes out of them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from instruments.faults import Fault, InputError, UnknownDefinitionError
from instruments.messages import Message
from screening.criteria import ITEM_PREFIX
from screening.explanation import Explanation
from screening.library import Library
from screening.notes import notes_on
from screening.rendering import render
from screening.worked_cases.intakes import screen
from screening.worked_cases.reading import WorkedCase

_WHOLE_GROUP = re.compile(r"(\d+) (\w+)")


@dataclass(frozen=True)
class Difference:
    """One thing that came out otherwise than was expected.

    Parameters
    ----------
    what : str
        The key under ``expect``; of a status, ``criteria``.
    criterion : str or None
        Whose status it is.
    sentence : Message or None
        Why the criterion has its status.
    """

    what: str
    expected: Any
    got: Any
    criterion: str | None = None
    sentence: Message | None = None


@dataclass(frozen=True)
class Verdict:
    """What came of a case.

    Parameters
    ----------
    explanation : Explanation or None
        None where the case was refused.
    refusal : InputError, UnknownDefinitionError or None
        Why nothing came out.
    differences : tuple of Difference
        None of them where the case comes out as expected, or says nothing yet.
    """

    case: WorkedCase
    explanation: Explanation | None
    refusal: InputError | UnknownDefinitionError | None = None
    differences: tuple[Difference, ...] = field(default=())


def judge(case: WorkedCase, library: Library, name: str | None = None) -> Verdict:
    """Screen a case and hold what comes out against what is expected; what is not filled in is not looked at.

    Parameters
    ----------
    name : str or None
        As for `screening.worked_cases.intakes.screen`.
    """
    try:
        explanation = screen(case, library, name)
    except (InputError, UnknownDefinitionError) as refusal:
        return Verdict(case, None, refusal, tuple(_of_refusal(case, refusal)))
    if "fault" in case.expect:
        unmet = [] if case.expect["fault"] is None else [Difference("fault", case.expect["fault"], None)]
        return Verdict(case, explanation, None, tuple(unmet))
    return Verdict(case, explanation, None, tuple(_differences(case, explanation, library)))


def _of_refusal(case: WorkedCase, refusal: InputError | UnknownDefinitionError) -> Iterator[Difference]:
    faults: Sequence[Fault] = refusal.faults if isinstance(refusal, InputError) else (refusal.fault,)
    wanted, where = case.expect.get("fault"), case.expect.get("where", "")
    if wanted is not None and not any(each.code == wanted and where in ("", each.where) for each in faults):
        yield Difference("fault", f"{wanted} {where}".strip(), [f"{each.code} {each.where}".strip() for each in faults])


def _differences(case: WorkedCase, explanation: Explanation, library: Library) -> Iterator[Difference]:
    shown = render(explanation, library.catalogue, engine="", for_rater=False)  # what the engine came to
    for what, wanted in case.expect.items():
        if what == "criteria" or wanted is None:
            continue
        if what == "parties":
            got = _parties(shown, wanted)
        else:
            wanted, got = _written_out(what, wanted, explanation), _FOUND[what](explanation, shown)
        wanted = list(wanted) if isinstance(wanted, tuple) else wanted
        if wanted != got:
            yield Difference(what, wanted, got)
    rules = explanation.bound.rules
    of_guidance = {node.name: node for node in rules.criteria}
    for name, status in case.expect["criteria"].items():
        node = of_guidance.get(name)
        found = explanation.status(node) if node is not None else None
        if status is not None and status != found:
            yield Difference("criteria", status, found, name, explanation.message(node) if node is not None else None)


_FOUND: dict[str, Callable[[Explanation, Mapping[str, Any]], Any]] = {
    "outcome": lambda explanation, shown: shown["outcome"],
    "flags": lambda explanation, shown: shown["flags"],
    "flags_open": lambda explanation, shown: shown["flags_open"],
    "gate": lambda explanation, shown: shown["gate"]["overall"],
    "deviations": lambda explanation, shown: [each["id"] for each in shown["deviations"]],
    "decisive": lambda explanation, shown: [
        each["id"] for each in _all_criteria(shown["criteria"]) if each["decisive"]
    ],
    "rests_on": lambda explanation, shown: [_in_short(explanation, each) for each in shown["decisive"]],
    "first_question": lambda explanation, shown: next((each["id"] for each in shown["open_questions"]), None),
    "settles": lambda explanation, shown: next((each["settles"] for each in shown["open_questions"]), None),
    "questions": lambda explanation, shown: [each["id"] for each in shown["open_questions"]],
    "not_found": lambda explanation, shown: [each["fact"] for each in shown["not_found"]],
    "cannot_change": lambda explanation, shown: [each["fact"] for each in shown["cannot_change_result"]],
    "smallest_changes": lambda explanation, shown: [
        {"change": [_in_short(explanation, part) for part in each["changes"]], "gives": each["outcome"]}
        for each in shown["smallest_changes"]
    ],
    "withheld": lambda explanation, shown: "yes" if shown["counts_withheld"] else "no",
    "disagreements": lambda explanation, shown: [each["id"] for each in shown["disagreements"]],
    "told": lambda explanation, shown: [
        note["sv"] for each in _all_criteria(shown["criteria"]) for note in each["notes"]
    ],
    "asks": lambda explanation, shown: [message.key for message in explanation.asks],
    "notes": lambda explanation, shown: [
        note.key for node in explanation.bound.rules.criteria for note in notes_on(explanation, node)
    ],
}


def _all_criteria(shown: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for each in shown:
        yield each
        yield from _all_criteria(each["children"])


def _in_short(explanation: Explanation, part: Mapping[str, Any]) -> dict[str, Any]:
    """A part of a decisive set or of a change as the cases write it."""
    short: dict[str, Any] = {"any": part["any"], "of": list(part["of"])}
    if part["of"][0].startswith(ITEM_PREFIX):
        short["of"] = f"{len(part['of'])} {_group_of(explanation, part['of'])}"
    if "to" in part:
        short["to"] = [f"{to['from']}-{to['to']}" if isinstance(to, dict) else to for to in part["to"]]
    return short


def _group_of(explanation: Explanation, names: Sequence[str]) -> str:
    instrument = explanation.bound.rules.instrument
    items = [instrument.item(name.removeprefix(ITEM_PREFIX)) for name in names]
    (kind,) = {item.kind for item in items}
    return "protective" if kind == "protective" else "own_behaviour" if all(i.own_behaviour for i in items) else "risk"


def _written_out(what: str, value: Any, explanation: Explanation) -> Any:
    """What a case expects, with "11 own_behaviour" in a list of questions written out where that is the whole group."""
    if what != "questions":
        return value
    instrument = explanation.bound.rules.instrument
    groups = {"own_behaviour": instrument.own_behaviour_items, "protective": instrument.protective_items}
    names: list[str] = []
    for each in value:
        whole = _WHOLE_GROUP.fullmatch(each)
        items = groups.get(whole[2], ()) if whole else ()
        is_whole = whole is not None and int(whole[1]) == len(items)
        names += [ITEM_PREFIX + item.id for item in items] if is_whole else [each]
    return names


def _parties(shown: Mapping[str, Any], wanted: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    recorded = {(each["person"], each["recipient"]): each["status"] for each in shown["gate"]["parties"]}
    return {person: {to: recorded.get((person, to), "") for to in answers} for person, answers in wanted.items()}
