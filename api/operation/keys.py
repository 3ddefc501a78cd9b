"""The keys of a deployment: told apart from wrong ones at the start, and what still rests on each.

The database keeps a check value of every key that it was used with. A start with another key is refused, unless the
one before it is given beside it, which is how a key is changed.
"""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.accounts.sealing import Seal
from api.context.settings import RecordSettings
from api.settings.service import PREFIX
from api.store.account_tables import Account
from api.store.database import Database
from api.store.key_tables import KeyCheck
from api.store.schema import Case
from instruments.faults import Fault

#: A session lasts ten hours at most; a form that outlived its log-in can be gone on with for twelve.
RESTS_ON_SESSION_KEY = timedelta(hours=12)
_IDENTITY = "identity:"


class OtherKeyError(RuntimeError):
    """A key is not the one that the database was used with.

    Parameters
    ----------
    code : str
        Its sentence says what to do.
    setting : str
        What was set. No key is repeated.
    """

    def __init__(self, code: str, setting: str, **parameters: object) -> None:
        self.fault = Fault(code, setting, parameters)
        super().__init__(str(self.fault))


@dataclass(frozen=True)
class HeldKey:
    """A key that is in use, with those before it that are given beside it.

    Parameters
    ----------
    kind : str
        ``session``, ``signing`` or ``identity:VERSION``.
    setting : str
        Where it is set; earlier ones stand in the setting that begins with ``UNDERLAG_OLD_``.
    """

    kind: str
    setting: str
    current: bytes = field(repr=False)
    earlier: tuple[bytes, ...] = field(default=(), repr=False)

    def check(self, key: bytes) -> str:
        """The check value of a key of this kind."""
        purpose = f"underlag: check value, {self.kind.partition(':')[0]}"
        return hmac.new(key, purpose.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class KeyState:
    """Where a key stands.

    Parameters
    ----------
    check : str
        The beginning of its check value, to tell keys apart by.
    is_current : bool
    since : datetime or None
        Since when it is in use, or was replaced. None where the database never saw it.
    resting : int
        Second steps or identities that rest on it.
    free_at : datetime or None
        From when on it can go; None while something rests on it, or it is in use.
    """

    kind: str
    check: str
    is_current: bool
    since: datetime | None
    resting: int
    free_at: datetime | None

    def can_go(self, now: datetime) -> bool:
        """Whether nothing rests on it any longer."""
        return self.free_at is not None and self.free_at <= now


def held_keys(settings: RecordSettings) -> list[HeldKey]:
    """The keys that a deployment gives."""
    session, *earlier = (key.encode() for key in (settings.accounts.secret_key, *settings.accounts.old_secret_keys))
    return [
        HeldKey("session", f"{PREFIX}SECRET_KEY", session, tuple(earlier)),
        HeldKey("signing", f"{PREFIX}SIGNING_KEY", settings.signing_key, settings.old_signing_keys),
        *(
            HeldKey(f"{_IDENTITY}{version}", f"{PREFIX}IDENTITY_KEY", key)
            for version, key in settings.identity_keys.by_version()
        ),
    ]


def refuse_other_keys(database: Database, settings: RecordSettings, now: datetime) -> None:
    """Refuse to serve with keys by which people, second steps or receipts would not be found; remember new ones.

    The demo is left alone: everything in it is invented and made anew.

    Raises
    ------
    OtherKeyError
    """
    if settings.accounts.demo:
        return
    with database.looking() as session:
        _refuse_missing(session, settings)
        wanted = [key for key in held_keys(settings) if _in_use(session, key.kind) != key.check(key.current)]
        for key in wanted:
            before = _in_use(session, key.kind)
            if before is not None and before not in map(key.check, key.earlier):
                raise OtherKeyError("other-key", key.setting, old=key.setting.replace(PREFIX, f"{PREFIX}OLD_") + "S")
    if wanted:
        with database.unit_of_work() as session:
            for key in wanted:
                _put_in_use(session, key, now)


def _refuse_missing(session: Session, settings: RecordSettings) -> None:
    given = {version for version, _ in settings.identity_keys.by_version()}
    used = session.scalars(select(Case.identity_key).where(Case.identity_key.is_not(None)).distinct()).all()
    lacking = sorted({str(version) for version in used} - given)
    if lacking:
        raise OtherKeyError("identity-key-missing", f"{PREFIX}OLD_IDENTITY_KEYS", versions=lacking)
    seal = Seal(settings.accounts.session_keys)
    unread = sum(not seal.can_open(secret) for secret in _second_steps(session))
    if unread:
        raise OtherKeyError("session-key-missing", f"{PREFIX}OLD_SECRET_KEYS", count=unread)


def _in_use(session: Session, kind: str) -> str | None:
    return session.scalars(select(KeyCheck.digest).where(KeyCheck.kind == kind, KeyCheck.until.is_(None))).first()


def _put_in_use(session: Session, key: HeldKey, now: datetime) -> None:
    check = key.check(key.current)
    for row in session.scalars(select(KeyCheck).where(KeyCheck.kind == key.kind, KeyCheck.digest != check)).all():
        row.until = row.until or now
    known = session.get(KeyCheck, (key.kind, check))
    if known is None:
        session.add(KeyCheck(kind=key.kind, digest=check, since=now, until=None))
    elif known.until is not None:
        known.since, known.until = now, None


def key_states(session: Session, settings: RecordSettings) -> Iterator[KeyState]:
    """Where every key that is given stands."""
    for key in held_keys(settings):
        for place, given in enumerate((key.current, *key.earlier)):
            yield _state(session, settings, key, given, place)


def _state(session: Session, settings: RecordSettings, key: HeldKey, given: bytes, place: int) -> KeyState:
    check = key.check(given)
    row = session.get(KeyCheck, (key.kind, check))
    version = key.kind.removeprefix(_IDENTITY)
    is_current = place == 0 and version in (key.kind, settings.identity_keys.current)
    resting, since, free_at = 0, None, None
    if version != key.kind:
        resting = session.scalar(select(func.count()).select_from(Case).where(Case.identity_key == version)) or 0
    elif key.kind == "session":
        seal = Seal([settings.accounts.session_keys[place]])
        resting = sum(seal.can_open(secret) for secret in _second_steps(session))
    if row is not None:
        since = row.since if is_current else row.until or row.since
    if not is_current and not resting:
        wait = RESTS_ON_SESSION_KEY if key.kind == "session" else timedelta()
        free_at = (since + wait) if since is not None else None
    return KeyState(key.kind, check[:8], is_current, since, resting, free_at)


def reseal_second_steps(session: Session, settings: RecordSettings) -> Sequence[str]:
    """Seal every second step by the current key.

    Returns
    -------
    sequence of str
        The accounts whose secret was sealed by an earlier one.

    Raises
    ------
    UnreadableSecretError
        If one rests on a key that is not given. Nothing is kept then.
    """
    seal = Seal(settings.accounts.session_keys)
    changed = []
    for account in session.scalars(select(Account).where(Account.totp_secret.is_not(None)).order_by(Account.id)).all():
        if account.totp_secret is not None and not seal.is_current(account.totp_secret):
            account.totp_secret = seal.close(seal.open(account.totp_secret))
            changed.append(account.id)
    session.flush()
    return changed


def _second_steps(session: Session) -> list[str]:
    secrets = session.scalars(select(Account.totp_secret).where(Account.totp_secret.is_not(None))).all()
    return [secret for secret in secrets if secret is not None]
