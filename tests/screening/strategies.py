"""Small invented guidances, instruments and intakes, so small that every completion can be laid out.

The facts are few, so that many guidances use one of them twice.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache, wraps
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from instruments.faults import InputError
from instruments.model import Instrument
from instruments.ratings import BLANK
from screening.binding import bind
from screening.facts import NOT_APPLICABLE, FactDictionary
from screening.guidance import FlagSet, Guidance
from screening.intake import EVER_MONTHS, OWN_RULE_MONTHS, CodedIntake, Columns
from screening.ruleset import RuleSet
from screening.settings_in_force import settings_of
from tests.screening.brute_force import COUNT, BruteForce, Known, Value, Window
from tests.thoroughness import examples

TEXT = {"sv": "text", "en": "text"}
SET = {"set_by": "test", "set_on": "2020-01-01"}
FILE = {"version": "1.0", "status": "published", "valid_from": "2020-01-01", "valid_to": None, "title": TEXT}
ON = date(2026, 11, 21)
RULE_MONTHS = 24
WINDOWS: tuple[Window, ...] = (None, RULE_MONTHS // 2, RULE_MONTHS, 2 * RULE_MONTHS, "ever")


def _choice(name: str, *values: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "kind": "choice", "values": [{"id": value, "label": TEXT} for value in values], **more}


def _number(name: str, highest: int, **more: Any) -> dict[str, Any]:
    return {"id": name, "kind": "whole_number", "range": [0, highest], **more}


FACTS: list[dict[str, Any]] = [
    _number("age", 4),
    _number("offence_count", 4, kind="offences"),
    _number("months", 3, not_applicable=TEXT),
    _choice("wish", "none", "unsure", "stated"),
    _choice("threat", "no", "yes"),
    _choice("first_offence", "robbery", "other", not_applicable=TEXT),
]
DICTIONARY = FactDictionary.model_validate(
    {
        **FILE,
        "id": "facts",
        "facts": [{"title": TEXT, "question": TEXT, **row} for row in [*FACTS, {"id": "birth_date", "kind": "date"}]],
        "refused": [],
    }
)
LEAVES = ("between", "is_one_of", "at_least", "at_most", "offences_at_least", "items_at_least", "items_at_most")
NUMBERS = {"age": 4, "months": 3}
CHOICES = {row["id"]: [value["id"] for value in row["values"]] for row in FACTS if row["kind"] == "choice"}


class Case:
    """One small guidance, bound by the engine and read by brute force."""

    def __init__(self, rules: RuleSet, brute: BruteForce) -> None:
        self.rules = rules
        self.brute = brute

    def __repr__(self) -> str:
        criteria = [_in_short(each, self.brute) for each in self.brute.guidance.criteria]
        flags = [_in_short(each, self.brute) for each in self.brute.flags.flags]
        items = [f"{each.id}{'*' if each.own_behaviour else ''}" for each in self.brute.instrument.items]
        return f"Case({criteria}, flags={flags}, items={items}, counting={self.brute.counting})"


def _in_short(node: Any, brute: BruteForce) -> str:
    rule = node.rule
    if rule.children:
        inside = ", ".join(_in_short(child, brute) for child in rule.children)
    else:
        parts = getattr(rule, rule.kind)
        named = parts.model_dump(exclude_defaults=True) if hasattr(parts, "model_dump") else {}
        inside = ", ".join(
            f"{key}={brute.parameters.get(value, value) if isinstance(value, str) else value}"
            for key, value in named.items()
        )
    return f"{node.id}{'!' if getattr(node, 'required', False) else ''}:{rule.kind}({inside})"


@cache
def _one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


@cache
def _up_to(highest: int, lowest: int = 0) -> st.SearchStrategy[int]:
    return st.integers(lowest, highest)


_TRUE_OR_FALSE = st.booleans()


# Instruments.


def _small_instrument(draw: st.DrawFn) -> Instrument:
    """Two or three risk items, at least one of them of own behaviour, and one or two protective items."""
    own_behaviour = (True, *(draw(_TRUE_OR_FALSE) for _ in range(draw(_up_to(2, 1)))))
    return invented_instrument(own_behaviour, draw(_up_to(2, 1)), tuple(sorted((draw(_up_to(4)), draw(_up_to(4))))))


@cache
def invented_instrument(own_behaviour: tuple[bool, ...], protective: int, design_age: tuple[int, ...]) -> Instrument:
    """An instrument with a risk item for every entry of ``own_behaviour``."""
    kinds = [("risk", own) for own in own_behaviour] + [("protective", False)] * protective
    numbers = [*range(1, len(own_behaviour) + 1), *range(1, protective + 1)]
    levels = {"risk": ["low", "moderate", "high"], "protective": ["absent", "present"]}
    policy = {**SET, "reason": TEXT}
    return Instrument.model_validate(
        {
            **FILE,
            "id": "small",
            "note": TEXT,
            "description": TEXT,
            "design_age": {"min": design_age[0], "max": design_age[1]},
            "scales": levels,
            "domains": [{"id": kind, "kind": kind, "title": TEXT} for kind in levels],
            "rating_rules": [TEXT],
            "completeness_to_sign": {"risk": 1, "protective": 1, **policy},
            "thin_below": {"own_behaviour": 1, "protective": 1, **policy},
            "summary_check": {"high_below": 1, "low_from": 1, **policy},
            "own_behaviour_reading": policy,
            "credits": {"constructs": TEXT, "wording": TEXT, "validation": TEXT},
            "sources": [],
            "items": [
                {
                    "id": f"{kind}_{number}",
                    "domain": kind,
                    "kind": kind,
                    "dynamic": False,
                    "own_behaviour": own,
                    "look_back": None,
                    "title": TEXT,
                    "description": TEXT,
                    "ask": TEXT,
                    "anchors": dict.fromkeys(levels[kind], TEXT),
                    "evidence": TEXT,
                }
                for (kind, own), number in zip(kinds, numbers, strict=True)
            ],
        }
    )


# Guidances.


class Parameters:
    """Parameters made as rules ask for them."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def whole(self, value: int | None) -> str:
        return self.add("whole_number", value, [0, 999])

    def share(self, value: float) -> str:
        return self.add("share", value, [0.0, 1.0])

    def choice(self, value: str, values: list[str]) -> str:
        return self.add("choice", value, values)

    def add(self, kind: str, value: object, permitted: list[Any], name: str | None = None) -> str:
        name = name or f"p{len(self.rows) + 1}"
        self.rows.append({"id": name, "kind": kind, "title": TEXT, "default": value, "permitted": permitted, **SET})
        return name


