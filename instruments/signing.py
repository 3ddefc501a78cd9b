"""Signatures that anyone can verify: Ed25519 (RFC 8032), with what a signature is for as a part of what is signed."""

from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SEED_BYTES = 32


@dataclass(frozen=True)
class Signed:
    """A signature and the key that verifies it.

    Parameters
    ----------
    public_key, signature : str
        32 and 64 bytes in hexadecimal.
    """

    public_key: str
    signature: str

    @classmethod
    def of(cls, message: bytes, seed: bytes, *, purpose: bytes) -> Self:
        """Sign a message.

        Parameters
        ----------
        seed : bytes
            The private key; 32 bytes.
        purpose : bytes
            Stands before the message, so that a signature for one purpose never holds for another.

        Raises
        ------
        ValueError
            If the seed is not 32 bytes.
        """
        key = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(public_key_of(seed), key.sign(purpose + message).hex())

    def holds_for(self, message: bytes, *, purpose: bytes) -> bool:
        """Whether the message is the one that was signed with the private half of the key."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key))
            key.verify(bytes.fromhex(self.signature), purpose + message)
        except (InvalidSignature, ValueError):
            return False
        return True


def public_key_of(seed: bytes) -> str:
    """The public key that belongs to a private one, in hexadecimal."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()
