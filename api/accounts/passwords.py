"""What a password must be, and how it is kept."""

import unicodedata
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_security import PasswordUtil, hash_password, verify_password

SHORTEST = 12
LONGEST = 200
_FEWEST_CHARACTERS = 6
#: What people write when they are told to write something long.
_WELL_KNOWN = ("lösenord", "password", "qwerty", "123456", "abcdef", "underlag", "socialtjänst", "sommar", "vinter")


class Passwords(PasswordUtil):
    """The rules for passwords, by length and not by kinds of characters."""

    def validate(self, password: str, is_register: bool, **about: Any) -> tuple[list[str] | None, str]:
        """Return the codes of what is wrong with a password, or None, and the password as it is kept."""
        return faults_of_password(password, str(about.get("email", ""))) or None, self.normalize(password)


def normal_password(password: str) -> str:
    """A password in one form, however its letters were typed."""
    return unicodedata.normalize("NFKD", password)


def faults_of_password(password: str, email: str) -> list[str]:
    """The code of what is wrong with a new password, under ``password.<code>`` in the catalogue; empty if nothing is.

    Parameters
    ----------
    email : str
        What the account logs in with; it may not be part of the password.
    """
    composed = unicodedata.normalize("NFKC", password).lower()
    if len(composed) < SHORTEST:
        return ["too-short"]
    if len(composed) > LONGEST:
        return ["too-long"]
    own = [part for part in email.lower().partition("@")[0].replace("-", ".").split(".") if len(part) > 3]
    rest = composed
    for word in (*_WELL_KNOWN, *own):
        rest = rest.replace(word, "")
    if len(set(composed)) < _FEWEST_CHARACTERS or len(rest) < SHORTEST // 2:
        return ["too-easy"]
    return []


def kept_password(password: str) -> str:
    """The argon2id hash of a password."""
    hashed: str = hash_password(normal_password(password))
    return hashed


def is_password(password: str, kept: str | None) -> bool:
    """Whether a password is the one that is kept. Takes as long where none is kept."""
    if kept is None:
        hash_password(normal_password(password))
        return False
    return bool(verify_password(normal_password(password), kept))


def normal_email(email: str) -> str | None:
    """An address as accounts are kept under it; None if it is none. Nothing is asked of any server."""
    try:
        checked = validate_email(email.strip(), check_deliverability=False)
    except EmailNotValidError:
        return None
    return checked.normalized.lower()