@dataclass(frozen=True)
class Sketch:
    """A guidance in the making: what its criteria can count, the parameters and the names given so far."""

    draw: st.DrawFn
    instrument: Instrument
    parameters: Parameters
    counting: dict[str, str]
    names: list[str] = field(default_factory=list)

    def criterion(self, depth: int) -> dict[str, Any]:
        self.names.append(f"c{len(self.names) + 1}")
        return {"id": self.names[-1], "title": TEXT, "rule": self.rule(depth)}

    def rule(self, depth: int) -> dict[str, Any]:
        kind = self.draw(_one_of("leaf", "all_of", "any_of", "none_of")) if depth else "leaf"
        if kind == "leaf":
            return self.leaf()
        return {kind: [self.criterion(depth - 1) for _ in range(self.draw(_up_to(3, 1)))]}

    def leaf(self) -> dict[str, Any]:
        kind = self.draw(_one_of(*LEAVES))
        if kind == "is_one_of":
            return {kind: self.choice()}
        if kind == "offences_at_least":
            return {kind: {"fact": COUNT, "threshold": self.parameters.whole(self.draw(_up_to(4, 1))), **self.counting}}
        if kind.startswith("items"):
            return {kind: self.item_count()}
        fact = self.draw(_one_of(*NUMBERS))
        numbers = _up_to(NUMBERS[fact])
        if kind == "between":
            low, high = sorted((self.draw(numbers), self.draw(numbers)))
            return {kind: {"fact": fact, "min": self.parameters.whole(low), "max": self.parameters.whole(high)}}
        return {kind: {"fact": fact, "threshold": self.parameters.whole(self.draw(numbers))}}

    def choice(self) -> dict[str, Any]:
        fact = self.draw(_one_of(*CHOICES))
        values = CHOICES[fact]
        value = self.draw(_one_of(*values))
        if self.draw(_TRUE_OR_FALSE):
            return {"fact": fact, "least": self.parameters.choice(value, values)}
        return {"fact": fact, "values": list(dict.fromkeys([value, self.draw(_one_of(*values))]))}

    def item_count(self) -> dict[str, Any]:
        kind, own_behaviour = self.draw(_one_of(("risk", True), ("risk", False), ("protective", False)))
        # From the lowest level on every rating counts, so nothing is asked; the loader's tests tell of that.
        level = self.draw(_one_of("moderate", "high")) if kind == "risk" else "present"
        rule: dict[str, Any] = {"kind": kind, "own_behaviour": own_behaviour, "least": level}
        if self.draw(_TRUE_OR_FALSE):
            rule["least"] = self.parameters.choice(level, [level])
        items = len([each for each in self.instrument.items if each.kind == kind])
        own_items = len(self.instrument.own_behaviour_items)
        limit = self.draw(_one_of("threshold", "share", "threshold before share", "share where no threshold is set"))
        if limit.startswith("threshold"):
            rule["threshold"] = self.parameters.whole(self.draw(_up_to(own_items if own_behaviour else items)))
        elif limit != "share":
            rule["threshold"] = self.parameters.whole(None)
        if limit != "threshold":
            rule["share"] = self.parameters.share(self.draw(_one_of(0.0, 0.3, 1 / 3, 0.5, 0.6, 0.9)))
        return rule


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A guidance of one to four criteria over a small instrument, with up to two flags."""
    made = Parameters()
    counting = {"window_months": made.whole(RULE_MONTHS), "ever_below_age": made.whole(draw(_up_to(4, 1)))}
    sketch = Sketch(draw, _small_instrument(draw), made, counting)
    criteria = [{**sketch.criterion(depth=2), "required": draw(_up_to(3)) > 0} for _ in range(draw(_up_to(4, 1)))]
    flags = []
    for number in range(draw(_up_to(2))):
        kind = draw(_one_of("outside_design_age", "after_valid_to", "rule"))
        rule = sketch.rule(depth=1) if kind == "rule" else {kind: True}
        flags.append({"id": f"flag_{number}", "title": TEXT, "statement": TEXT, "rule": rule})
    valid_to = draw(_one_of(None, "2026-11-20", "2026-11-21"))
    try:
        return case_of(criteria, made.rows, sketch.instrument, flags, valid_to=valid_to)
    except InputError as error:
        assume(any(fault.code != "too-many-combinations" for fault in error.faults))
        raise


def guidance_of(criteria: list[dict[str, Any]], parameters: list[dict[str, Any]], **more: Any) -> Guidance:
    """A guidance of some criteria."""
    rest = {"summary": TEXT, "issuer": "test", "instrument": "small", "sources": []}
    return Guidance.model_validate(
        {**FILE, **rest, "id": "small", "parameters": parameters, "criteria": criteria, **more}
    )


def flags_of(flags: list[dict[str, Any]], **more: Any) -> FlagSet:
    """A set of flags."""
    return FlagSet.model_validate({**FILE, "id": "flags", "sources": [], "flags": flags, **more})


def case_of(
    criteria: list[dict[str, Any]],
    parameters: list[dict[str, Any]],
    instrument: Instrument,
    flags: Iterable[dict[str, Any]] = (),
    **more: Any,
) -> Case:
    """A guidance of some criteria, bound by the engine and read by brute force."""
    guidance, flag_set = guidance_of(criteria, parameters, **more), flags_of(list(flags))
    rules = bind(guidance, settings_of(guidance, flag_set, None), flag_set, DICTIONARY, instrument)
    return Case(rules, BruteForce(guidance, flag_set, DICTIONARY, instrument, ON))


# Intakes.


def invented_intake(case: Case, part_known: float, random: Random) -> Known:
    """What is known of one person: about ``part_known`` of the inputs, each with any of its values."""
    values = {
        name: random.choice(case.brute.domain(name)) for name in case.brute.inputs if random.random() < part_known
    }
    return Known(values, random.choice(WINDOWS) if COUNT in values else None)


@st.composite
def cases_with_intakes(draw: st.DrawFn, part_known: float = 0.6, number: int = 6) -> tuple[Case, list[Known]]:
    """A small guidance and some intakes. These come from a seed, since drawing every value one by one is slow."""
    case = draw(cases())
    random = Random(draw(_up_to(10_000)))  # noqa: S311
    return case, [invented_intake(case, part_known, random) for _ in range(number)]


SOAK_GUIDANCES = 2_000
Check = Callable[[Case, list[Known]], None]


def on_small_guidances(guidances: int, part_known: float = 0.6) -> Callable[[Check], Callable[[int], None]]:
    """Make a test of a check: on the same guidances every time, and as a soak test on many new ones."""

    def make_test(check: Check) -> Callable[[int], None]:
        @pytest.mark.parametrize("guidances", [guidances, pytest.param(SOAK_GUIDANCES, marks=pytest.mark.soak)])
        def test(guidances: int) -> None:
            @settings(max_examples=examples(guidances), derandomize=guidances < SOAK_GUIDANCES)
            @given(cases_with_intakes(part_known))
            def run(drawn: tuple[Case, list[Known]]) -> None:
                check(*drawn)

            run()

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return make_test


def on_small_intakes(
    guidances: int, part_known: float = 0.6
) -> Callable[[Callable[[Case, Known], None]], Callable[[int], None]]:
    """The same for a check of one intake at a time."""

    def make_test(check: Callable[[Case, Known], None]) -> Callable[[int], None]:
        @on_small_guidances(guidances, part_known)
        @wraps(check)
        def test(case: Case, intakes: list[Known]) -> None:
            for known in intakes:
                check(case, known)

        return test

    return make_test


# Between words and codes.


def code_of(name: str, value: Value, instrument: Instrument, dictionary: FactDictionary) -> int:
    """The engine's code of a value."""
    if name.startswith("item."):
        item = instrument.item(name.removeprefix("item."))
        return instrument.levels(item).index(str(value))
    if value == "not_applicable":
        return NOT_APPLICABLE
    fact = dictionary.by_id[name]
    return fact.codes[str(value)] if fact.kind == "choice" else int(value)


