"""The second step of logging in: codes from an app on a phone (TOTP), each of which works once."""

import hashlib
from typing import Any

from flask import current_app
from flask_security import Totp
from passlib.exc import TokenError
from passlib.totp import TOTP, AppWallet
from sqlalchemy import or_, update

from api.accounts.auditing import the_store
from api.accounts.users import User, changing, is_usable
from api.store.account_tables import Account

EXTENSION = "underlag_totp"
#: A code counts this many seconds before and after its own time, for clocks that differ.
_WINDOW = 30


class Codes(Totp):
    """Makes and checks codes; what they are made of is encrypted by the service's secret key, new or old.

    Parameters
    ----------
    secret_keys : list of str
        The one in use first.
    """

    def __init__(self, secret_keys: list[str], issuer: str) -> None:
        secrets = {_tag(key): key for key in reversed(secret_keys)}
        self._totp = TOTP.using(issuer=issuer, wallet=AppWallet(secrets, default_tag=_tag(secret_keys[0])))

    def counter_of(self, code: str, secret: str, last: int | None) -> int | None:
        """The time step that a code is right for and has not been used for; None if it is wrong or used."""
        try:
            return int(self._totp.verify(code, secret, window=_WINDOW, last_counter=last).counter)
        except TokenError:
            return None


def _tag(key: str) -> str:
    return hashlib.sha256(f"totp\0{key}".encode()).hexdigest()[:12]


def the_codes() -> Codes:
    """The codes of the current application."""
    codes: Codes = current_app.extensions[EXTENSION]
    return codes


def new_secret() -> str:
    """A new secret for an app, encrypted."""
    return str(the_codes().generate_totp_secret())


def to_show(secret: str, name: str) -> dict[str, Any]:
    """What the app needs: the key in letters, and a picture of it."""
    codes = the_codes()
    return {"key": codes.get_totp_pretty_key(secret), "image": codes.generate_qrcode(name, secret)}


def is_right(code: str, secret: str) -> int | None:
    """The time step of a code for a secret that is about to be set up; None if the code is wrong."""
    return the_codes().counter_of(_plain(code), secret, None)


def is_code(account: str, code: str) -> User | None:
    """The account, if the code is right and was not used before; it is used thereby."""
    with changing(the_store().database) as session:
        user = session.get(User, account)
        if user is None or not is_usable(user) or user.totp_secret is None:
            return None
        counter = the_codes().counter_of(_plain(code), user.totp_secret, user.totp_counter)
        if counter is None:
            return None
        # the same code sent twice at once: only one of the two finds the counter as it was
        used = session.execute(
            update(Account)
            .where(Account.id == account, or_(Account.totp_counter.is_(None), Account.totp_counter < counter))
            .values(totp_counter=counter)
            .execution_options(synchronize_session=False)
        )
        return user if used.rowcount == 1 else None  # type: ignore[attr-defined]


def _plain(code: str) -> str:
    return "".join(code.split())[:12]
