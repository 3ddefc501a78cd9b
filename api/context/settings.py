"""What a deployment that keeps records must set: where they are kept, and three keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from api.settings.accounts import AccountSettings, refuse_weak_key
from api.settings.service import PREFIX, SettingsError, read_yes_or_no
from api.store.identity import IdentityKeys
from api.store.private_files import make_private_file, make_private_folder
from api.transparency.settings import CheckpointSettings

DATABASE = "sqlite:///var/underlag.sqlite"
DATABASE_OF_DEMO = "sqlite:///var/demo.sqlite"
_BYTES = 32
_MAKE_KEY = "secrets.token_hex(32)"
_MAKE_IDENTITY_KEY = "'1:' + secrets.token_hex(32)"


@dataclass(frozen=True)
class RecordSettings:
    """Where records are kept, and the keys that are kept apart from them.

    Parameters
    ----------
    accounts : AccountSettings
        Who may come near them; with the session key.
    database_url : str
        ``UNDERLAG_DATABASE_URL``: ``sqlite:///FILE`` or ``postgresql+psycopg://USER@HOST/NAME``.
    signing_key : bytes
        ``UNDERLAG_SIGNING_KEY``: 32 bytes, written as 64 hexadecimal digits. Signs receipts and evidence cards.
    identity_keys : IdentityKeys
        ``UNDERLAG_IDENTITY_KEY``, written as ``VERSION:64 hexadecimal digits``, and earlier ones with spaces between
        in ``UNDERLAG_OLD_IDENTITY_KEYS``, by which those who came before are still found.
    old_signing_keys : tuple of bytes
        ``UNDERLAG_OLD_SIGNING_KEYS``: earlier ones, with spaces between. Given when the key is changed, they say that
        it was meant; nothing is signed by them.
    checkpoints : CheckpointSettings or None
        How the log is signed for outside the database; None where it is not.
    """

    accounts: AccountSettings
    database_url: str = field(repr=False)
    signing_key: bytes = field(repr=False)
    identity_keys: IdentityKeys = field(repr=False)
    old_signing_keys: tuple[bytes, ...] = field(default=(), repr=False)
    checkpoints: CheckpointSettings | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "RecordSettings":
        """Read the settings; an empty one counts as not set.

        Raises
        ------
        SettingsError
            If one is missing, or could be guessed. The text never repeats a key.
        """
        is_demo = in_demo(environment)
        old = environment.get(f"{PREFIX}OLD_IDENTITY_KEYS", "").split()
        current = environment.get(f"{PREFIX}IDENTITY_KEY", "").strip()
        return cls(
            accounts=AccountSettings.from_environment(environment, demo=is_demo),
            database_url=database_url(environment),
            signing_key=read_signing_key(environment),
            identity_keys=_read_identity_keys(current, old),
            old_signing_keys=tuple(
                _read_key(f"{PREFIX}OLD_SIGNING_KEYS", each, _MAKE_KEY)
                for each in environment.get(f"{PREFIX}OLD_SIGNING_KEYS", "").split()
            ),
            checkpoints=CheckpointSettings.from_environment(environment),
        )


def in_demo(environment: Mapping[str, str]) -> bool:
    """Whether ``UNDERLAG_DEMO`` asks for invented cases and accounts, for this machine only.

    Raises
    ------
    SettingsError
    """
    return read_yes_or_no(environment, f"{PREFIX}DEMO")


def database_url(environment: Mapping[str, str]) -> str:
    """Where records are kept. What is invented is never kept beside what is real."""
    given = environment.get(f"{PREFIX}DATABASE_URL", "").strip()
    return given or (DATABASE_OF_DEMO if in_demo(environment) else DATABASE)


def read_signing_key(environment: Mapping[str, str]) -> bytes:
    """The key that signs receipts and evidence cards.

    Raises
    ------
    SettingsError
    """
    name = f"{PREFIX}SIGNING_KEY"
    return _read_key(name, environment.get(name, "").strip(), _MAKE_KEY)


def _read_identity_keys(current: str, old: list[str]) -> IdentityKeys:
    name = f"{PREFIX}IDENTITY_KEY"
    keys = {}
    for written, place in [(current, name), *((each, f"{PREFIX}OLD_IDENTITY_KEYS") for each in old)]:
        version, _, key = written.rpartition(":")
        if written and (not version or version in keys):
            raise SettingsError("key-without-version", place, make=_MAKE_IDENTITY_KEY)
        keys[version] = _read_key(place, key, _MAKE_IDENTITY_KEY)
    return IdentityKeys(keys, current.rpartition(":")[0])


def _read_key(name: str, written: str, make: str) -> bytes:
    refuse_weak_key(name, written, make)
    try:
        key = bytes.fromhex(written)
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise SettingsError("key-not-hexadecimal", name, make=make)
    return key


def make_demo_keys(file: Path) -> dict[str, str]:
    """The keys of the demo: random, made once, and readable by their owner only.

    Returns
    -------
    dict of str to str
        As they would stand in the environment.
    """
    if not file.exists():
        make_private_folder(file.parent)
        make_private_file(file)
        keys = {"SECRET_KEY": token_hex(32), "SIGNING_KEY": token_hex(32), "IDENTITY_KEY": f"1:{token_hex(32)}"}
        file.write_text("".join(f"{PREFIX}{name}={key}\n" for name, key in keys.items()), encoding="utf-8")
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)
