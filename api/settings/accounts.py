"""What a deployment sets for accounts, and the refusal to start with a key that can be guessed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import formataddr
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import urlsplit

from api.settings.deriving import derive_key
from api.settings.municipality import read_name
from api.settings.service import PREFIX, SettingsError

SHORTEST_KEY = 32
_FEWEST_CHARACTERS = 10
#: What stands in examples, or is typed to get past a check.
_WELL_KNOWN = (
    "changeme",
    "change-me",
    "change_me",
    "change me",
    "secret",
    "password",
    "default",
    "example",
    "insecure",
)


@dataclass(frozen=True)
class OidcSettings:
    """An identity provider that may log accounts in.

    Parameters
    ----------
    issuer : str
        ``UNDERLAG_OIDC_ISSUER``: its address; discovery is beneath it.
    client_id, client_secret : str
        ``UNDERLAG_OIDC_CLIENT_ID`` and ``UNDERLAG_OIDC_CLIENT_SECRET``.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class AccountSettings:
    """The settings of accounts.

    Parameters
    ----------
    secret_key : str
        ``UNDERLAG_SECRET_KEY``: signs sessions, and encrypts what second steps are checked with.
    old_secret_keys : tuple of str
        ``UNDERLAG_OLD_SECRET_KEYS``: earlier ones, with spaces between. What they signed is still read.
    demo : bool
        ``UNDERLAG_DEMO``: invented accounts on this machine only.
    mail : str
        ``UNDERLAG_MAIL``: ``console``, ``folder:PATH`` or ``smtp://USER:PASSWORD@HOST:PORT``; see `sender_of`.
    sender : str
        ``UNDERLAG_MAIL_SENDER``, with the name of the municipality before it where one is set.
    oidc : OidcSettings or None
        None where only local accounts can log in.
    breached_passwords : Path or None
        ``UNDERLAG_BREACHED_PASSWORDS``: a list of breached passwords beside what ships; see `BreachedPasswords`.
    idle, longest : timedelta
        How long a session lasts unused, and at all.
    """

    secret_key: str = field(repr=False)
    old_secret_keys: tuple[str, ...] = field(default=(), repr=False)
    demo: bool = False
    mail: str = field(default="console", repr=False)
    sender: str = "underlag@localhost"
    oidc: OidcSettings | None = None
    breached_passwords: Path | None = None
    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=10)

    def __post_init__(self) -> None:
        refuse_weak_key(f"{PREFIX}SECRET_KEY", self.secret_key)
        for key in self.old_secret_keys:
            refuse_weak_key(f"{PREFIX}OLD_SECRET_KEYS", key)

    @property
    def session_keys(self) -> tuple[str, ...]:
        """What sessions are signed with, the current one first. A session of the demo is worth nothing elsewhere."""
        given = (self.secret_key, *self.old_secret_keys)
        return tuple(derive_key(key, "demo").hex() for key in given) if self.demo else given

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], *, demo: bool = False) -> "AccountSettings":
        """Read the settings.

        Parameters
        ----------
        demo : bool
            Demo mode needs no key: one is made for as long as the process runs.

        Raises
        ------
        SettingsError
        """

        def read(name: str, default: str = "") -> str:
            return environment.get(f"{PREFIX}{name}", "").strip() or default

        return cls(
            secret_key=read("SECRET_KEY") or (token_urlsafe(48) if demo else ""),
            old_secret_keys=tuple(read("OLD_SECRET_KEYS").split()),
            demo=demo,
            mail=read("MAIL", "console"),
            sender=formataddr((read_name(environment), read("MAIL_SENDER", "underlag@localhost"))),
            oidc=_read_provider(read),
            breached_passwords=Path(listed) if (listed := read("BREACHED_PASSWORDS")) else None,
        )


def _read_provider(read: Callable[[str], str]) -> OidcSettings | None:
    given = {name: read(f"OIDC_{name}") for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")}
    if not any(given.values()):
        return None
    lacking = [f"{PREFIX}OIDC_{name}" for name, value in given.items() if not value]
    if lacking:
        raise SettingsError("provider-incomplete", f"{PREFIX}OIDC_ISSUER", names=lacking)
    address = urlsplit(given["ISSUER"])
    if address.scheme != "https" and address.hostname not in ("localhost", "127.0.0.1"):
        raise SettingsError("provider-without-tls", f"{PREFIX}OIDC_ISSUER")
    return OidcSettings(given["ISSUER"].rstrip("/"), given["CLIENT_ID"], given["CLIENT_SECRET"])


def refuse_weak_key(name: str, key: str, make: str = "secrets.token_urlsafe(48)") -> None:
    """Refuse a key that is missing, short or well known.

    Parameters
    ----------
    make : str
        How Python makes a better one, for the error to say.

    Raises
    ------
    SettingsError
        It does not repeat the key.
    """
    if not key:
        raise SettingsError("key-not-set", name, make=make)
    if len(key) < SHORTEST_KEY:
        raise SettingsError("key-too-short", name, least=SHORTEST_KEY, make=make)
    if len(set(key)) < _FEWEST_CHARACTERS or any(word in key.lower() for word in _WELL_KNOWN):
        raise SettingsError("key-guessable", name, make=make)
