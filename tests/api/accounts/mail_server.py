"""A mail server that keeps what it is handed: with or without encryption, and with a log-in where it has a password."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST = "127.0.0.1"


class MailServer(socketserver.ThreadingTCPServer):
    """A mail server; it can be told to take nothing.

    Parameters
    ----------
    certificate : Path or None
        A file with key and certificate, for whoever wants to encrypt; None where it cannot.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, certificate: Path | None = None) -> None:
        super().__init__((HOST, 0), _Session)
        self.certificate = certificate
        self.taken: list[tuple[str, EmailMessage]] = []
        self.heard: list[str] = []
        self.logged_in: list[str] = []
        self.is_refusing = False

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{HOST}:{self.server_address[1]}"


class _Session(socketserver.StreamRequestHandler):
    """One conversation by SMTP (RFC 5321), as far as a letter needs it."""

    server: MailServer

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def handle(self) -> None:
        self._say("220 mail.example")
        recipient, is_encrypted = "", False
        while line := self.rfile.readline().decode("utf-8", "replace").strip():
            self.server.heard.append(line)
            name, _, rest = line.partition(" ")
            command = name.upper()
            if command == "QUIT":
                return self._say("221 2.0.0 bye")
            if command == "RCPT":
                recipient = rest.partition("<")[2].partition(">")[0]
            if command == "RCPT" and self.server.is_refusing:
                self._say("451 4.3.0 try again later")
            elif command == "DATA":
                self._say("354 go on")
                self.server.taken.append((recipient, self._letter()))
                self._say("250 2.0.0 taken")
            elif command == "EHLO" and self.server.certificate:
                self._say("250-mail.example\r\n250 AUTH PLAIN" if is_encrypted else "250-mail.example\r\n250 STARTTLS")
            elif command == "STARTTLS" and self.server.certificate:
                self._say("220 go on")
                if not self._encrypt(self.server.certificate):
                    return None
                is_encrypted = True
            elif command == "AUTH":
                self.server.logged_in.append(base64.b64decode(rest.partition(" ")[2]).decode())
                self._say("235 2.7.0 logged in")
            else:
                self._say("250 mail.example")
        return None

    def _encrypt(self, certificate: Path) -> bool:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        try:
            self.connection = context.wrap_socket(self.request, server_side=True)
        except OSError:  # whoever called does not trust the certificate
            return False
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        return True

    def _letter(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline().decode()) != ".\r\n":
            lines.append(line.removeprefix(".") if line.startswith("..") else line)
        return message_from_string("".join(lines), policy=policy.default)  # type: ignore[arg-type, return-value]

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


@contextmanager
def running(server: MailServer) -> Iterator[MailServer]:
    """A mail server while it answers."""
    with server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def make_certificate(path: Path) -> Path:
    """Write a key and a certificate that it has signed itself for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return path
