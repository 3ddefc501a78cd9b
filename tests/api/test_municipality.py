"""The municipality's name, mark and letterhead: read, refused, and shown on pages, documents and letters."""

import struct
from pathlib import Path

import pytest

from api.accounts.mail import Outbox, ToFolder, letter
from api.application import create_app
from api.frame.municipality import EXTENSION
from api.settings.accounts import AccountSettings
from api.settings.municipality import LARGEST_MARK, Mark, Municipality
from api.settings.service import Settings, SettingsError
from tests.api.accounts.people import KEY, House
from tests.api.pages.work.working import at_work

PLAIN = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><g fill="url(#a)"><path d="M0 0h8v8z"/></g></svg>'
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 8, 8)


def svg(inside: str, attribute: str = "") -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attribute}>{inside}</svg>'.encode()


def read(folder: Path, content: bytes) -> Municipality:
    file = folder / "mark"
    file.write_bytes(content)
    return Municipality.from_environment({"UNDERLAG_MUNICIPALITY_MARK": str(file)})


@pytest.mark.parametrize(("content", "kind"), [(PLAIN.encode(), "image/svg+xml"), (PNG, "image/png")])
def test_a_mark_that_only_draws_is_served_as_what_it_is(content: bytes, kind: str, tmp_path: Path) -> None:
    client = create_app(Settings(), municipality=read(tmp_path, content)).test_client()
    answer = client.get("/municipality/mark")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, kind, content)
    assert 'src="/municipality/mark"' in client.get("/").text


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"GIF89a", "mark-unknown-kind"),
        (b"", "mark-unknown-kind"),
        (b"<html/>", "mark-unknown-kind"),
        (b" " * (LARGEST_MARK + 1), "mark-too-large"),
        (PNG[:16] + struct.pack(">II", 60_000, 60_000), "mark-too-large-sides"),
        (svg("<script>alert(1)</script>"), "mark-not-plain"),
        (svg("<style>@import 'x'</style>"), "mark-not-plain"),
        (svg("<foreignObject/>"), "mark-not-plain"),
        (svg('<image href="https://x.example/x.png"/>'), "mark-not-plain"),
        (svg('<use href="https://x.example/x.svg#a"/>'), "mark-not-plain"),
        (svg('<set attributeName="href" to="javascript:alert(1)"/>'), "mark-not-plain"),
        (svg('<path fill="url( https://x.example/a )"/>'), "mark-not-plain"),
        (svg('<path style="fill:u\\72l(https://x.example/a)"/>'), "mark-not-plain"),
        (svg("", 'onload="alert(1)"'), "mark-not-plain"),
        (svg('<x:script xmlns:x="http://www.w3.org/1999/xhtml"/>'), "mark-not-plain"),
        (b'<?xml-stylesheet href="x"?>' + svg(""), "mark-not-plain"),
        (b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + svg("&a;"), "mark-not-plain"),
    ],
)
def test_a_mark_that_does_more_than_draw_is_refused(content: bytes, code: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=code) as refused:
        read(tmp_path, content)
    assert refused.value.fault.where == "UNDERLAG_MUNICIPALITY_MARK"


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"UNDERLAG_MUNICIPALITY_MARK": "/nowhere/mark.svg"}, "mark-unreadable"),
        ({"UNDERLAG_MUNICIPALITY": "x" * 81}, "no-line-of-text"),
        ({"UNDERLAG_MUNICIPALITY": "A\nBcc: x@x.example"}, "no-line-of-text"),
        ({"UNDERLAG_LETTERHEAD": "|".join("abcdefg")}, "too-many-lines"),
    ],
)
def test_what_is_no_name_or_letterhead_is_told_by_its_setting(environment: dict[str, str], code: str) -> None:
    with pytest.raises(SettingsError, match=code):
        Municipality.from_environment(environment)


def test_pages_and_documents_say_whose_they_are(house: House) -> None:
    house.app.extensions[EXTENSION] = Municipality(
        "Exempelkommun", Mark(PLAIN.encode(), "image/svg+xml"), ("Storgatan 1", "Telefon 08-00 00 00")
    )
    anna = at_work(house)
    assert "Exempelkommun" in anna.see("/work")
    papers = f"{anna.open_case()}/documents"
    answer = anna.send(f"{papers}/consent", {"recipient": "police", "form": "page"}, shown_at=papers)
    assert answer.status_code == 200, answer.text
    for said in ("Exempelkommun", "Storgatan 1", "Telefon 08-00 00 00", "data:image/svg+xml;base64,"):
        assert said in answer.text


def test_letters_say_whose_they_are(tmp_path: Path, house: House) -> None:
    settings = AccountSettings.from_environment({"UNDERLAG_SECRET_KEY": KEY, "UNDERLAG_MUNICIPALITY": "Exempelkommun"})
    outbox = Outbox(ToFolder(tmp_path), house.app.logger, "Exempelkommun\nStorgatan 1")
    outbox.take(letter(settings.sender, "anna@kommun.example", "Ärenden", "Tre ärenden väntar på dig."))
    outbox.wait()
    (written,) = tmp_path.glob("*.eml")
    text = written.read_text(encoding="utf-8")
    assert "From: Exempelkommun <underlag@localhost>" in text
    assert "Storgatan 1" in text
