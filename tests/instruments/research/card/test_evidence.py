"""Evidence is gathered in one way, in Python as by the command, and nothing leaves by it that tells of few."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from api.cli import main
from instruments.faults import InputError
from instruments.mapping import read_mapping
from instruments.research import CardStatement, Resampling, gather_evidence, read_dataset, write_card
from instruments.research.card.evidence import Evidence
from instruments.research.card.group_disclosure import is_of_few
from instruments.research.card.making import make_card
from instruments.research.card.rounding import is_exact
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.own_items import own_items
from instruments.research.datasets.scores import scores_of
from instruments.research.datasets.splitting import first_ratings
from instruments.research.figures.figure import Figure, Outcome, to_json
from instruments.research.limits import limits
from instruments.research.plans.plan import Plan
from tests.instruments.research.any_instrument import write_decile, write_two_raters
from tests.instruments.research.card.made import YOUTH, evidence_of
from tests.instruments.research.invented import invent

KEY = bytes.fromhex("6b" * 16 + "a1b2c3d4e5f60718" * 2)
LEAST = limits().whole("small_count")
DECIMALS = limits().whole("told_decimals")
ALONE = Resampling(draws=0)
ON = date(2026, 11, 30)
STATEMENT = CardStatement(id="study", version="1", responsible="Anna Exempel")


def test_there_is_no_evidence_but_what_was_gathered() -> None:
    made = evidence_of(100)
    with pytest.raises(TypeError, match="gather_evidence"):
        Evidence(made.dataset, YOUTH, "again", "risk_total", made.reports)
    with pytest.raises(TypeError, match="gather_evidence"):
        replace(made, outcome="another")


def test_a_card_that_is_refused_leaves_nothing_behind(tmp_path: Path) -> None:
    evidence = evidence_of(100)
    with pytest.raises(InputError, match="not-monitored"):
        write_card(evidence, STATEMENT, tmp_path / "card", created_on=ON, key=KEY, monitored=evidence.as_report())
    assert not (tmp_path / "card").exists()


def numberless(content: bytes) -> bytes:
    """A file without the numbers by which pictures are counted that one process draws."""
    return re.sub(rb"\bclip\d+", b"clip", content)


@pytest.mark.thorough
@pytest.mark.parametrize("write", [write_decile, write_two_raters])
def test_a_card_that_is_made_in_python_is_the_card_of_the_command_to_the_byte(write: Any, tmp_path: Path) -> None:
    table = write(tmp_path)
    mapping = table.with_suffix(".yaml")
    arguments = [str(table), "--mapping", str(mapping), "--draws", "100", "--reference-date", f"{ON}", "--json"]
    about = tmp_path / "about.yaml"
    about.write_text("id: study\nversion: '1'\nresponsible: Anna Exempel\n", encoding="utf-8")
    by_command = CliRunner().invoke(
        main,
        ["research", "card", *arguments, "--about", str(about), "-o", str(tmp_path / "command")],
        env={"UNDERLAG_SIGNING_KEY": KEY.hex()},
    )
    assert by_command.exit_code == 0, by_command.output

    dataset = read_dataset(table, mapping, own_items(read_mapping(mapping).content))
    evidence = gather_evidence(dataset, resampling=Resampling(draws=100))
    card, path = write_card(evidence, STATEMENT, tmp_path / "python", created_on=ON, key=KEY)

    assert to_json(evidence.as_report()) == by_command.stdout.rstrip("\n")
    assert path.name == "study@1.yaml"
    assert card.is_signed_with(KEY)
    written = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    assert set(written) == {"study@1.yaml", "study@1.sv.html", "study@1.en.html", "study@1.bundle"}
    for name, content in written.items():
        assert numberless(content) == numberless((tmp_path / "command" / name).read_bytes()), name


@pytest.mark.thorough
def test_a_plan_is_followed_where_nothing_else_is_asked_for_and_what_is_asked_for_departs() -> None:
    plan = Plan(
        title="Study",
        responsible="Anna Exempel",
        fixed_on=date(2026, 11, 1),
        hypotheses=("The area exceeds 0.6.",),
        outcome="again",
        scores=("summary_rating",),
        groups=("sex",),
        seed=3,
        draws=0,
    )
    evidence = gather_evidence(invent(), instrument=YOUTH, plan=plan)
    assert (evidence.outcome, evidence.score, evidence.as_report().about["seed"]) == ("again", "summary_rating", 3)
    card = make_card(evidence, STATEMENT, created_on=ON, key=KEY)
    assert card.plan == plan
    assert not [each for each in card.warnings if each.code.startswith("plan-")]
    asked = gather_evidence(invent(), instrument=YOUTH, plan=plan, resampling=ALONE, score="risk_total")
    departed = make_card(asked, STATEMENT, created_on=ON, key=KEY)
    assert {each.parameters["part"] for each in departed.warnings if each.code == "plan-departed"} == {"seed", "scores"}


def test_a_card_is_bound_to_the_very_definition_that_its_data_were_read_by() -> None:
    other = replace(YOUTH, content=YOUTH.content.model_copy(update={"version": "7"}))
    for given_definition in (None, other):
        with pytest.raises(InputError, match="definition-of-data-wanted"):
            gather_evidence(invent(), "again", instrument=given_definition, resampling=ALONE)


# --- whatever the data are -------------------------------------------------------------------------------------------


@st.composite
def samples(draw: st.DrawFn) -> Dataset:
    """Small samples with blanks, groups and outcomes of few, and with doubly rated persons."""
    n = draw(st.integers(12, 90))
    data = invent(n, strength=draw(st.sampled_from([0.0, 0.6, 3.0])))
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    few = st.sampled_from([0, 1, 2, 4, 5, 9, n // 2, n])

    def some() -> Any:
        return random.permutation(n)[: min(draw(few), n)]

    outcomes, facts, ratings, groups = (
        part.copy() for part in (data.outcomes, data.facts, data.ratings, data.groups[["place", "sex"]])
    )
    outcomes.iloc[some(), 0] = draw(st.sampled_from([0.0, 1.0, np.nan]))
    facts.iloc[some(), 0] = None
    ratings.iloc[some(), draw(st.integers(0, 3))] = np.nan
    groups.iloc[some(), 0] = "far away"
    treated = pd.DataFrame({"again": (random.random(n) < 0.2).astype(float)}) if draw(st.booleans()) else None
    return replace(data, outcomes=outcomes, facts=facts, ratings=ratings, groups=groups, treated=treated)


def numbers_in(details: Any) -> Iterator[float]:
    if isinstance(details, dict | list | tuple):
        yield from chain.from_iterable(
            map(numbers_in, details.values() if isinstance(details, dict) else details),
        )
    elif isinstance(details, float):
        yield details


def is_told_in_few_decimals(each: Figure) -> bool:
    told = [number for number in (each.value, each.low, each.high) if number is not None and np.isfinite(number)]
    return is_exact(each) or all(float(number) == round(float(number), DECIMALS) for number in told)


def is_share_of_few(each: Outcome) -> bool:
    return isinstance(each, Figure) and each.method == "wilson" and is_of_few(round(each.value * each.n), each.n, LEAST)


@pytest.mark.thorough
@given(samples(), st.sampled_from(["risk_total", "summary_rating"]), st.sampled_from([None, 6.0]))
@settings(max_examples=20)
def test_nothing_leaves_by_it_that_tells_of_few(data: Dataset, score: str, cut: float | None) -> None:
    cut = None if score == "summary_rating" else cut
    try:
        evidence = gather_evidence(data, "again", instrument=YOUTH, score=score, cut=cut, resampling=ALONE)
    except InputError as refused:
        if refused.faults[0].code == "card-of-few":
            return
        raise
    happened = evidence.dataset.outcomes["again"]
    assert min((happened == 1).sum(), (happened == 0).sum()) >= LEAST
    for name in evidence.dataset.groups:
        values = evidence.dataset.groups[name]
        assert (values.fillna("blank").value_counts() >= LEAST).all()
    for report in evidence.reports:
        for figure in (each for part in report.sections for row in part.rows for each in row.figures):
            assert not is_share_of_few(figure), figure
            assert not isinstance(figure, Figure) or is_told_in_few_decimals(figure), figure
        for warning in report.warnings:
            people = [each for name, each in warning.parameters.items() if name != "joined"]  # values of a column
            assert not [each for each in people if each in range(1, LEAST)], warning
        assert all(number == round(number, DECIMALS) for number in numbers_in(report.details) if np.isfinite(number))
    persons = first_ratings(evidence.dataset)
    for row in evidence.as_report().section("areas").rows:
        known = persons.outcomes["again"][scores_of(persons)[row.labels[0]].notna()].dropna()
        sides = {int((known == side).sum()) for side in (0, 1)}
        assert not sides & set(range(1, LEAST)) or not any(isinstance(each, Figure) for each in row.figures), row
    card = make_card(evidence, STATEMENT, created_on=ON, key=KEY)
    assert json.loads(to_json(evidence.as_report()))["sections"]
    assert len(card.sections) == len(evidence.as_report().sections)
