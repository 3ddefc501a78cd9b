"""The machine form of a card is stated in a schema that anybody can check a card by."""

import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from instruments.card_schema import PATH, schema_text
from instruments.cards import SCHEMA
from instruments.research.card.making import to_yaml
from tests.instruments.research.card.made import card_of, evidence_of

SCHEMA_FILE = json.loads(PATH.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def card() -> dict[str, object]:
    written = yaml.safe_load(to_yaml(card_of(evidence_of(), reporting={"setting": "Exempelby"})))
    return dict(json.loads(json.dumps(written, default=str)))


def test_the_schema_is_the_one_of_the_code() -> None:
    assert PATH.read_text(encoding="utf-8") == schema_text(), "write it anew: python -m instruments.card_schema"
    Draft202012Validator.check_schema(SCHEMA_FILE)


def test_a_card_names_its_schema_and_follows_it(card: dict[str, object]) -> None:
    assert card["$schema"] == SCHEMA == SCHEMA_FILE["$id"]
    assert not list(Draft202012Validator(SCHEMA_FILE).iter_errors(card))


@pytest.mark.parametrize(
    "change",
    [{"reporting": None}, {"format": 2}, {"signature": "short"}, {"invented": 1}, {"$schema": "urn:other"}],
    ids=lambda change: next(iter(change)),
)
def test_what_is_no_card_does_not_follow_the_schema(change: dict[str, object], card: dict[str, object]) -> None:
    changed = {name: value for name, value in {**card, **change}.items() if value is not None}
    assert list(Draft202012Validator(SCHEMA_FILE).iter_errors(changed))
