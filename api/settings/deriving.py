"""Keys for single purposes, derived from one that a deployment sets. One tells nothing of another."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive_key(key: str, purpose: str) -> bytes:
    """The 32 bytes that a key is used as for a purpose (HKDF, RFC 5869).

    Parameters
    ----------
    key : str
        As a deployment sets it: random, at least 32 characters.
    """
    return HKDF(SHA256(), length=32, salt=None, info=f"underlag: {purpose}".encode()).derive(key.encode())
