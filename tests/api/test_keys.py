"""Changing every key, with a second step, a receipt and a person in place; and a wrong key, told at the start."""

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask
from pyotp import TOTP
from sqlalchemy import select

from api.cases.register import NewCase, add_unit, same_person, start_case
from api.cases.screenings.receipts import export_receipt, signing_key, verify_receipt
from api.cases.screenings.rules import screen_case
from api.cli import main
from api.context.settings import RecordSettings
from api.frame.expiry import keeping_keys
from api.operation.keys import OtherKeyError, key_states, refuse_other_keys
from api.settings.accounts import AccountSettings
from api.store.account_tables import Account
from api.store.database import Database
from api.store.identity import IdentityKeys, read_personal_number
from api.store.key_tables import KeyCheck
from api.store.transactions import open_transaction
from tests.api.accounts.people import HOST, House, make_app
from tests.api.records.world import ADMINISTRATOR, ANNA, LIBRARY, NOW, TODAY, new_world, unit_of

EMAIL = "anna.berg@kommun.example"
SECRETS = ("kXv7-2pQ9sLw_0aZt4Rb8YdNc6HgUe1J", "pLw9-4tYe2Rx_8bQm6Vc1ZsKa3JhGu7D")
SIGNING = (bytes(range(32)), bytes(range(64, 96)))
IDENTITY = {"1": bytes(range(32, 64)), "2": bytes(range(96, 128))}
NUMBER = read_personal_number("850709-9805", on=TODAY)


def settings(
    url: str,
    *,
    secrets: tuple[str, ...] = SECRETS[:1],
    signing: tuple[bytes, ...] = SIGNING[:1],
    identity: dict[str, bytes] | None = None,
) -> RecordSettings:
    """What a deployment sets; the keys in use first, and then the earlier ones that are given beside."""
    keys = identity or {"1": IDENTITY["1"]}
    accounts = AccountSettings(secrets[0], secrets[1:])
    return RecordSettings(accounts, url, signing[0], IdentityKeys(keys, max(keys)), signing[1:])


@pytest.fixture
def used(house: House) -> RecordSettings:
    """The settings of a database that was used by them."""
    first = settings(house.database.url.render_as_string(hide_password=False))
    refuse_other_keys(house.database, first, NOW)
    return first


def address(house: House) -> str:
    return house.database.url.render_as_string(hide_password=False)


def second_step(house: House) -> TOTP:
    house.add(EMAIL)
    visitor = house.logged_in(EMAIL)
    page = visitor.get("/account/second-step").text
    app = TOTP(page.partition("<code>")[2].partition("</code>")[0].replace("-", ""))
    form = {"code": app.at(house.clock()), "password": house.passwords[EMAIL]}
    sent = {"csrf_token": visitor.csrf_token("/account"), **form}
    assert visitor.client.post("/account/second-step", base_url=HOST, data=sent).status_code == 303
    return app


def restarted(house: House, given: RecordSettings) -> House:
    """The service, started anew with other settings."""
    app: Flask = make_app(house.database, house.clock, given.accounts, records=given)
    return replace(house, app=app)


def get_in(house: House, app: TOTP) -> int:
    house.clock.pass_by(minutes=2)
    visitor = house.visitor()
    visitor.log_in(EMAIL, house.passwords[EMAIL])
    return visitor.post("/log-in/code", {"code": app.at(house.clock())}).status_code


def code_of(error: pytest.ExceptionInfo[OtherKeyError]) -> tuple[str, str]:
    return error.value.fault.code, error.value.fault.where


def test_after_the_session_key_was_changed_as_documented_everybody_gets_in(house: House) -> None:
    app = second_step(house)
    url = address(house)
    beside = restarted(house, settings(url, secrets=(SECRETS[1], SECRETS[0])))
    assert get_in(beside, app) == 303
    assert get_in(restarted(house, settings(url, secrets=(SECRETS[1],))), app) == 303


def test_a_session_key_that_second_steps_rest_on_cannot_be_dropped(house: House) -> None:
    second_step(house)
    url = address(house)
    restarted(house, settings(url, secrets=(SECRETS[1], SECRETS[0])))
    with pytest.raises(OtherKeyError) as refused:
        restarted(house, settings(url, secrets=(SECRETS[1],)))
    assert code_of(refused) == ("session-key-missing", "UNDERLAG_OLD_SECRET_KEYS")


def environment(given: RecordSettings) -> dict[str, str]:
    keys = given.identity_keys.by_version()
    current = given.identity_keys.current
    return {
        "UNDERLAG_DATABASE_URL": given.database_url,
        "UNDERLAG_SECRET_KEY": given.accounts.secret_key,
        "UNDERLAG_OLD_SECRET_KEYS": " ".join(given.accounts.old_secret_keys),
        "UNDERLAG_SIGNING_KEY": given.signing_key.hex(),
        "UNDERLAG_OLD_SIGNING_KEYS": " ".join(key.hex() for key in given.old_signing_keys),
        "UNDERLAG_IDENTITY_KEY": next(f"{version}:{key.hex()}" for version, key in keys if version == current),
        "UNDERLAG_OLD_IDENTITY_KEYS": " ".join(f"{version}:{key.hex()}" for version, key in keys if version != current),
        "COLUMNS": "200",
    }


