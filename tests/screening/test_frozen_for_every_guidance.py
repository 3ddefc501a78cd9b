"""What every guidance, in every version, came to before its rules were compiled, it comes to now, to the byte.

Each file in ``frozen/canonical`` holds what a digest covers, a screening a line, of one guidance and its overlays: a
thousand invented screenings of each, with windows, stale answers, answers that were not found or do not apply, counts
that wait for the summary rating, consents of every standing and guardians who are not known. The files are never made
anew, and nothing is kept that could make them: a line that differs is a fault in the engine, or a change that needs a
new version of a definition or a raised `screening.explanation.SEMANTICS`.
"""

import json
import lzma
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from screening.coding import Coding, Intake, code_intake
from screening.guidance import Guidance, Overlay
from screening.replay import replay_covered
from screening.ruleset import RuleSet
from tests.cases.reading import library
from tests.screening.defined import DESCRIBED
from tests.thoroughness import a_few

LIBRARY = library()
#: Every guidance and overlay that there was when the files were made.
NAMES = sorted({each.content.id for each in DESCRIBED if isinstance(each.content, Guidance | Overlay)})
FOLDER = Path(__file__).parent / "frozen" / "canonical"
FAMILIES = sorted(path.name.partition(".")[0] for path in FOLDER.iterdir())
OF_EACH = 1_000
SPREAD = 60
EVERY_KIND = [
    *(f'"status":"{each}"' for each in ("given", "refused", "withdrawn", "expired", "undated", "not_recorded")),
    *(f'"overall":"{each}"' for each in ("ready", "unknown", "not_ready")),
    *(f'"outcome":"{each}"' for each in ("supports_offer", "more_information_needed", "not_target_group")),
    *(f'"blank":"{each}"' for each in ("stale", "not_found", "not_asked")),
    *(f'"guardians":{each},"items"' for each in ("null", "0", "1", "2")),
    *(f'"window_months":{each}' for each in ("null", '"ever"', "6", "12", "24", "36")),
    '"status":"not_yet_valid"',
    '"guardians_open":true',
    '"value":"not_applicable"',
    '"convicted":0',
    '"admitted":',
    '"items":null',
    "youth_spj@1.0",
    "young_adult_spj@1.0",
]


@cache
def frozen(family: str) -> list[bytes]:
    return lzma.decompress((FOLDER / f"{family}.jsonl.xz").read_bytes()).splitlines()


def chosen(name: str, number: int) -> list[bytes]:
    """Some screenings by a guidance, the same every time."""
    mark = f'"guidance":"{name}",'.encode()
    lines = [line for line in frozen(name.partition("/")[0]) if mark in line]
    return sorted(Random(name).sample(lines, number))  # noqa: S311


def that_differ(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    return [covered for line in lines if replay_covered(LIBRARY, covered := json.loads(line)).canonical != line]


@pytest.mark.parametrize("number", [SPREAD, pytest.param(OF_EACH, marks=pytest.mark.soak)])
@pytest.mark.parametrize("name", a_few(NAMES))
def test_every_guidance_comes_to_the_very_same_bytes(name: str, number: int) -> None:
    assert that_differ(chosen(name, number)) == []


def test_there_are_a_thousand_of_every_guidance() -> None:
    counted = Counter(json.loads(line)["guidance"] for family in FAMILIES for line in frozen(family))
    assert counted == dict.fromkeys(NAMES, OF_EACH)


@pytest.mark.parametrize("family", FAMILIES)
def test_they_hold_every_kind_of_answer_consent_and_result(family: str) -> None:
    together = b"\n".join(frozen(family))
    assert [kind for kind in EVERY_KIND if kind.encode() not in together] == []


def code_by_own_rule(rules: RuleSet, intake: Intake) -> Coding:
    """Code an intake as if its offences were counted over the guidance's own time."""
    coding = code_intake(rules, intake)
    return replace(coding, intake=replace(coding.intake, offence_window=None))


PLANTED = {
    "a stale answer counts": ("screening.coding.is_stale", lambda value, row, rules, on: False),
    "a consent never runs out": ("screening.gate.Consent.last_day", lambda consent, longest_months: None),
    "a window is read as the guidance's own": ("screening.explanation.code_intake", code_by_own_rule),
    "what an outcome rests on is lost": ("screening.explanation.find_decisive_sets", lambda rules, intake, truth: ()),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found_by_the_ordinary_spread(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, planted = PLANTED[fault]
    monkeypatch.setattr(place, planted)
    assert that_differ(chosen("stockholm_2012", SPREAD)) != []
