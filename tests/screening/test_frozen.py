"""Screenings that were stored by earlier versions of the engine replay to the digest that was signed then.

Each file in ``frozen`` holds what an engine stored, a screening a line: what was submitted, what the digest covers, and
the digest. The files are never made anew. A changed rule, owner or limit is a new version of its definition, or a
raised `screening.explanation.SEMANTICS` beside which the old one still replays.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from instruments.canonical import canonical_json
from screening.replay import replay_covered, replay_submission
from tests.cases.reading import library

FROZEN = sorted((Path(__file__).parent / "frozen").glob("*.jsonl"))
LIBRARY = library()


def stored() -> Iterator[Any]:
    for path in FROZEN:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            screening = json.loads(line)
            yield pytest.param(screening, id=f"{path.stem}: {number} {screening['covered']['guidance']}")


@pytest.mark.parametrize("screening", list(stored()))
def test_a_stored_screening_replays_to_its_own_digest(screening: dict[str, Any]) -> None:
    covered, submission = screening["covered"], screening["submission"]
    again = replay_submission(LIBRARY, covered, submission)
    assert again.covered == covered
    assert again.sha256 == screening["sha256"]
    replayed = replay_covered(LIBRARY, covered)
    assert replayed.canonical == canonical_json(covered)


def test_every_guidance_of_the_first_semantics_is_there() -> None:
    (path,) = (path for path in FROZEN if path.stem == "semantics_1")
    screenings = [json.loads(line)["covered"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert {each["guidance"] for each in screenings} == set(LIBRARY.names())
    assert {each["outcome"] for each in screenings} == {
        "supports_offer",
        "more_information_needed",
        "not_target_group",
    }
    assert {each["gate"]["overall"] for each in screenings} == {"ready", "unknown", "not_ready"}
