import pytest
from sqlalchemy import select

from api.cases.consents.rules import record_consent, withdraw_consent
from api.cases.events import record
from api.cases.screenings.rules import screen_case
from api.disclosure.readers import recipient_reader
from api.disclosure.views import View, view_for
from api.store.refusals import NotFoundError
from api.store.schema import Audit
from api.store.transactions import open_transaction
from tests.api.records.world import ANNA, LIBRARY, NOW, World, unit_of

CONSENT = {
    "person": "youth",
    "recipient": "school",
    "status": "given",
    "answered_on": "2026-11-01",
    "form": "oral",
    "content": "Närvaro och mötestider.",
    "valid_to": "2027-05-01",
}
MEETING = {"held_on": "2026-11-10", "present": ["school"], "plan_followed_up": True, "note": "Nästa steg: praktik."}


def view(world: World, recipient: str = "school") -> View:
    with open_transaction(world.database) as session:
        reader = recipient_reader(recipient, NOW.date(), LIBRARY)
        return view_for(unit_of(session, NOW, ANNA), world.case, reader)


@pytest.fixture
def consent(world: World) -> str:
    world.with_facts().with_assessment()
    with open_transaction(world.database) as session:
        screen_case(unit_of(session, NOW, ANNA), world.case, "stockholm_2012")
        start = {"started_on": "2026-11-01", "part_of_decision": "yes", "court_ordered": "no"}
        record(unit_of(session, NOW, ANNA), world.case, "guardians", {"guardians": []})
        record(unit_of(session, NOW, ANNA), world.case, "participation_started", start)
        record(unit_of(session, NOW, ANNA), world.case, "network_meeting", MEETING)
        return record_consent(unit_of(session, NOW, ANNA), world.case, CONSENT).id


def test_a_view_holds_meetings_and_plan_and_never_an_assessment(world: World, consent: str) -> None:
    shown = view(world)
    assert shown.data is not None
    assert shown.data["consented_to"] == ["Närvaro och mötestider."]
    assert shown.data["valid_to"] == "2027-05-01"
    assert shown.data["participation"][0]["events"][0]["note"] == "Nästa steg: praktik."
    text = repr(shown.data)
    assert not any(word in text for word in ("high", "gang", "supports_offer", "Flera", "2010"))


def test_nothing_is_shown_to_one_who_was_not_consented_to(world: World, consent: str) -> None:
    shown = view(world, "police")
    assert shown.data is None
    assert shown.sharing.persons == (("youth", "not_recorded"),)
    with world.database.looking() as session:
        last = session.scalars(select(Audit).order_by(Audit.number.desc()).limit(1)).one()
    assert (last.kind, last.outcome) == ("view", "refused")


def test_a_withdrawal_ends_the_view_at_once(world: World, consent: str) -> None:
    with open_transaction(world.database) as session:
        raw = {"withdrawn_on": "2026-11-21", "withdrawn_by": "youth"}
        withdraw_consent(unit_of(session, NOW, ANNA), world.case, consent, raw)
    assert view(world).data is None


def test_there_is_no_view_for_one_who_does_not_exist(world: World) -> None:
    with pytest.raises(NotFoundError):
        view(world, "newspaper")
