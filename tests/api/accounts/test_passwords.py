import hashlib
import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import event
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from api.accounts.administration import new_password_for
from api.accounts.guessing import BreachedPasswords
from api.accounts.mail import EXTENSION as OUTBOX
from api.accounts.mail import Outbox
from api.accounts.passwords import BREACHED, HASHER, SHORTEST, faults_of_password, normal_email
from api.context.context import current_context
from api.settings.service import SettingsError
from api.store.account_tables import Account
from tests.api.accounts.people import HOST, House, Visitor

ANNA = "anna.berg@kommun.example"
NEW = "fyra gula cyklar i regn"


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("kort", "too-short"),
        ("x" * 201, "too-long"),
        ("aaaaaaaaaaaaaaaa", "too-easy"),
        ("lösenord12345678", "too-easy"),
        ("Password123456!", "too-easy"),
        ("anna.berg-anna.berg", "too-easy"),
        ("abababababababab", "too-easy"),
        ("Sommar2026!!", "too-easy"),
        ("S0mmaren2026!", "too-easy"),
        ("Vinter2025Vinter2026", "too-easy"),
        ("Valkommen123!", "too-easy"),
        ("Stockholm2026!!", "too-easy"),
        ("Socialtjänsten1!", "too-easy"),
        ("1qaz2wsx3edc", "too-easy"),
        ("iloveyou1234", "too-easy"),
    ],
)
def test_a_password_that_can_be_guessed_is_refused(password: str, fault: str) -> None:
    assert faults_of_password(password, ANNA) == [fault]


@pytest.mark.parametrize("password", [NEW, "korrekthäst batteri", "Xk7-pQ2_vW9z", "漢字とひらがなとカタカナの文"])
def test_a_password_that_cannot_is_taken(password: str) -> None:
    assert faults_of_password(password, ANNA) == []


@pytest.mark.parametrize("address", ["", "anna", "a@", "a@b\r\nBcc: x@y.example", "a b@c.example", "@c.example"])
def test_what_is_no_address_is_none(address: str) -> None:
    assert normal_email(address) is None


def test_every_long_password_of_the_list_that_ships_is_refused() -> None:
    listed = [password for password in FREQUENCY_LISTS["passwords"] if len(password) >= SHORTEST]
    assert len(listed) > 200
    assert [password for password in listed if not faults_of_password(password, ANNA)] == []


def breached_list(folder: Path, *passwords: str, end: str = "\r\n") -> Path:
    """A list as it is fetched from Have I Been Pwned, with others around them."""
    others = [f"not one of these {number}" for number in range(500)]
    digests = sorted(hashlib.sha1(each.encode()).hexdigest().upper() for each in (*others, *passwords))  # noqa: S324
    path = folder / "breached.txt"
    path.write_bytes("".join(f"{digest}:{1 + n % 7_000}{end}" for n, digest in enumerate(digests)).encode())
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_password_of_a_municipalitys_own_list_is_found_in_it_and_no_other(tmp_path: Path, end: str) -> None:
    listed = BreachedPasswords(breached_list(tmp_path, NEW, end=end))
    assert NEW in listed
    assert all(f"not one of these {number}" in listed for number in range(500))
    assert not [number for number in range(500, 1_500) if f"not one of these {number}" in listed]


def test_a_password_of_that_list_is_refused_on_the_page(house: House, tmp_path: Path) -> None:
    house.app.extensions[BREACHED] = BreachedPasswords(breached_list(tmp_path, NEW))
    house.add(ANNA)
    visitor = house.logged_in(ANNA)
    answer = visitor.post("/account/password", {"old": house.passwords[ANNA], "new": NEW, "again": NEW})
    assert (answer.status_code, "har läckt" in answer.text) == (422, True)
    assert reset(house, code_sent_to(house, ANNA)) == 422


@pytest.mark.parametrize("content", [None, "", "hemligt\n", "F" * 40 + ":1\n" + "0" * 40 + ":1\n"])
def test_a_list_that_cannot_be_used_is_told_at_the_start(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "list.txt"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SettingsError, match="UNDERLAG_BREACHED_PASSWORDS"):
        BreachedPasswords(path)


#: As Flask-Security kept it in earlier versions.
KEPT = "$argon2id$v=19$m=65536,t=3,p=4$CIFwLgWAEKL0nvM+R8h5zw$YtJJTqkUhGEaLAuLsaKZ13Oc7JXrR8+vyoQP1yBqlKU"