def run(given: RecordSettings, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--language", "en"], env=environment(given))


LARS = "lars@kommun.example"
WHO = ("--as", LARS, "--ground", "Nyckelbyte.")


def test_the_command_encrypts_anew_what_rests_on_an_earlier_key_and_then_the_key_can_go(house: House) -> None:
    lars = house.add(LARS)
    app = second_step(house)
    url = address(house)
    both = settings(url, secrets=(SECRETS[1], SECRETS[0]))
    restarted(house, both)
    before = run(both, "keys", "status")
    assert before.exit_code == 0, before.output
    assert "1 two-step log-ins" in before.output
    done = run(both, "keys", "reencrypt", *WHO)
    assert "1 two-step log-ins were encrypted anew" in done.output
    assert "0 two-step log-ins were encrypted anew" in run(both, "keys", "reencrypt", *WHO).output
    assert [(row.actor, row.kind) for row in house.audit(action="reencrypt")] == [(lars, "second_step")]
    assert get_in(restarted(house, settings(url, secrets=(SECRETS[1],))), app) == 303


def test_the_session_key_can_go_when_nothing_rests_on_it_and_its_sessions_have_ended(house: House) -> None:
    url = address(house)
    both = settings(url, secrets=(SECRETS[1], SECRETS[0]))
    restarted(house, both)
    changed = house.clock()
    with house.database.looking() as session:
        current, earlier = [each for each in key_states(session, both) if each.kind == "session"]
    assert (current.is_current, current.free_at) == (True, None)
    assert (earlier.is_current, earlier.resting) == (False, 0)
    assert not earlier.can_go(changed + timedelta(hours=11, minutes=59))
    assert earlier.can_go(changed + timedelta(hours=12))


def test_a_session_of_before_goes_on_while_the_earlier_key_is_given(house: House) -> None:
    house.add(EMAIL)
    visitor = house.logged_in(EMAIL)
    url = address(house)
    value = visitor.client.get_cookie("__Host-underlag", "underlag.example").value  # type: ignore[union-attr]
    for given, status in ((SECRETS[::-1], 200), (SECRETS[1:], 303)):
        later = restarted(house, settings(url, secrets=given)).visitor()
        later.client.set_cookie("__Host-underlag", value, domain="underlag.example", secure=True)
        assert later.get("/account").status_code == status


def test_what_a_browser_keeps_can_be_read_after_a_change_of_the_session_key(house: House) -> None:
    def given(to: House) -> list[str]:
        with to.app.test_request_context():
            return keeping_keys("0" * 32).split()

    url = address(house)
    before, beside = given(house), given(restarted(house, settings(url, secrets=SECRETS[::-1])))
    assert len(before) == 1
    assert beside[1:] == before
    assert beside[0] == given(restarted(house, settings(url, secrets=SECRETS[1:])))[0] != before[0]


def test_a_code_by_letter_outlives_a_change_of_the_session_key(house: House) -> None:
    house.add(EMAIL)
    house.visitor().post("/forgotten-password", {"email": EMAIL})
    code = max(house.last_letter().split(), key=len)
    later = restarted(house, settings(address(house), secrets=SECRETS[::-1]))
    form = {"code": code, "new": "fyra gula cyklar i regn", "again": "fyra gula cyklar i regn"}
    assert later.visitor().post("/new-password", form).status_code == 200


def with_person(database: Database, given: RecordSettings) -> None:
    with database.unit_of_work() as session:
        add_unit(unit_of(session, NOW, ADMINISTRATOR), "sig", "SIG")
        start_case(unit_of(session, NOW, ANNA), NewCase("sig", "2026-1", number=NUMBER), given.identity_keys)


def test_people_are_found_after_the_identity_key_was_changed_and_its_version_must_stay(
    house: House, used: RecordSettings
) -> None:
    with_person(house.database, used)
    url = address(house)
    both = settings(url, identity=IDENTITY)
    restarted(house, both)
    with house.database.unit_of_work() as session:
        assert same_person(unit_of(session, NOW, ANNA), NUMBER, both.identity_keys)
    with house.database.looking() as session:
        first, second = [each for each in key_states(session, both) if each.kind.startswith("identity")]
    assert (first.is_current, first.resting, first.free_at) == (False, 1, None)
    assert (second.is_current, second.resting) == (True, 0)
    assert "1 people" in run(both, "keys", "status").output
    with pytest.raises(OtherKeyError) as refused:
        restarted(house, settings(url, identity={"2": IDENTITY["2"]}))
    assert code_of(refused) == ("identity-key-missing", "UNDERLAG_OLD_IDENTITY_KEYS")


def test_a_receipt_of_before_is_verified_by_the_public_key_of_before(house: House, used: RecordSettings) -> None:
    world = new_world(house.database).with_facts()
    world.with_assessment()
    with open_transaction(house.database) as session:
        screening = screen_case(unit_of(session, NOW, ANNA), world.case, "stockholm_2012").entry.id

    def receipt(given: RecordSettings) -> tuple[dict[str, Any], Ed25519PublicKey]:
        key = signing_key(given.signing_key)
        with house.database.unit_of_work() as session:
            return export_receipt(unit_of(session, NOW, ANNA), screening, key), key.public_key()

    before, key_before = receipt(used)
    changed = settings(address(house), signing=SIGNING[::-1])
    restarted(house, changed)
    after, key_after = receipt(changed)
    assert verify_receipt(before, key_before, LIBRARY).holds
    assert verify_receipt(after, key_after, LIBRARY).holds
    assert verify_receipt(before, key_after, LIBRARY).faults == ("signature",)
    with house.database.looking() as session:
        earlier = [each for each in key_states(session, changed) if each.kind == "signing"][1]
    assert earlier.can_go(house.clock())


def test_an_identity_key_that_nobody_rests_on_can_go(house: House, used: RecordSettings) -> None:
    url = address(house)
    both = settings(url, identity=IDENTITY)
    restarted(house, both)
    with house.database.looking() as session:
        first = next(each for each in key_states(session, both) if each.kind == "identity:1")
    assert first.can_go(house.clock())
    restarted(house, settings(url, identity={"2": IDENTITY["2"]}))


@pytest.mark.parametrize(
    ("wrong", "setting"),
    [
        ({"secrets": SECRETS[1:]}, "UNDERLAG_SECRET_KEY"),
        ({"signing": SIGNING[1:]}, "UNDERLAG_SIGNING_KEY"),
        ({"identity": {"1": IDENTITY["2"]}}, "UNDERLAG_IDENTITY_KEY"),
    ],
)
def test_a_wrong_key_is_told_at_the_start_by_name_and_never_shown(
    house: House, used: RecordSettings, wrong: dict[str, object], setting: str
) -> None:
    given = settings(address(house), **wrong)  # type: ignore[arg-type]
    with pytest.raises(OtherKeyError) as refused:
        restarted(house, given)
    assert code_of(refused) == ("other-key", setting)
    told = run(given, "users", "list")
    assert told.exit_code == 1
    assert "The database was used with another key" in told.output
    assert setting in told.output
    for secret in (given.accounts.secret_key, given.signing_key.hex(), IDENTITY["2"].hex()):
        assert secret not in told.output


@pytest.mark.parametrize("changed", [{"secrets": SECRETS[::-1]}, {"signing": SIGNING[::-1]}])
def test_a_key_is_changed_by_giving_the_one_before_beside_it_and_is_known_from_then_on(
    house: House, used: RecordSettings, changed: dict[str, object]
) -> None:
    url = address(house)
    restarted(house, settings(url, **changed))  # type: ignore[arg-type]
    alone = {name: keys[:1] for name, keys in changed.items()}  # type: ignore[index]
    restarted(house, settings(url, **alone))  # type: ignore[arg-type]
    with pytest.raises(OtherKeyError):
        restarted(house, used)  # the one before, by mistake
    back = {name: keys[::-1] for name, keys in changed.items()}  # type: ignore[index]
    restarted(house, settings(url, **back))  # type: ignore[arg-type]  # and on purpose
    restarted(house, used)


def test_what_is_kept_of_a_key_is_a_digest(house: House, used: RecordSettings) -> None:
    with house.database.looking() as session:
        kept = session.scalars(select(KeyCheck)).all()
    assert {each.kind for each in kept} == {"session", "signing", "identity:1"}
    keys = [used.accounts.secret_key, used.signing_key.hex(), base64.b64encode(used.signing_key).decode()]
    assert not [each for each in kept for key in keys if key in each.digest or each.digest in key]


def test_status_tells_of_a_key_that_no_start_has_seen(house: House, used: RecordSettings) -> None:
    told = run(settings(address(house), signing=SIGNING[::-1]), "keys", "status")
    assert "new; in use when the service starts" in told.output


def test_nothing_is_encrypted_anew_where_a_secret_cannot_be_read(house: House) -> None:
    second_step(house)
    house.add(LARS)
    with house.database.looking() as session:
        kept = session.scalar(select(Account.totp_secret))
    told = run(settings(address(house), secrets=SECRETS[1:]), "keys", "reencrypt", *WHO)
    assert told.exit_code == 1
    assert "Nothing was changed" in told.output
    with house.database.looking() as session:
        assert session.scalar(select(Account.totp_secret)) == kept
