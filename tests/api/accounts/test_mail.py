"""Letters to a mail server that one logs in to: the password is sent to nobody else."""

import logging
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import quote

import pytest

from api.accounts.mail import Outbox, letter, sender_of
from tests.api.accounts.mail_server import MailServer, make_certificate, running

PASSWORD = "hemligt/ord@x"  # noqa: S105 - an invented one
USER = f"{quote('underlag@kommun.example')}:{quote(PASSWORD, safe='')}"


def send(server: MailServer, user: str = "") -> bool:
    outbox = Outbox(sender_of(f"smtp://{user}{server.address}"), logging.getLogger(__name__))
    return outbox.send(letter("underlag@kommun.example", "rut@kommun.example", "Ett ärende väntar", "1"))


def test_who_logs_in_is_encrypted_and_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path / "mail.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with running(MailServer(certificate)) as server:
        assert send(server, f"{USER}@")
        assert server.logged_in == [f"\0underlag@kommun.example\0{PASSWORD}"]
        assert [to for to, _ in server.taken] == ["rut@kommun.example"]


def test_a_server_whose_certificate_is_not_trusted_hears_no_password_and_gets_no_letter(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running(MailServer(make_certificate(tmp_path / "mail.pem"))) as server:
        assert not send(server, f"{USER}@")
        assert (server.logged_in, server.taken) == ([], [])
    assert "A letter could not be sent: SSLCertVerificationError" in caplog.text
    assert PASSWORD not in caplog.text


def test_a_server_that_cannot_encrypt_hears_no_password_and_gets_no_letter(caplog: pytest.LogCaptureFixture) -> None:
    with running(MailServer()) as server:
        assert not send(server, f"{USER}@")
        assert server.taken == []
        assert not any("AUTH" in line or PASSWORD in line for line in server.heard)
    assert "A letter could not be sent: SMTPNotSupportedError" in caplog.text


def test_a_server_of_the_same_network_takes_letters_without_a_log_in(tmp_path: Path) -> None:
    for certificate in (None, make_certificate(tmp_path / "mail.pem")):
        with running(MailServer(certificate)) as server:
            assert send(server)
            assert server.logged_in == []


def test_whose_the_service_is_stands_in_the_text_of_a_letter_that_something_is_attached_to(tmp_path: Path) -> None:
    outbox = Outbox(sender_of(f"folder:{tmp_path}"), logging.getLogger(__name__), "Exempelby")
    paper = ("x.pdf", "application/pdf", b"%PDF")
    assert outbox.send(letter("a@kommun.example", "b@kommun.example", "Rapport", "Text", [paper]))
    (path,) = tmp_path.glob("*.eml")
    sent = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = sent.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines()[-1] == "Exempelby"
    assert [(each.get_filename(), each.get_content()) for each in sent.iter_attachments()] == [("x.pdf", b"%PDF")]
