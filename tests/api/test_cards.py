"""The evidence behind an instrument, as programs read it: plain words, and counts only where they are allowed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.application import create_app
from api.settings.service import Settings
from instruments.card_shelf import publish_card
from instruments.cards import Card
from instruments.faults import InputError
from instruments.research.card.evidence import Evidence
from instruments.research.card.making import make_card, to_yaml
from instruments.research.card.statement import CardStatement
from instruments.shipped import instrument_registry
from tests.api.conftest import NOW, TODAY, ReadingClient
from tests.api.shapes import assert_problem
from tests.instruments.research.card.made import evidence_of

KEY = b"k" * 32
URL = "/api/v1/instruments/youth_spj/cards"
Serve = Callable[..., FlaskClient]


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return evidence_of(600)


@pytest.fixture
def serve(evidence: Evidence, tmp_path: Path) -> Serve:
    """A service with one published card, that has the key or another one."""

    def with_card(key: bytes | None = KEY, **stated: Any) -> FlaskClient:
        statement = CardStatement.model_validate({"id": "own", "version": "1", "responsible": "Anna Exempel"} | stated)
        card = make_card(evidence, statement, created_on=TODAY, key=KEY)
        (tmp_path / "card.yaml").write_text(to_yaml(card), encoding="utf-8")
        folder = tmp_path / "definitions"
        publish_card(tmp_path / "card.yaml", folder / "cards", instrument_registry(), KEY)
        app = create_app(Settings(definitions=folder), now=lambda: NOW)
        app.extensions["underlag"] = replace_key(app.extensions["underlag"], key)
        app.test_client_class = ReadingClient
        return app.test_client()

    return with_card


def replace_key(context: Any, key: bytes | None) -> Any:
    """The key comes with the records, which these tests do without."""
    from dataclasses import replace
    from types import SimpleNamespace

    kept = SimpleNamespace(settings=SimpleNamespace(signing_key=key))
    return replace(context, records=None if key is None else kept)


def only_card(client: FlaskClient, query: str = "") -> dict[str, Any]:
    (card,) = client.get(URL + query).get_json()["cards"]
    return dict(card)


def test_an_instrument_without_cards_has_an_empty_list(client: FlaskClient) -> None:
    answer = client.get(URL).get_json()
    assert answer["cards"] == []
    assert answer["instrument"] == "youth_spj@1.0"


def test_a_verified_card_tells_in_plain_words_what_it_holds_for_and_what_not(serve: Serve) -> None:
    card = only_card(serve())
    assert card["verified"] is True
    assert card["about"]["responsible"] == "Anna Exempel"
    assert "600" in card["about"]["plain"]["sv"]
    assert len(card["about"]["not_validated_for"]) >= 3
    assert (card["decision_support"], card["frequencies"]) == (False, None)


@pytest.mark.parametrize("key", [None, b"o" * 32])
def test_a_card_that_cannot_be_verified_tells_nothing(key: bytes | None, serve: Serve) -> None:
    card = only_card(serve(key, local=True, decision_support=True), "?summary_rating=high")
    assert (card["verified"], card["about"], card["decision_support"], card["frequencies"]) == (
        False,
        None,
        False,
        None,
    )


def test_frequencies_are_told_in_counts_and_only_once_the_professional_has_rated(
    serve: Serve, evidence: Evidence
) -> None:
    client = serve(local=True, decision_support=True)
    assert only_card(client)["frequencies"] is None
    told = only_card(client, "?summary_rating=moderate")["frequencies"]
    rating, happened = evidence.dataset.summary_rating, evidence.dataset.outcomes["again"]
    assert rating is not None
    for code, each in enumerate(told):
        here = happened[rating == code]
        assert (each["events"], each["n"]) == (here.sum(), len(here))
        assert f"{each['events']} av {each['n']}" in each["text"]["sv"]
    assert [each["level"] for each in told] == ["low", "moderate", "high"]


def test_a_card_from_elsewhere_gives_no_frequencies(serve: Serve) -> None:
    assert only_card(serve(), "?summary_rating=high")["frequencies"] is None


def test_a_rating_that_is_none_is_a_problem_with_what_is_allowed(client: FlaskClient) -> None:
    assert_problem(client.get(f"{URL}?summary_rating=severe"), 400, "bad-request")
    assert_problem(client.get("/api/v1/instruments/made_up/cards"), 404, "not-found")


def test_the_answer_can_be_asked_for_again_cheaply(serve: Serve) -> None:
    client = serve()
    tag = client.get(URL).headers["ETag"]
    assert client.get(URL, headers={"If-None-Match": tag}).status_code == 304


def test_a_service_with_a_broken_card_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "card.yaml").write_text("format: 2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"card\.yaml, line 1"):
        create_app(Settings(definitions=tmp_path), now=lambda: NOW)


@pytest.mark.thorough
def test_nothing_that_answers_a_request_can_load_an_estimator() -> None:
    import subprocess
    import sys

    program = "import sys, api.application; sys.exit(bool({'sklearn', 'joblib'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603


def test_a_card_has_no_place_for_a_total_or_a_probability_in_what_is_served() -> None:
    served = {"level", "events", "n", "low", "high"}
    assert set(Card.model_fields["levels"].annotation.__args__[0].model_fields) == served  # type: ignore[union-attr]
