"""What a service that keeps records must be told before it starts."""

from collections.abc import Mapping
from pathlib import Path
from stat import S_IMODE

import pytest

from api.cli.records_command import RecordsCommand
from api.context.settings import DATABASE, DATABASE_OF_DEMO, RecordSettings, make_demo_keys
from api.settings.service import SettingsError
from api.store.identity import read_personal_number
from tests.api.records.world import TODAY

SECRET = "kXv7-2pQ9sLw_0aZt4Rb8YdNc6HgUe1J"  # noqa: S105
SIGNING = bytes(range(1, 33)).hex()
IDENTITY = bytes(range(33, 65)).hex()
EARLIER = bytes(range(65, 97)).hex()
KEYS = {
    "UNDERLAG_SECRET_KEY": SECRET,
    "UNDERLAG_SIGNING_KEY": SIGNING,
    "UNDERLAG_IDENTITY_KEY": f"2:{IDENTITY}",
}


def settings(**more: str) -> RecordSettings:
    return RecordSettings.from_environment({**KEYS, **more})


def refusal(environment: Mapping[str, str]) -> SettingsError:
    with pytest.raises(SettingsError) as raised:
        RecordSettings.from_environment(environment)
    return raised.value


def test_three_keys_are_all_that_has_to_be_set() -> None:
    assert settings().signing_key == bytes.fromhex(SIGNING)
    assert settings().database_url == DATABASE
    assert not settings().accounts.demo


@pytest.mark.parametrize("lacking", KEYS)
@pytest.mark.parametrize("empty", [None, "", "  "])
def test_a_key_that_is_not_set_is_asked_for_by_name(lacking: str, empty: str | None) -> None:
    given = {name: key for name, key in KEYS.items() if name != lacking}
    fault = refusal(given if empty is None else {**given, lacking: empty}).fault
    assert (fault.code, fault.where) == ("key-not-set", lacking)


@pytest.mark.parametrize(
    ("name", "written", "code"),
    [
        ("UNDERLAG_SECRET_KEY", "short", "key-too-short"),
        ("UNDERLAG_SECRET_KEY", "change-me-" * 5, "key-guessable"),
        ("UNDERLAG_SIGNING_KEY", "0" * 64, "key-guessable"),
        ("UNDERLAG_SIGNING_KEY", SIGNING[:62], "key-not-hexadecimal"),
        ("UNDERLAG_SIGNING_KEY", SIGNING + "00", "key-not-hexadecimal"),
        ("UNDERLAG_SIGNING_KEY", "z" + SIGNING[1:], "key-not-hexadecimal"),
        ("UNDERLAG_SIGNING_KEY", "ab12", "key-too-short"),
        ("UNDERLAG_IDENTITY_KEY", IDENTITY, "key-without-version"),
        ("UNDERLAG_IDENTITY_KEY", f":{IDENTITY}", "key-without-version"),
        ("UNDERLAG_IDENTITY_KEY", "2:", "key-not-set"),
        ("UNDERLAG_IDENTITY_KEY", f"2:{'ab' * 32}", "key-guessable"),
        ("UNDERLAG_IDENTITY_KEY", f"2:{IDENTITY[:40]}", "key-not-hexadecimal"),
        ("UNDERLAG_OLD_IDENTITY_KEYS", EARLIER, "key-without-version"),
        ("UNDERLAG_OLD_IDENTITY_KEYS", f"2:{EARLIER}", "key-without-version"),
        ("UNDERLAG_OLD_IDENTITY_KEYS", f"1:{EARLIER} 1:{SIGNING}", "key-without-version"),
        ("UNDERLAG_OLD_IDENTITY_KEYS", "1:short", "key-too-short"),
        ("UNDERLAG_OLD_SECRET_KEYS", "short", "key-too-short"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused_and_never_repeated(name: str, written: str, code: str) -> None:
    error = refusal({**KEYS, name: written})
    assert error.fault.code == code
    for language in ("sv", "en"):
        told = RecordsCommand.words(language).fault(error.fault)
        assert name in told
        assert "import secrets" in told
        assert written.rpartition(":")[2] not in told or written.endswith(":")


def test_an_earlier_identity_key_still_finds_whom_it_was_used_for() -> None:
    number = read_personal_number("850709-9805", on=TODAY)
    before = RecordSettings.from_environment({**KEYS, "UNDERLAG_IDENTITY_KEY": f"1:{EARLIER}"}).identity_keys
    kept = before.identify(number)
    after = settings(UNDERLAG_OLD_IDENTITY_KEYS=f"1:{EARLIER}").identity_keys
    assert kept.key == "1"
    assert after.identify(number).key == "2"
    assert kept.digest in after.possible(number)
    assert kept.digest not in settings().identity_keys.possible(number)


def test_nothing_secret_is_shown_with_the_settings() -> None:
    shown = repr(settings(UNDERLAG_DATABASE_URL="postgresql://u:hemligt@db.example/x"))
    for secret in (SECRET, SIGNING, IDENTITY, "hemligt", str(bytes.fromhex(SIGNING))):
        assert secret not in shown


def test_the_demo_keeps_what_is_invented_apart_and_makes_its_keys_once(tmp_path: Path) -> None:
    file = tmp_path / "var" / "demo.keys"
    made = make_demo_keys(file)
    assert make_demo_keys(file) == made
    assert S_IMODE(file.stat().st_mode) == 0o600
    demo = RecordSettings.from_environment({**made, "UNDERLAG_DEMO": "yes"})
    assert (demo.database_url, demo.accounts.demo) == (DATABASE_OF_DEMO, True)
    assert made != make_demo_keys(tmp_path / "other.keys")
    elsewhere = {**made, "UNDERLAG_DEMO": "yes", "UNDERLAG_DATABASE_URL": "sqlite:///x.sqlite"}
    assert RecordSettings.from_environment(elsewhere).database_url == "sqlite:///x.sqlite"
    assert refusal({"UNDERLAG_DEMO": "perhaps"}).fault.code == "not-yes-or-no"
