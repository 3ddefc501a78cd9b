"""A card holds every figure, is bound to its instrument, signed, and published once."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from instruments.card_parts import Bundle
from instruments.card_shelf import ListedCard, cards_about, publish_card, read_shelf
from instruments.cards import AlteredCardError, Card, read_card
from instruments.faults import InputError, UnknownDefinitionError
from instruments.mapping import RatedWith
from instruments.messages import Text
from instruments.research.calibration.report import calibrate
from instruments.research.calibrators import LogisticCalibrator
from instruments.research.card.bundle import write_bundle
from instruments.research.card.evidence import Evidence
from instruments.research.card.making import default_statement, make_card, to_yaml
from instruments.research.card.page import render_page
from instruments.research.card.statement import CardStatement
from instruments.research.datasets.scores import RISK_TOTAL, scores_of
from instruments.research.estimation.resampling import Resampling
from instruments.research.fairness.report import fairness
from instruments.research.validity.report import validity
from instruments.shipped import instrument_registry
from instruments.signing import public_key_of
from tests.instruments.research.card.made import ungathered
from tests.instruments.research.data import ON
from tests.instruments.research.invented import invent
from tests.thoroughness import a_few

KEY = b"k" * 32
FEW = Resampling(draws=200)
REGISTRY = instrument_registry()
YOUTH = REGISTRY.find("youth_spj", on=ON)
STATED = {"id": "exempelby", "version": "1.0", "responsible": "Anna Exempel, Exempelby"}


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    data = invent(600)
    data.groups.loc[:4, "place"] = "far away"
    reports = (
        validity(data, "again", resampling=FEW),
        calibrate(data, "again", methods=("logistic",), folds=5, resampling=FEW),
        fairness(data, "again", ["sex", "place"]),
    )
    return ungathered(data, *reports)


@pytest.fixture(scope="module")
def card(evidence: Evidence) -> Card:
    return make_card(evidence, CardStatement.model_validate(STATED), created_on=ON, key=KEY)


def written(card: Card, folder: Path) -> Path:
    path = folder / "card.yaml"
    path.write_text(to_yaml(card), encoding="utf-8")
    return path


def with_change(card: Card, folder: Path, change: Mapping[str, Any]) -> Path:
    path = written(card, folder)
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text("utf-8")) | dict(change), allow_unicode=True), "utf-8")
    return path


def test_a_card_is_read_back_as_it_was_signed(card: Card, tmp_path: Path) -> None:
    read_back = read_card(written(card, tmp_path))
    assert read_back == card
    assert read_back.is_signed_with(KEY)
    assert not read_back.is_signed_with(b"o" * 32)
    assert (read_back.instrument, read_back.instrument_sha256) == ("youth_spj@1.0", YOUTH.sha256)


def test_every_figure_of_every_report_is_on_the_card_in_full_precision(card: Card, evidence: Evidence) -> None:
    sections = [section for report in evidence.reports for section in report.sections]
    assert [each.section for each in card.sections] == [each.name for each in sections]
    for ours, theirs in zip(card.sections, sections, strict=True):
        for row, original in zip(ours.rows, theirs.rows, strict=True):
            assert [each.value for each in row.figures] == [getattr(each, "value", None) for each in original.figures]


@pytest.mark.parametrize(
    "change",
    a_few(
        [
            {"local": True},
            {"responsible": "Someone Else"},
            {"plain": {"sv": "Bäst.", "en": "The best."}},
            {"not_validated_for": [{"sv": "Inget.", "en": "Nothing."}]},
            {"sections": []},
            {"created_on": date(2030, 1, 1)},
        ]
    ),
    ids=lambda change: next(iter(change)),
)
def test_a_card_that_was_changed_by_hand_is_noticed(change: Mapping[str, Any], card: Card, tmp_path: Path) -> None:
    path = with_change(card, tmp_path, change)
    assert not read_card(path).is_signed_with(KEY)
    with pytest.raises(AlteredCardError, match="card-altered"):
        publish_card(path, tmp_path / "cards", REGISTRY, KEY)
    assert not (tmp_path / "cards").exists()


def test_a_card_says_what_it_is_not_validated_for(card: Card) -> None:
    told = " ".join(text.en for text in card.not_validated_for)
    assert "any one person" in told
    assert "youth_spj@1.0" in told
    assert "not local" in told
    assert "place: far away" in told


def test_a_card_about_another_file_of_the_instrument_is_not_published(card: Card, tmp_path: Path) -> None:
    other = card.model_copy(update={"instrument_sha256": "0" * 64})
    signed = other.signed_with(KEY)
    with pytest.raises(InputError, match="card-of-other-instrument"):
        publish_card(written(signed, tmp_path), tmp_path / "cards", REGISTRY, KEY)
    rated_with = card.rated_with.model_copy(update={"instrument": "made_up@1.0"})
    unknown = card.model_copy(update={"instrument": "made_up@1.0", "rated_with": rated_with}).signed_with(KEY)
    with pytest.raises(UnknownDefinitionError):
        publish_card(written(unknown, tmp_path), tmp_path / "cards", REGISTRY, KEY)


def test_a_card_says_all_that_it_takes_to_compute_it_again(card: Card, evidence: Evidence) -> None:
    assert {"seed", "draws", "folds"} <= card.computed_with.keys()
    again = make_card(evidence, CardStatement.model_validate(STATED), created_on=ON, key=KEY)
    assert to_yaml(again) == to_yaml(card)


def test_plain_words_have_two_decimals_and_no_raw_names(card: Card) -> None:
    for language in ("sv", "en"):
        plain = card.plain.in_language(language)
        assert RISK_TOTAL not in plain
        assert not re.search(r"\d[.,]\d{3}", plain)


def test_anyone_can_verify_a_card_without_a_secret(card: Card) -> None:
    assert card.is_as_signed
    assert not card.model_copy(update={"responsible": "Someone Else"}).is_as_signed
    assert not card.model_copy(update={"public_key": public_key_of(b"o" * 32)}).is_as_signed


def on_savry(evidence: Evidence) -> Evidence:
    """The same figures, of people who were rated with another instrument of the same structure."""
    told = RatedWith(
        instrument="SAVRY",
        words=Text(sv="originalets formuleringar", en="the wording of the original"),
        by=Text(sv="CEJFE i Katalonien", en="CEJFE in Catalonia"),
    )
    return ungathered(replace(evidence.dataset, rated_with=told), *evidence.reports)


@pytest.mark.thorough
def test_a_card_on_another_instrument_says_so_first_and_in_both_languages(evidence: Evidence) -> None:
    made = make_card(on_savry(evidence), CardStatement.model_validate(STATED), created_on=ON, key=KEY)
    assert not made.is_on_own_instrument
    for language in ("sv", "en"):
        title, plain = made.title.in_language(language), made.plain.in_language(language)
        assert "SAVRY" in title
        assert "youth_spj@1.0" in title
        for words in ("SAVRY", "CEJFE", "originalets" if language == "sv" else "the wording"):
            assert words in plain
        page = render_page(made, on_savry(evidence), language)
        assert "CEJFE" in page


def test_a_title_of_ones_own_does_not_hide_what_a_card_is_about(evidence: Evidence) -> None:
    stated = {**STATED, "title": {"sv": "Det fungerar", "en": "It works"}}
    made = make_card(on_savry(evidence), CardStatement.model_validate(stated), created_on=ON, key=KEY)
    assert made.title.en.startswith("It works – about SAVRY, not about youth_spj@1.0")


def test_evidence_on_another_instrument_is_never_signed_or_shown_as_evidence_on_ours(
    evidence: Evidence, tmp_path: Path
) -> None:
    local = CardStatement.model_validate({**STATED, "local": True, "decision_support": True})
    with pytest.raises(InputError, match="card-on-other-instrument"):
        make_card(on_savry(evidence), local, created_on=ON, key=KEY)
    made = make_card(on_savry(evidence), CardStatement.model_validate(STATED), created_on=ON, key=KEY)
    with pytest.raises(InputError, match="card-on-other-instrument"):
        publish_card(written(made, tmp_path), tmp_path / "cards", REGISTRY, KEY)
    assert not (tmp_path / "cards").exists()
    # nor where somebody copies it into the folder by hand
    assert cards_about([made], "youth_spj@1.0", YOUTH.sha256, KEY) == []


def test_no_card_is_made_where_nobody_says_what_the_people_were_rated_with(evidence: Evidence) -> None:
    silent = ungathered(replace(evidence.dataset, rated_with=None), *evidence.reports)
    with pytest.raises(InputError, match="rated-with-missing"):
        make_card(silent, CardStatement.model_validate(STATED), created_on=ON, key=KEY)


def test_a_card_is_published_once_with_what_stands_beside_it(evidence: Evidence, tmp_path: Path) -> None:
    total = scores_of(evidence.dataset)[RISK_TOTAL].to_frame()
    fitted = LogisticCalibrator().fit(total, evidence.dataset.outcomes["again"])
    sha256 = write_bundle(fitted, tmp_path / "b.bundle", KEY)
    statement = CardStatement.model_validate(STATED)
    bundle = Bundle(file="b.bundle", sha256=sha256)
    made = make_card(evidence, statement, created_on=ON, key=KEY).model_copy(update={"bundle": bundle}).signed_with(KEY)
    path = written(made, tmp_path)
    path.with_name("card.sv.html").write_text("<p>", encoding="utf-8")
    target = publish_card(path, tmp_path / "cards", REGISTRY, KEY)
    assert {each.name for each in target.parent.iterdir()} == {"exempelby@1.0.yaml", "card.sv.html", "b.bundle"}
    with pytest.raises(InputError, match="card-published"):
        publish_card(path, tmp_path / "cards", REGISTRY, KEY)
    listed = cards_about(read_shelf(tmp_path / "cards"), "youth_spj@1.0", YOUTH.sha256, KEY)
    assert [each.card.reference for each in listed] == ["exempelby@1.0"]
    (tmp_path / "b.bundle").write_bytes(b"another")
    with pytest.raises(AlteredCardError, match="bundle-altered"):
        publish_card(path, tmp_path / "elsewhere", REGISTRY, KEY)


def test_no_estimator_stands_beside_a_card_but_the_one_that_is_fitted_where_it_is_written(evidence: Evidence) -> None:
    """Of another one the digits could tell what those of the card do not."""
    another: Any = {"bundle": Bundle(file="b.bundle", sha256="0" * 64)}
    with pytest.raises(TypeError, match="bundle"):
        make_card(evidence, CardStatement.model_validate(STATED), created_on=ON, key=KEY, **another)


def test_a_card_with_one_person_exchanged_is_not_published_beside_the_first(evidence: Evidence, tmp_path: Path) -> None:
    first = make_card(evidence, CardStatement.model_validate(STATED), created_on=ON, key=KEY)
    publish_card(written(first, tmp_path), tmp_path / "cards", REGISTRY, KEY)
    data = evidence.dataset
    happened = data.outcomes.copy()
    happened.iloc[0] = 1 - happened.iloc[0]
    exchanged = ungathered(replace(data, outcomes=happened), *evidence.reports)
    second = make_card(exchanged, CardStatement.model_validate({**STATED, "version": "2.0"}), created_on=ON, key=KEY)
    with pytest.raises(InputError, match="card-differs-by-few") as refused:
        publish_card(written(second, tmp_path), tmp_path / "cards", REGISTRY, KEY)
    assert refused.value.faults[0].parameters["other"] == first.reference
    same = make_card(evidence, CardStatement.model_validate({**STATED, "version": "3.0"}), created_on=ON, key=KEY)
    publish_card(written(same, tmp_path), tmp_path / "cards", REGISTRY, KEY)


@pytest.mark.parametrize(
    ("stated", "code"),
    [({"decision_support": True}, "decision-support-not-local")],
)
def test_decision_support_needs_a_local_card(stated: Mapping[str, Any], code: str, evidence: Evidence) -> None:
    with pytest.raises(InputError, match=code):
        make_card(evidence, CardStatement.model_validate({**STATED, **stated}), created_on=ON, key=KEY)


def test_decision_support_needs_fifty_people_at_every_level(card: Card, tmp_path: Path) -> None:
    data = invent(120)
    few = ungathered(data, validity(data, "again", resampling=FEW))
    stated = CardStatement.model_validate({**STATED, "local": True, "decision_support": True})
    with pytest.raises(InputError, match="level-too-small"):
        make_card(few, stated, created_on=ON, key=KEY)
    levels = [{"level": "low", "events": 2, "n": 49, "low": 0.0, "high": 0.2}]
    path = with_change(card, tmp_path, {"local": True, "decision_support": True, "levels": levels})
    with pytest.raises(InputError, match=r"card\.yaml, line \d+: level-too-small"):
        read_card(path)


def test_only_a_verified_local_card_allows_frequencies(evidence: Evidence) -> None:
    stated = CardStatement.model_validate({**STATED, "local": True, "decision_support": True})
    made = make_card(evidence, stated, created_on=ON, key=KEY)
    assert min(level.n for level in made.levels) >= 50
    assert ListedCard(made, True).allows_decision_support
    assert not ListedCard(made, False).allows_decision_support


def test_a_broken_card_on_the_shelf_is_told_with_its_line(card: Card, tmp_path: Path) -> None:
    with_change(card, tmp_path, {"responsible": 7})
    with pytest.raises(InputError, match=r"card\.yaml, line \d+: wrong-type"):
        read_shelf(tmp_path)


def test_without_the_key_no_card_is_verified(card: Card, tmp_path: Path) -> None:
    written(card, tmp_path)
    for key, sha256 in ((None, YOUTH.sha256), (b"o" * 32, YOUTH.sha256), (KEY, "0" * 64)):
        listed = cards_about(read_shelf(tmp_path), "youth_spj@1.0", sha256, key)
        assert [each.is_verified for each in listed] == [False]
    assert cards_about(read_shelf(tmp_path), "young_adult_spj@1.0", YOUTH.sha256, KEY) == []
    assert read_shelf(tmp_path / "nothing") == ()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.thorough
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_page_tells_all_without_a_script_or_anything_from_elsewhere(
    language: str, card: Card, evidence: Evidence
) -> None:
    page = _Reader()
    page.feed(render_page(card, evidence, language))
    names = [tag for tag, _ in page.tags]
    assert names.count("svg") == 7
    assert not {"script", "link", "iframe", "img"} & set(names)
    assert not [attributes for _, attributes in page.tags if {"src", "style"} & set(attributes)]
    assert card.plain.in_language(language) in page.text
    assert card.signature in page.text
    assert card.public_key in page.text
    for text in card.not_validated_for:
        assert text.in_language(language) in page.text
    pictures = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert all(each.get("role") == "img" and each.get("aria-label") for each in pictures)


def test_what_stands_in_the_data_cannot_become_a_part_of_the_page(evidence: Evidence) -> None:
    stated = CardStatement.model_validate({**STATED, "responsible": "<script>alert(1)</script>"})
    made = make_card(evidence, stated, created_on=ON, key=KEY)
    assert "<script>" not in render_page(made, evidence, "sv")


def test_without_a_statement_a_card_has_an_id_of_its_own(evidence: Evidence) -> None:
    assert default_statement(evidence, "Anna Exempel").id == "youth_spj_again"
