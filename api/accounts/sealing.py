"""What a second step is checked with, encrypted by a key of its own that is derived from the session key.

Each sealed text names the key it rests on, so that it can be told when an earlier one is not needed any longer.
"""

import base64
import hashlib
import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from api.settings.deriving import derive_key

_PURPOSE = "second steps"


class UnreadableSecretError(Exception):
    """A text was sealed by a key that is not among those given, or was altered."""


class Seal:
    """Seals texts by the current key, and reads what earlier ones sealed.

    Parameters
    ----------
    keys : sequence of str
        Session keys, the current one first.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        derived = [derive_key(key, _PURPOSE) for key in keys]
        self._fernets = {_name(key): Fernet(base64.urlsafe_b64encode(key)) for key in derived}
        self._earlier_format = {_tag(key): key for key in keys}
        self._current = _name(derived[0])

    def close(self, text: str) -> str:
        """Seal a text."""
        return f"{self._current}:{self._fernets[self._current].encrypt(text.encode()).decode()}"

    def open(self, sealed: str) -> str:
        """Read a sealed text.

        Raises
        ------
        UnreadableSecretError
        """
        if sealed.startswith("{"):
            return self._open_earlier_format(sealed)
        name, _, token = sealed.partition(":")
        try:
            return self._fernets[name].decrypt(token.encode()).decode()
        except (KeyError, InvalidToken):
            raise UnreadableSecretError from None

    def is_current(self, sealed: str) -> bool:
        """Whether a text rests on the current key."""
        return sealed.startswith(f"{self._current}:")

    def can_open(self, sealed: str) -> bool:
        """Whether a text rests on any of the keys given."""
        try:
            self.open(sealed)
        except UnreadableSecretError:
            return False
        return True

    def _open_earlier_format(self, sealed: str) -> str:
        """Read what passlib's wallet sealed before: AES-256-CTR, key and counter by PBKDF2 from the session key."""
        try:
            parts = json.loads(sealed)["enckey"]
            secret = self._earlier_format[parts["t"]].encode()
            salt, kept = (base64.b32decode(_padded(parts[name])) for name in ("s", "k"))
            both = hashlib.pbkdf2_hmac("sha256", secret, salt, 1 << int(parts["c"]), dklen=48)
        except (ValueError, KeyError, TypeError):
            raise UnreadableSecretError from None
        cipher = Cipher(algorithms.AES(both[:32]), modes.CTR(both[32:])).decryptor()
        return base64.b32encode(cipher.update(kept) + cipher.finalize()).decode()


def _padded(letters: str) -> str:
    return letters + "=" * (-len(letters) % 8)


def _name(derived: bytes) -> str:
    return hashlib.sha256(derived).hexdigest()[:16]


def _tag(key: str) -> str:
    return hashlib.sha256(f"totp\0{key}".encode()).hexdigest()[:12]
