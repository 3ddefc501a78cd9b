from pathlib import Path

import pytest

from api.accounts.demo import NotInDemoError, make_demo_accounts
from api.settings.accounts import AccountSettings, OidcSettings
from api.settings.service import SettingsError
from api.store.database import Database
from tests.api.accounts.people import KEY, Clock, House, make_app


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "key-not-set"),
        ("short", "key-too-short"),
        ("x" * 31, "key-too-short"),
        ("a" * 64, "key-guessable"),
        ("abcabcabcabcabcabcabcabcabcabcabcabc", "key-guessable"),
        ("this-is-a-SECRET-key-0123456789-xyz", "key-guessable"),
        ("please-change-me-0123456789-abcdefgh", "key-guessable"),
    ],
)
def test_the_service_does_not_start_with_a_key_that_can_be_guessed(key: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as raised:
        AccountSettings.from_environment({"UNDERLAG_SECRET_KEY": key})
    assert "secrets.token_urlsafe" in str(raised.value)
    assert not key or key not in str(raised.value).replace("key-too-short", "")


def test_a_key_is_not_shown_with_the_settings() -> None:
    oidc = OidcSettings("https://login.example", "underlag", "hemlig-klient")
    shown = repr(AccountSettings(KEY, (KEY + "old",), oidc=oidc))
    assert KEY not in shown
    assert "hemlig-klient" not in shown


def test_the_settings_are_read_from_the_environment() -> None:
    environment = {
        "UNDERLAG_SECRET_KEY": KEY,
        "UNDERLAG_OLD_SECRET_KEYS": f"{KEY}1 {KEY}2",
        "UNDERLAG_MAIL": "smtp://mail.kommun.example:587",
        "UNDERLAG_OIDC_ISSUER": "https://login.kommun.example/",
        "UNDERLAG_OIDC_CLIENT_ID": "underlag",
        "UNDERLAG_OIDC_CLIENT_SECRET": "x",
    }
    settings = AccountSettings.from_environment(environment)
    assert settings.old_secret_keys == (f"{KEY}1", f"{KEY}2")
    assert settings.oidc == OidcSettings("https://login.kommun.example", "underlag", "x")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"UNDERLAG_OIDC_ISSUER": "https://login.example"}, "UNDERLAG_OIDC_CLIENT_ID"),
        (
            {
                "UNDERLAG_OIDC_ISSUER": "http://login.example",
                "UNDERLAG_OIDC_CLIENT_ID": "x",
                "UNDERLAG_OIDC_CLIENT_SECRET": "x",
            },
            "provider-without-tls",
        ),
        ({"UNDERLAG_OLD_SECRET_KEYS": "short"}, "key-too-short"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_by_name(more: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        AccountSettings.from_environment({"UNDERLAG_SECRET_KEY": KEY, **more})


@pytest.mark.parametrize(
    "mail",
    [
        *("", "folder:", "pigeon", "smtp://", "http://x"),
        *("smtp://u:hemligt#1@mail:587", "smtp://u:hemligt/1@mail:587", "smtp://u:hemligt?1@mail", "smtp://u:[x@mail"),
        *("smtp://u:hemligt@mail:port", "smtp://:hemligt@mail", "smtp://u@mail", "smtp://u:lösen@mail"),
    ],
)
def test_a_way_of_sending_letters_that_there_is_not_is_refused(database: Database, clock: Clock, mail: str) -> None:
    with pytest.raises(SettingsError, match="UNDERLAG_MAIL"):
        make_app(database, clock, AccountSettings(KEY, mail=mail))


def demo(database: Database, clock: Clock, folder: Path) -> House:
    settings = AccountSettings.from_environment({"UNDERLAG_MAIL": f"folder:{folder}"}, demo=True)
    return House(make_app(database, clock, settings), database, folder, clock)


def test_the_demo_has_an_account_for_each_role_and_says_that_it_is_a_demo(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    house = demo(database, clock, tmp_path)
    with house.app.app_context():
        first = make_demo_accounts()
        second = make_demo_accounts()
    assert [each.email for each in first] == [each.email for each in second]
    assert len({each.password for each in (*first, *second)}) == len(first) + len(second)
    client = house.app.test_client()
    page = client.get("/log-in", base_url="http://127.0.0.1:8000").text
    assert 'id="demo"' in page
    for account in second[:2]:
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        form = {"email": account.email, "password": account.password, "csrf_token": token}
        assert client.post("/log-in", base_url="http://127.0.0.1:8000", data=form).status_code == 303
        client = house.app.test_client()
        page = client.get("/log-in", base_url="http://127.0.0.1:8000").text


@pytest.mark.parametrize(
    "more",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
        {"headers": {"X-Forwarded-For": "192.0.2.7"}},
        {"headers": {"Host": "underlag.example"}},
    ],
)
def test_the_demo_answers_nobody_from_elsewhere(database: Database, clock: Clock, tmp_path: Path, more: dict) -> None:  # type: ignore[type-arg]
    house = demo(database, clock, tmp_path)
    answer = house.app.test_client().get("/log-in", base_url="http://127.0.0.1:8000", **more)
    assert answer.status_code in (400, 403)


def test_an_account_of_the_demo_is_worth_nothing_outside_it(house: House, tmp_path: Path) -> None:
    with demo(house.database, house.clock, tmp_path).app.app_context():
        account = make_demo_accounts()[0]
    assert house.visitor().log_in(account.email, account.password).status_code == 422
    with house.app.app_context(), pytest.raises(NotInDemoError):
        make_demo_accounts()


def test_a_session_of_the_demo_is_worth_nothing_on_a_real_server_with_the_same_key(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    letters = f"folder:{tmp_path}"
    invented = House(
        make_app(database, clock, AccountSettings(KEY, demo=True, mail=letters)), database, tmp_path, clock
    )
    with invented.app.app_context():
        account = make_demo_accounts()[0]
    client = invented.app.test_client()
    page = client.get("/log-in", base_url="http://127.0.0.1").text
    form = {"csrf_token": page.partition('name="csrf_token" value="')[2].partition('"')[0]}
    answer = client.post(
        "/log-in", base_url="http://127.0.0.1", data={**form, "email": account.email, "password": account.password}
    )
    assert answer.status_code == 303
    assert client.get("/account", base_url="http://127.0.0.1").status_code == 200
    cookie = answer.headers["Set-Cookie"]
    assert "Secure" not in cookie, "the demo has no TLS"
    value = cookie.partition("=")[2].partition(";")[0]
    real = House(make_app(database, clock, AccountSettings(KEY, mail=letters)), database, tmp_path, clock).visitor()
    real.client.set_cookie("__Host-underlag", value, domain="underlag.example", secure=True)
    assert real.get("/account").status_code == 303
