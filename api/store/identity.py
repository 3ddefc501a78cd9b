"""Personal numbers: checked, never kept. What is kept is a digest by a key that stays outside the database."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from personnummer import personnummer  # type: ignore[import-untyped]

from instruments.faults import Fault, InputError

_SHORTEST_KEY = 32
#: A day with or without its century, then four digits; between them at most a sign or spaces.
_LIKE_A_NUMBER = re.compile(
    r"(?<!\d)(?:\d\d)?\d\d[ -]?(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01]) ?[-+]? ?\d{4}(?!\d)"
)
_DASHES = str.maketrans(dict.fromkeys("\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}", "-"))


@dataclass(frozen=True)
class Identity:
    """A person as the store knows them: a digest, and the version of the key it was made with."""

    digest: str
    key: str


class IdentityKeys:
    """The keys that make digests. New digests take the current key; old keys stay for finding old ones.

    Parameters
    ----------
    keys : Mapping of str to bytes
        By version. Each at least 32 bytes.
    current : str
        The version that new digests take.

    Raises
    ------
    ValueError
        For a key that is too short, or a current version that is not there.
    """

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        if current not in keys:
            raise ValueError(f"there is no identity key of version {current}")
        short = sorted(version for version, key in keys.items() if len(key) < _SHORTEST_KEY)
        if short:
            raise ValueError(f"identity keys need {_SHORTEST_KEY} bytes or more: {', '.join(short)}")
        self._keys = dict(keys)
        self._current = current

    @property
    def current(self) -> str:
        """The version that new digests take."""
        return self._current

    def by_version(self) -> list[tuple[str, bytes]]:
        """Every version with its key."""
        return sorted(self._keys.items())

    def identify(self, number: "PersonalNumber") -> Identity:
        """The digest by the current key."""
        return Identity(self._digest(number, self._current), self._current)

    def possible(self, number: "PersonalNumber") -> list[str]:
        """The digests by every key, for finding a person whatever key was current then."""
        return [self._digest(number, version) for version in sorted(self._keys)]

    def _digest(self, number: "PersonalNumber", version: str) -> str:
        return hmac.new(self._keys[version], number.digits.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, repr=False)
class PersonalNumber:
    """A personnummer or samordningsnummer that was read. It is never written down, nor shown by ``repr``."""

    digits: str
    birth_date: date


def read_personal_number(raw: str, *, on: date, where: str = "") -> PersonalNumber:
    """Read a personnummer or samordningsnummer.

    Parameters
    ----------
    raw : str
        With or without century, dash and spaces.
    on : date
        The day it is read, after which nobody can be born.

    Raises
    ------
    InputError
        The fault never repeats the number.
    """
    digits = "".join(raw.split())
    try:
        read = personnummer.Personnummer(digits)
        born: date = read.get_date()
    except (personnummer.PersonnummerException, ValueError):
        raise InputError([Fault("impossible-personal-number", where)]) from None
    if born > on:
        raise InputError([Fault("impossible-personal-number", where)])
    return PersonalNumber(read.format(True), born)


def holds_personal_number(text: str) -> bool:
    """Whether something in a text looks like a personnummer or samordningsnummer.

    Used for what the log keeps, which can never be taken back, and for references, which stand on lists. The last digit
    is not held against the others: a number with a mistake in it still leads to somebody.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return _LIKE_A_NUMBER.search(plain) is not None
