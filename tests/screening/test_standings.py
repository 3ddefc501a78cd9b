"""Which offences count (suspected, admitted, convicted) is a limit with an owner; what is not told stays open."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.ratings import BLANK
from instruments.row_faults import RowFaults
from screening.batch.preparation import Request, prepare_columns
from screening.coding import Intake
from screening.criteria import STANDINGS, OffencesAtLeast, count_by_standing
from screening.explanation import Explanation, explain
from screening.fact_reading import read_facts
from screening.library import DEFINITIONS, Library
from screening.rendering import render
from screening.replay import replay_covered

ON = date(2026, 11, 28)
NUMBERS = st.none() | st.integers(0, 6)


def local_library(folder: Path, counted: str) -> Library:
    """A municipality that has settled which offences count."""
    text = (DEFINITIONS / "overlays/stockholm_2012/farsta/1.1.yaml").read_text(encoding="utf-8")
    setting = (
        f"settings:\n  - parameter: offences_counted\n    value: {counted}\n    set_by: Exempelby\n"
        "    set_on: 2026-11-28\n    reason: {sv: Nämnden vill veta mer., en: The board wants to know more.}\n"
    )
    text = text.replace("id: stockholm_2012/farsta", "id: exempelby/own").replace("settings: []\n", setting)
    (folder / "overlays").mkdir(exist_ok=True)
    (folder / "overlays" / "own.yaml").write_text(text, encoding="utf-8")
    return Library(folder)


@pytest.fixture(scope="module", params=STANDINGS)
def settled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Library]:
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, local_library(folder, request.param)


def explained(library: Library, offences: Any) -> Explanation:
    facts = {"age": 16, "gang_ties": {"value": "none", "source": "polisen"}, "offence_count": offences}
    bound = library.bind("exempelby/own", on=ON, is_rated=False)
    return explain(bound, Intake(ON, read_facts(facts, library.facts(ON), on=ON)))


def status(library: Library, offences: Any) -> str:
    explanation = explained(library, offences)
    return explanation.status(explanation.bound.rules.by_name["several_offences"])


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"convicted": 0, "admitted": 0}, ("met", "not_met", "not_met")),
        ({"convicted": 0, "admitted": 3}, ("met", "met", "not_met")),
        ({"convicted": 1, "admitted": 2}, ("met", "met", "not_met")),
        ({"convicted": 3, "admitted": 0}, ("met", "met", "met")),
        ({"convicted": 3}, ("met", "met", "met")),
        ({"convicted": 1}, ("met", "unknown", "not_met")),
        ({"admitted": 3}, ("met", "met", "not_met")),
        ({}, ("met", "unknown", "unknown")),
    ],
)
def test_three_offences_by_how_well_established_they_are(
    settled: tuple[str, Library], told: dict[str, int], expected: tuple[str, str, str]
) -> None:
    counted, library = settled
    assert status(library, {"value": 3, "window_months": 24, **told}) == expected[STANDINGS.index(counted)]


def test_a_plain_count_is_counted_by_the_guidances_own_rule(settled: tuple[str, Library]) -> None:
    _, library = settled
    assert status(library, 3) == "met"
    assert status(library, 2) == "not_met"


def test_the_sentence_says_which_offences_count_and_the_limit_names_its_owner(settled: tuple[str, Library]) -> None:
    counted, library = settled
    answer = render(
        explained(library, {"value": 3, "window_months": 24, "convicted": 3, "admitted": 0}),
        library.catalogue,
        engine="0.0",
    )
    offences = next(each for each in answer["criteria"] if each["id"] == "offences_or_ties")["children"][0]
    words = {
        "suspected": "misstänkta, erkända och lagförda",
        "admitted": "erkända och lagförda",
        "convicted": "lagförda",
    }
    assert f"({words[counted]})" in offences["text"]["sv"]
    limits = {each["id"]: each for each in offences["threshold"]["parameters"]}
    assert (limits["offences_counted"]["value"], limits["offences_counted"]["set_by"]) == (counted, "Exempelby")


def test_what_is_told_replays_to_the_same_digest(settled: tuple[str, Library]) -> None:
    _, library = settled
    for told in ({}, {"convicted": 1}, {"convicted": 1, "admitted": 1}, {"admitted": 0}):
        explanation = explained(library, {"value": 4, "window_months": 12, **told})
        assert replay_covered(library, explanation.covered).sha256 == explanation.sha256


def test_a_table_decides_as_the_single_intake(settled: tuple[str, Library]) -> None:
    _, library = settled
    rows = [(str(value), window) for value in range(5) for window in ("", "12", "24", "60", "ever")]
    columns = ["key", "age", "gang_ties", "offence_count", "offence_count.window_months"]
    cells = [
        [str(place) for place in range(len(rows))],
        ["16"] * len(rows),
        ["none"] * len(rows),
        *zip(*rows, strict=True),
    ]
    batch = pa.record_batch([list(column) for column in cells], columns)
    prepared = prepare_columns(library, columns, Request(("exempelby/own",), ON))
    decided = prepared.decide(prepared.bound, prepared.code(_Chunk(batch), RowFaults()))  # type: ignore[arg-type]
    node = prepared.bound.rules.by_name["several_offences"]
    words = ("not_met", "unknown", "met")
    for place, (value, window) in enumerate(rows):
        sent: Any = {"value": int(value), "window_months": int(window) if window.isdigit() else window or None}
        assert words[decided.truths[node.position, place]] == status(library, sent), (value, window)


class _Chunk:
    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch

    @staticmethod
    def row_number(place: int) -> int:
        return place + 1


@given(total=st.integers(0, 6), admitted=NUMBERS, convicted=NUMBERS, least=st.integers(1, 5))
@pytest.mark.parametrize("counted", STANDINGS)
def test_a_count_is_blank_only_where_two_ways_of_telling_the_rest_differ(
    counted: str, total: int, admitted: int | None, convicted: int | None, least: int
) -> None:
    if (admitted or 0) + (convicted or 0) > total:
        return
    test = OffencesAtLeast(least, 24, 15, 999, counted)
    possible = {
        {"suspected": total, "admitted": some + more, "convicted": more}[counted] >= least
        for more in ([convicted] if convicted is not None else range(total + 1))
        for some in ([admitted] if admitted is not None else range(total + 1))
        if some + more <= total
    }
    count = count_by_standing(total, admitted, convicted, test, is_by_own_rule=False)
    assert (count == BLANK) == (len(possible) == 2)
    if count != BLANK:
        assert possible == {count >= least}


def test_an_overlay_cannot_count_what_is_no_standing(tmp_path: Path) -> None:
    library = local_library(tmp_path, "rumoured")
    with pytest.raises(ValueError, match="value-not-permitted"):
        library.bind("exempelby/own", on=ON)
    shutil.rmtree(tmp_path / "overlays")
