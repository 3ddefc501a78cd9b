import copy
import json
from typing import Any

import pytest

from api.cases.screenings.receipts import export_receipt, signing_key, verify_receipt
from api.cases.screenings.rules import screen_case
from api.store.refusals import NotFoundError
from api.store.transactions import open_transaction
from tests.api.records.world import ANNA, LIBRARY, NOW, World, unit_of

KEY = signing_key(b"k" * 32)


@pytest.fixture
def receipt(world: World) -> dict[str, Any]:
    world.with_facts().with_assessment()
    with open_transaction(world.database) as session:
        entry = screen_case(unit_of(session, NOW, ANNA), world.case, "socialstyrelsen_2012").entry
        exported = export_receipt(unit_of(session, NOW, ANNA), entry.id, KEY)
    read: dict[str, Any] = json.loads(json.dumps(exported))
    return read


def test_a_receipt_holds_offline(receipt: dict[str, Any]) -> None:
    report = verify_receipt(receipt, KEY.public_key(), LIBRARY)
    assert report.holds
    assert report.outcome == "supports_offer"


def test_a_receipt_names_nobody(receipt: dict[str, Any], world: World) -> None:
    text = json.dumps(receipt, ensure_ascii=False)
    assert not any(word in text for word in (world.case, "2026-117", "2010-03-14", "Flera", 'polis"', "anna"))


def test_whatever_is_altered_in_a_receipt_is_found(receipt: dict[str, Any]) -> None:
    altered = copy.deepcopy(receipt)
    altered["covered"]["outcome"] = "not_target_group"
    assert set(verify_receipt(altered, KEY.public_key(), LIBRARY).faults) == {"signature", "digest"}
    altered = copy.deepcopy(receipt)
    altered["covered"]["inputs"]["facts"]["gang_ties"]["value"] = "none"
    assert set(verify_receipt(altered, KEY.public_key(), LIBRARY).faults) == {"signature", "digest", "replay"}
    altered = {**receipt, "sha256": "0" * 64}
    assert "replay" in verify_receipt(altered, KEY.public_key(), LIBRARY).faults


def test_a_receipt_by_another_key_is_found(receipt: dict[str, Any]) -> None:
    assert verify_receipt(receipt, signing_key(b"x" * 32).public_key(), LIBRARY).faults == ("signature",)


def test_a_definition_that_is_not_here_is_told(receipt: dict[str, Any]) -> None:
    reference = next(name for name in receipt["covered"]["definitions"] if name.startswith("facts@"))
    receipt["covered"]["definitions"]["facts@99"] = receipt["covered"]["definitions"].pop(reference)
    assert "definitions" in verify_receipt(receipt, KEY.public_key(), LIBRARY).faults


@pytest.mark.parametrize("odd", [{}, {"format": "x"}, {"covered": 3}, {"covered": {}}, {"covered": {"inputs": 1}}])
def test_what_is_no_receipt_is_told_as_such(receipt: dict[str, Any], odd: dict[str, Any]) -> None:
    given = {**receipt, **odd} if odd else {}
    assert "unreadable" in verify_receipt(given, KEY.public_key(), LIBRARY).faults


def test_only_a_screening_has_a_receipt(world: World) -> None:
    signed = world.with_assessment()
    with pytest.raises(NotFoundError), open_transaction(world.database) as session:
        export_receipt(unit_of(session, NOW, ANNA), signed, KEY)
