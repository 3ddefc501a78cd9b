"""The evidence beside the instrument: plain words, and counts only beside a saved rating where a card allows it."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from instruments.card_parts import LevelCount
from instruments.cards import Card
from instruments.messages import Text
from instruments.shipped import instrument_registry
from tests.api.accounts.people import SIGNING_KEY, House
from tests.api.conftest import TODAY
from tests.api.pages.work.working import FACTS, SIGNABLE, Worker, at_work

COUNTS = ("20 av 60", "38 av 120", "45 av 75")
YOUTH = instrument_registry().find("youth_spj", on=TODAY)


def card(**changes: Any) -> Card:
    """A card that says little, signed by the service of the tests."""
    both = {"sv": "Prövat på påhittade.", "en": "Tested on invented people."}
    levels = [
        LevelCount(level=level, events=events, n=n, low=0.2, high=0.5)  # type: ignore[arg-type]
        for level, events, n in (("low", 20, 60), ("moderate", 38, 120), ("high", 45, 75))
    ]
    given: dict[str, Any] = {
        "format": 2,
        "id": "own",
        "version": "1",
        "instrument": YOUTH.reference,
        "instrument_sha256": YOUTH.sha256,
        "rated_with": {"instrument": YOUTH.reference, "words": both, "by": both},
        "title": both,
        "plain": both,
        "created_on": TODAY,
        "responsible": "Anna Exempel",
        "local": True,
        "decision_support": True,
        "sample": {"description": both, "rows": 255, "persons": 255, "groups": {}},
        "outcome": {"name": "again", "description": both, "known": 255, "events": 103},
        "score": "risk_total",
        "methods": (),
        "levels": levels,
        "not_validated_for": [{"sv": "Andra åldrar.", "en": "Other ages."}],
        "sections": (),
        "warnings": (),
        "computed_with": {},
        "software": {},
        "public_key": "0" * 64,
        "signature": "0" * 128,
        **changes,
    }
    return Card.model_validate(given).signed_with(SIGNING_KEY)


def with_cards(house: House, *cards: Card) -> Worker:
    from dataclasses import replace

    context = house.app.extensions["underlag"]
    signed = replace(context.records, settings=replace(context.records.settings, signing_key=SIGNING_KEY))
    house.app.extensions["underlag"] = replace(context, cards=cards, records=signed)
    return at_work(house)


def no_counts(page: str) -> bool:
    return not any(count in page for count in COUNTS)


def test_an_instrument_without_a_card_says_that_nothing_is_known(client: FlaskClient) -> None:
    page = client.get("/instrument/youth_spj").text
    assert "Instrumentet är inte prövat." in page
    assert "The instrument is not tested." in client.get("/en/instruments/youth_spj").text
    assert client.get("/instrument/nothing").status_code == 404


def test_counts_stand_beside_the_saved_rating_and_nowhere_before(house: House) -> None:
    anna = with_cards(house, card())
    case = anna.open_case()
    anna.send(f"{case}/facts", FACTS)
    before = anna.screen(case)
    assert no_counts(anna.see(before)), "nobody has rated"
    draft = anna.begin(case)
    pages = [f"{draft}/protective", f"{draft}/summary", case, "/instrument/youth_spj"]
    assert all(no_counts(anna.see(page)) for page in pages)
    anna.send(f"{draft}/summary", SIGNABLE)
    assert no_counts(anna.see(f"{draft}/counts")), "the rating is not signed yet"
    anna.send(f"{draft}/sign", {}, shown_at=f"{draft}/counts")
    page = anna.see(anna.screen(case))
    assert all(count in page for count in COUNTS)
    assert "20–50 av 100" in page
    assert "inte hur det går för den unge" in page
    assert "%" not in page.partition('id="evidence-title"')[2].partition("</section>")[0]


@pytest.mark.parametrize(
    "changes",
    [{"local": False, "decision_support": False}, {"decision_support": False}, {"instrument_sha256": "1" * 64}],
)
def test_a_card_that_does_not_allow_it_gives_plain_words_at_most(changes: dict[str, Any], house: House) -> None:
    anna = with_cards(house, card(**changes))
    case = anna.open_case()
    anna.sign(case)
    page = anna.see(anna.screen(case))
    assert no_counts(page)
    assert ("Prövat på påhittade." in page) == ("instrument_sha256" not in changes)


def test_a_card_that_was_changed_after_it_was_signed_tells_nothing(house: House) -> None:
    changed = card().model_copy(update={"plain": Text(sv="Säkert.", en="Certain.")})
    anna = with_cards(house, changed)
    page = anna.see("/instrument/youth_spj")
    assert "Säkert." not in page
    assert "går inte att bekräfta" in page


def test_the_page_of_the_instrument_says_for_whom_it_was_not_tested(house: House) -> None:
    page = with_cards(house, card()).see("/instrument/youth_spj@1.0")
    assert "Andra åldrar." in page
    assert "Anna Exempel" in page
    assert no_counts(page)


def test_the_page_of_the_youth_instrument_tells_with_its_source_why_savry_was_chosen_for_the_pilot(
    client: FlaskClient,
) -> None:
    page = client.get("/instrument/youth_spj").text
    assert "Valet föll på SAVRY" in page
    assert "”det befintliga bedömningsinstrument som ansågs mest lämpat”" in page
    assert "Stockholms stad, rapport om arbetet" in page
    assert "SAVRY" not in client.get("/instrument/young_adult_spj").text.partition("<h2>")[2]