def test_what_an_earlier_version_kept_still_lets_in_and_is_kept_at_todays_cost_from_then_on(house: House) -> None:
    house.add(ANNA)
    with house.database.unit_of_work() as session:
        session.query(Account).one().password = KEPT
    for _ in range(2):
        assert house.visitor().log_in(ANNA, "korrekthäst på åkern").status_code == 303
        with house.database.looking() as session:
            kept = str(session.query(Account.password).scalar())
        assert kept.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert house.visitor().log_in(ANNA, "korrekthäst på åker").status_code == 422


@dataclass
class Counting:
    """Counts what is done for a request: passwords hashed, statements on the database, letters taken."""

    house: House
    done: list[str] = field(default_factory=list)

    def __enter__(self) -> list[str]:
        self._hasher, self._outbox = self.house.app.extensions[HASHER], self.house.app.extensions[OUTBOX]
        counting = self

        class Hasher:
            def __getattr__(self, name: str) -> object:
                if name in ("verify", "hash"):
                    counting.done.append("password")
                return getattr(counting._hasher, name)

        class Taking:
            def take(self, letter: EmailMessage | None) -> None:
                counting.done.append("letter")

        self.house.app.extensions.update({HASHER: Hasher(), OUTBOX: Taking()})
        with self.house.app.app_context():
            self._engine = current_context().database.engine
        event.listen(self._engine, "before_cursor_execute", self._statement)
        return self.done

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._statement)
        self.house.app.extensions.update({HASHER: self._hasher, OUTBOX: self._outbox})

    def _statement(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self.done.append(statement)


@pytest.mark.parametrize("path", ["/forgotten-password", "/log-in"])
def test_the_same_is_done_whether_there_is_an_account_or_not(house: House, path: str) -> None:
    house.add(ANNA)
    house.add("closed@kommun.example")
    house.close("closed@kommun.example")
    house.add("provider@kommun.example", identity=("https://login.example", "1"), with_password=False)

    def done(email: str) -> list[str]:
        form = {"email": email, **({"password": "wrong password here", "next": ""} if path == "/log-in" else {})}
        visitor = house.visitor()
        token = visitor.csrf_token(path)
        with Counting(house) as counted:
            visitor.client.post(path, base_url=HOST, data={"csrf_token": token, **form})
        return counted

    for_a_known_one = done(ANNA)
    assert ("letter" if path == "/forgotten-password" else "password") in for_a_known_one
    for other in ("nobody@kommun.example", "closed@kommun.example", "provider@kommun.example"):
        assert done(other) == for_a_known_one, other


def test_the_answer_does_not_wait_for_the_mail_server(house: House) -> None:
    house.add(ANNA)
    may_send, sent = Event(), []

    class Slow:
        def send(self, letter: EmailMessage) -> None:
            assert may_send.wait(60)
            sent.append(letter["To"])

    outbox = house.app.extensions[OUTBOX] = Outbox(Slow(), house.app.logger)
    assert house.visitor().post("/forgotten-password", {"email": ANNA}).status_code == 200
    assert sent == []
    may_send.set()
    outbox.wait()
    assert sent == [ANNA]


def test_a_changed_password_revokes_every_key_and_the_page_says_so_before(house: House) -> None:
    house.add(ANNA, "statistics")
    visitor = house.logged_in(ANNA)

    def key() -> str:
        headers = {"X-CSRF-Token": visitor.api_token()}
        body = {"name": "x", "actions": ["trends:read"], "days": 3}
        return str(visitor.json("POST", "/api/v1/account/tokens", body, **headers).get_json()["token"])

    def status(secret: str) -> int:
        return house.visitor().json("GET", "/api/v1/account", **{"Authorization": f"Bearer {secret}"}).status_code

    first, second = key(), key()
    assert "API-nycklar återkallas" in visitor.get("/account/password").text
    assert (status(first), status(second)) == (200, 200)
    assert changed(visitor, house.passwords[ANNA], NEW) == 303
    assert "dina API-nycklar är återkallade" in visitor.get("/account").text
    assert (status(first), status(second)) == (401, 401)
    assert len(house.audit(action="revoke", kind="token")) == 2
    third = key()
    assert reset(house, code_sent_to(house, ANNA), "sju lila moln över ån") == 200
    assert status(third) == 401
    visitor = house.visitor()
    visitor.log_in(ANNA, "sju lila moln över ån")
    fourth = key()
    with house.app.app_context():
        new_password_for(ANNA, "test")
    assert status(fourth) == 401


def changed(visitor: Visitor, old: str, new: str, again: str | None = None) -> int:
    form = {"old": old, "new": new, "again": new if again is None else again}
    return visitor.post("/account/password", form).status_code


def test_changing_a_password_ends_every_other_session(house: House) -> None:
    house.add(ANNA)
    here, there = house.logged_in(ANNA), house.logged_in(ANNA)
    assert changed(here, house.passwords[ANNA], NEW) == 303
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    assert house.visitor().log_in(ANNA, house.passwords[ANNA]).status_code == 422
    assert house.visitor().log_in(ANNA, NEW).status_code == 303
    assert [row.outcome for row in house.audit(action="change", kind="password")] == ["done"]


def test_a_changed_password_needs_the_old_one_and_must_be_another(house: House) -> None:
    house.add(ANNA)
    visitor = house.logged_in(ANNA)
    old = house.passwords[ANNA]
    assert changed(visitor, "not the old one", NEW) == 422
    assert changed(visitor, old, NEW, "something else") == 422
    assert changed(visitor, old, old) == 422
    assert changed(visitor, old, "kort") == 422
    assert house.visitor().log_in(ANNA, old).status_code == 303


def code_sent_to(house: House, email: str) -> str:
    house.visitor().post("/forgotten-password", {"email": email})
    code = re.search(r"^\s*(\S{60,})\s*$", house.last_letter().replace("=\n", ""), re.MULTILINE)
    assert code, house.last_letter()
    return code[1]


def reset(house: House, code: str, new: str = NEW) -> int:
    return house.visitor().post("/new-password", {"code": code, "new": new, "again": new}).status_code


def test_a_code_by_letter_gives_a_new_password_once(house: House) -> None:
    house.add(ANNA)
    there = house.logged_in(ANNA)
    code = code_sent_to(house, ANNA)
    assert reset(house, code) == 200
    assert there.get("/account").status_code == 303
    assert house.visitor().log_in(ANNA, NEW).status_code == 303
    assert reset(house, code, "a second new password") == 422
    assert [row.outcome for row in house.audit(action="reset_asked")] == ["done"]


def test_the_letter_holds_no_address_to_click_and_the_code_is_in_no_address(house: House) -> None:
    house.add(ANNA)
    code_sent_to(house, ANNA)
    assert "http" not in house.last_letter()
    assert not [
        rule for rule in house.app.url_map.iter_rules() if "code" in rule.arguments and "problem" not in rule.rule
    ]


def test_a_tampered_code_and_one_for_a_closed_account_are_refused(house: House) -> None:
    house.add(ANNA)
    code = code_sent_to(house, ANNA)
    # not the last letter of the signature, some bits of which say nothing
    for wrong in (code[:-9] + ("A" if code[-9] != "A" else "B") + code[-8:], "x", code[::-1]):
        assert reset(house, wrong) == 422
    house.close(ANNA)
    assert reset(house, code) == 422


def test_the_answer_does_not_tell_whether_there_is_an_account(house: House) -> None:
    house.add(ANNA)
    known = house.visitor().post("/forgotten-password", {"email": ANNA})
    sent = len(house.sent_letters())
    unknown = house.visitor().post("/forgotten-password", {"email": "nobody@kommun.example"})
    hidden = re.compile(r'name="csrf_token" value="[^"]+"')
    assert hidden.sub("", known.text) == hidden.sub("", unknown.text)
    assert sent == len(house.sent_letters()) == 1


def test_a_name_cannot_be_flooded_with_letters(house: House) -> None:
    house.add(ANNA)
    for _ in range(8):
        house.visitor().post("/forgotten-password", {"email": ANNA})
    assert len(house.sent_letters()) == 5


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: x@evil.example", "anna.berg@kommun.example\nSubject: x"])
def test_no_header_can_be_put_into_a_letter(house: House, address: str) -> None:
    house.add(ANNA)
    assert house.visitor().post("/forgotten-password", {"email": address}).status_code == 200
    assert house.sent_letters() == []