def value_of(name: str, code: int, case: Case) -> Value:
    """The word or number behind a code."""
    domain = case.brute.domain(name)
    [value] = [each for each in domain if code_of(name, each, case.brute.instrument, case.brute.dictionary) == code]
    return value


def in_codes(known: Known, case: Case) -> CodedIntake:
    """An intake in the engine's form."""
    instrument, dictionary = case.brute.instrument, case.brute.dictionary
    codes = {name: code_of(name, value, instrument, dictionary) for name, value in known.values.items()}
    return CodedIntake(
        {name: code for name, code in codes.items() if not name.startswith("item.")},
        tuple(codes.get(f"item.{item.id}", BLANK) for item in instrument.items),
        case.brute.on,
        known.window,
    )


def in_columns(cohort: list[Known], case: Case, *, with_windows: bool) -> Columns:
    """Intakes as columns; a fact that no one has is left out."""
    intakes_ = [in_codes(known, case) for known in cohort]
    names = sorted({name for each in intakes_ for name in each.facts})
    windows = {None: OWN_RULE_MONTHS, "ever": EVER_MONTHS}
    return Columns(
        {name: np.array([each.facts.get(name, BLANK) for each in intakes_], dtype=np.int8) for name in names},
        np.ascontiguousarray(np.array([each.items for each in intakes_], dtype=np.int8).T),
        case.brute.on,
        np.array([windows.get(known.window, known.window) for known in cohort], dtype=np.int16)
        if with_windows
        else None,
    )
