"""What a password must be, and how it is kept."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from flask import current_app

from api.accounts.guessing import BreachedPasswords, is_guessable

HASHER = "underlag_password_hasher"
BREACHED = "underlag_breached_passwords"
SHORTEST = 12
LONGEST = 200
_FEWEST_CHARACTERS = 6


def normal_password(password: str) -> str:
    """A password in one form, however its letters were typed."""
    return unicodedata.normalize("NFKD", password)


def faults_of_password(password: str, email: str, breached: BreachedPasswords | None = None) -> list[str]:
    """The code of what is wrong with a new password, under ``password.<code>`` in the catalogue; empty if nothing is.

    Parameters
    ----------
    email : str
        What the account logs in with; it may not be part of the password.
    breached : BreachedPasswords or None
        A municipality's list beside what ships.
    """
    composed = unicodedata.normalize("NFKC", password)
    if len(composed) < SHORTEST:
        return ["too-short"]
    if len(composed) > LONGEST:
        return ["too-long"]
    own = [part for part in email.lower().partition("@")[0].replace("-", ".").split(".") if part]
    if len(set(composed)) < _FEWEST_CHARACTERS or is_guessable(composed, own):
        return ["too-easy"]
    if breached is not None and (password in breached or composed in breached):
        return ["breached"]
    return []


def hash_password(password: str) -> str:
    """The argon2id hash of a password."""
    return _hasher().hash(normal_password(password))


def is_password(password: str, kept: str | None) -> bool:
    """Whether a password is the one that is kept. Where none is kept, the same work is done on one that nobody has."""
    hasher = _hasher()
    try:
        hasher.verify(kept or _nobodys(hasher), normal_password(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_hashed_at_current_cost(kept: str) -> bool:
    """Whether a password is kept at today's cost; one that is not is hashed anew when it is next typed."""
    return not _hasher().check_needs_rehash(kept)


def normal_email(email: str) -> str | None:
    """An address as accounts are kept under it; None if it is none. Nothing is asked of any server."""
    try:
        checked = validate_email(email.strip(), check_deliverability=False)
    except EmailNotValidError:
        return None
    return checked.normalized.lower()


def _hasher() -> PasswordHasher:
    hasher: PasswordHasher = current_app.extensions[HASHER]
    return hasher


def _nobodys(hasher: PasswordHasher) -> str:
    """A hash at the same cost that no password has: of zeros only."""
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = "A" * (-(-hasher.salt_len * 4 // 3)), "A" * (-(-hasher.hash_len * 4 // 3))
    return f"$argon2id$v=19${cost}${salt}${digest}"
