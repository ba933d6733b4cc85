"""RSA signatures with SHA-256, as a service account's assertion wants them (RFC 7518 §3.3).

Needs the extra `[google]`; loaded only by who has such an account, for it is the heaviest import of all.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key


class Rs256Signer:
    """Signs with one private key."""

    __slots__ = ("_key",)

    def __init__(self, pem: str) -> None:
        """Raises ValueError or TypeError for what is no RSA key in PEM, or has a password."""
        key = load_pem_private_key(pem.encode(), password=None)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError("no RSA key")
        self._key = key

    def __repr__(self) -> str:
        return "<Rs256Signer ****>"

    def sign(self, text: bytes) -> bytes:
        """The signature of a text."""
        return self._key.sign(text, PKCS1v15(), SHA256())
