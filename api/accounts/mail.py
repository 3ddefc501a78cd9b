"""Letters by e-mail: to a mail server, into a folder, or onto the console of a demo. None holds an address to click."""

import smtplib
import ssl
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from email.message import EmailMessage
from email.policy import SMTP
from logging import Logger
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from flask import current_app

from api.settings.service import PREFIX, SettingsError

EXTENSION = "underlag_outbox"
_TIMEOUT = 10
#: The ports of servers that take letters from whoever logs in (RFC 6409), and of those that pass letters on.
_SUBMISSION, _RELAY = 587, 25


class Sender(Protocol):
    """Whatever brings a letter on its way."""

    def send(self, letter: EmailMessage) -> None:
        """Send a letter."""


class ToConsole:
    """Writes letters onto the console of whoever started the service."""

    def send(self, letter: EmailMessage) -> None:
        """Write a letter."""
        text = (letter.get_body(("plain",)) or letter).get_content()
        print(f"\nTo: {letter['To']}\nSubject: {letter['Subject']}\n\n{text}", file=sys.stderr, flush=True)


class ToFolder:
    """Puts each letter into a file of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def send(self, letter: EmailMessage) -> None:
        """Put a letter into the folder."""
        (self._folder / f"{uuid4().hex}.eml").write_bytes(letter.as_bytes(policy=SMTP))


class ToServer:
    """Hands letters to a mail server: to one of the same network as it is, to any other with a user name.

    Parameters
    ----------
    user, password : str
        Empty where the server asks for none.
    """

    def __init__(self, host: str, port: int, user: str = "", password: str = "") -> None:
        self._host, self._port = host, port
        self._user, self._password = user, password

    def send(self, letter: EmailMessage) -> None:
        """Hand a letter over; encrypted where the server can.

        A password is sent to nobody but a server that shows a valid certificate of its name.

        Raises
        ------
        OSError, smtplib.SMTPException
        """
        with smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT) as server:
            server.ehlo()
            if self._user:
                server.starttls(context=ssl.create_default_context())
                server.login(self._user, self._password)
            elif server.has_extn("starttls"):
                server.starttls()
            server.send_message(letter)


def sender_of(setting: str) -> Sender:
    """The sender that a setting names: ``console``, ``folder:PATH`` or ``smtp://USER:PASSWORD@HOST:PORT``.

    User name and password may be left out; what has a meaning in an address is written there with percent signs.

    Raises
    ------
    SettingsError
    """
    if setting == "console":
        return ToConsole()
    if setting.startswith("folder:") and setting != "folder:":
        return ToFolder(Path(setting.removeprefix("folder:")))
    try:
        parts = urlsplit(setting)
        port = parts.port
    except ValueError:  # whose text holds a part of the address, and so of a password that is not written as it should
        raise SettingsError("unknown-way-of-mail", f"{PREFIX}MAIL") from None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    is_log_in_whole = bool(user) == bool(password) and password.isascii() and user.isascii()
    if (
        parts.scheme != "smtp"
        or not parts.hostname
        or not is_log_in_whole
        or parts.path
        or parts.query
        or parts.fragment
    ):
        raise SettingsError("unknown-way-of-mail", f"{PREFIX}MAIL")
    return ToServer(parts.hostname, port or (_SUBMISSION if user else _RELAY), user, password)


def letter(sender: str, to: str, subject: str, text: str, files: Sequence[tuple[str, str, bytes]] = ()) -> EmailMessage:
    """A letter in plain text. A line break in an address or a subject is refused by the message itself.

    Parameters
    ----------
    files : sequence of (str, str, bytes)
        What goes with it: the name of each file, its media type, its content.
    """
    written = EmailMessage()
    written["From"] = sender
    written["To"] = to
    written["Subject"] = subject
    written.set_content(text)
    for name, media_type, content in files:
        kind, _, subtype = media_type.partition("/")
        written.add_attachment(content, maintype=kind, subtype=subtype, filename=name)
    return written


class Outbox:
    """Sends letters in a thread of its own, so that how long an answer takes tells nothing of whether one was sent.

    Parameters
    ----------
    signature : str
        What every letter ends with: whose the service is.
    """

    def __init__(self, sender: Sender, logger: Logger, signature: str = "") -> None:
        self._signature = signature
        self._sender = sender
        self._logger = logger
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="underlag-letters")
        self._last: Future[bool] | None = None

    def take(self, letter: EmailMessage | None) -> None:
        """Take a letter to be sent; None goes the same way and ends there."""
        self._last = self._thread.submit(self._send, letter)

    def send(self, letter: EmailMessage) -> bool:
        """Send a letter now; False where it could not be sent."""
        return self._send(letter)

    def wait(self) -> None:
        """Wait until what was taken has been sent."""
        if self._last is not None:
            self._last.result()

    def _send(self, letter: EmailMessage | None) -> bool:
        if letter is None:
            return False
        if self._signature:
            text = letter.get_body(("plain",)) or letter  # beside what is attached, where anything is
            text.set_content(f"{text.get_content().rstrip()}\n\n-- \n{self._signature}\n")
        try:
            self._sender.send(letter)
        except (OSError, ValueError, smtplib.SMTPException) as error:  # to whom is not said
            self._logger.error("A letter could not be sent: %s", type(error).__name__)
            return False
        return True


def the_outbox() -> Outbox:
    """What sends the letters of the current application."""
    return cast(Outbox, current_app.extensions[EXTENSION])
