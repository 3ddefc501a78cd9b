"""Passwords that somebody would guess: commonly used ones, made of known parts, or in a list of breached ones."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from api.settings.service import PREFIX, SettingsError
from instruments.loading import load

WORDS = Path(__file__).parent / "guessable" / "1.0.yaml"
SETTING = f"{PREFIX}BREACHED_PASSWORDS"
#: The best of zxcvbn's five classes: more than 10^10 guesses, by one who knows the parts that passwords are made of.
_BEST = 4
#: How many characters there must be beside known words of some length, and years.
_FEWEST_BESIDE, _LONG_WORD = 6, 4
_YEAR = re.compile(r"(?:19|20)\d\d")
#: How much of a password zxcvbn looks at.
_LONGEST = 72
_DIGEST = 40


class Guessable(BaseModel):
    """Words of the place that passwords are commonly made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: str
    valid_from: date
    decided_by: str
    source: str
    words: tuple[str, ...]


@cache
def _words() -> tuple[str, ...]:
    words = load(WORDS, Guessable)[0].words
    return tuple(dict.fromkeys([*words, *map(_without_dots, words)]))


def is_guessable(password: str, own: Iterable[str]) -> bool:
    """Whether a password would be guessed, by one who knows what passwords are made of.

    Parameters
    ----------
    own : iterable of str
        What is known of the account, such as the parts of its address.
    """
    from zxcvbn import zxcvbn  # its lists of words are large, and passwords are seldom chosen

    known = [*own, *_words()]
    rest = _YEAR.sub("", password.lower())
    for word in sorted((word for word in known if len(word) >= _LONG_WORD), key=len, reverse=True):
        rest = rest.replace(word, "")
    if len(rest) < _FEWEST_BESIDE:
        return True
    return any(
        zxcvbn(written[:_LONGEST], user_inputs=known)["score"] < _BEST
        for written in {password, _without_dots(password.lower())}
    )


def _without_dots(text: str) -> str:
    """A text as it is typed on a keyboard without å, ä and ö."""
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))


class BreachedPasswords:
    """A list of the SHA-1 digests of breached passwords: one a line in their order, with ``:`` and a count after each.

    So are the lists that can be fetched from Have I Been Pwned, which may hold a thousand million lines: the file is
    searched where it lies, and nothing is asked of anybody.

    Raises
    ------
    SettingsError
        If there is no such file, or it is not such a list.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._size = path.stat().st_size
            first, last = self._digest_at(0), self._digest_at(max(0, self._size - 2 * _DIGEST))
        except OSError:
            raise SettingsError("no-breached-list", SETTING) from None
        if not (_is_digest(first) and _is_digest(last) and first <= last):
            raise SettingsError("no-breached-list", SETTING)

    def __contains__(self, password: str) -> bool:
        wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
        low, high = 0, self._size
        while low < high:  # the first place after which no line begins that comes before the wanted one
            middle = (low + high) // 2
            digest = self._digest_at(middle)
            if digest and digest < wanted:
                low = middle + 1
            else:
                high = middle
        return self._digest_at(low) == wanted

    def _digest_at(self, place: int) -> bytes:
        """The digest of the first line that begins at a place or after it; empty after the last."""
        with self._path.open("rb") as file:
            if place > 0:
                file.seek(place - 1)
                file.readline()  # what is left of the line before
            return file.readline().strip().partition(b":")[0].upper()


def _is_digest(line: bytes) -> bool:
    return len(line) == _DIGEST and not line.strip(b"0123456789ABCDEF")
