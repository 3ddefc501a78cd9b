"""Pseudonyms: keyed digests. The key is in no file, and without it no pseudonym leads back to anyone."""

import base64
import hashlib
import hmac
from secrets import token_bytes

_STUDY = b"underlag research study 1\n"
_BYTES = 10  # 80 bits: among a million names two alike are less likely than one in a hundred thousand million


class Pseudonyms:
    """Names that are the same for the same thing within an export or a study.

    Parameters
    ----------
    key : bytes
        At least 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of_one_export(cls) -> "Pseudonyms":
        """Pseudonyms by a key that nobody keeps: no other export has the same."""
        return cls(token_bytes(32))

    @classmethod
    def of_study(cls, study: str, secret: bytes) -> "Pseudonyms":
        """Pseudonyms that are the same in every export of a study, and in no other.

        Parameters
        ----------
        secret : bytes
            The service's own, from which the key of the study is derived.
        """
        return cls(hmac.new(secret, _STUDY + study.encode(), hashlib.sha256).digest())

    def of(self, kind: str, name: str) -> str:
        """The pseudonym of a rating, person, occasion or rater."""
        digest = hmac.new(self._key, f"{kind}\n{name}".encode(), hashlib.sha256).digest()[:_BYTES]
        return f"{kind}-{base64.b32encode(digest).decode().lower()}"
