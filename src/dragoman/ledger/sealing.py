"""Secrets of others at rest: AES-256-GCM under a key that is not where the secrets are.

    | version, 1 byte | which key, 4 bytes of its digest | nonce, 12 bytes | ciphertext and tag |

What a secret is for is bound to it, so that one that is moved to another row cannot be opened there. The first key seals;
all of them open, so that a new key is put in front, everything is sealed anew, and the old one goes. Needs the extra
`dragoman[seal]`, and is imported only where something is sealed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dragoman.errors import DragomanError, Kind
from dragoman.model.secret import Secret

VERSION = b"\x01"
MARK_BYTES = 4
NONCE_BYTES = 12
KEY_BYTES = 32


class Sealer:
    """Seals and opens. `keys` are 32 bytes each, the one that seals first."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise AssertionError("there is a key, and keys have 32 bytes")
        self._ciphers = {_mark(key): AESGCM(key) for key in keys}
        self._current = _mark(keys[0])

    def __repr__(self) -> str:
        return f"<Sealer: {len(self._ciphers)} keys>"

    def seal(self, secret: Secret, purpose: str, nonce: bytes) -> bytes:
        """The secret, to be opened for the same purpose. The nonce is random and never used again."""
        if len(nonce) != NONCE_BYTES:
            raise AssertionError("a nonce has its length")
        head = VERSION + self._current
        sealed = self._ciphers[self._current].encrypt(nonce, secret.reveal().encode(), head + purpose.encode())
        return head + nonce + sealed

    def open(self, sealed: bytes, purpose: str) -> Secret:
        """The secret; raises where no key fits, or it was changed, or sealed for something else."""
        head = sealed[: 1 + MARK_BYTES]
        cipher = self._ciphers.get(head[1:])
        if head[:1] != VERSION or cipher is None:
            raise _cannot_open(purpose, "it was sealed with another key")
        nonce, rest = sealed[len(head) : len(head) + NONCE_BYTES], sealed[len(head) + NONCE_BYTES :]
        try:
            return Secret(cipher.decrypt(nonce, rest, head + purpose.encode()).decode())
        except (InvalidTag, ValueError):
            raise _cannot_open(purpose, "it was changed, or sealed for something else") from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the key that seals now has sealed it."""
        return sealed.startswith(VERSION + self._current)


def _mark(key: bytes) -> bytes:
    """Tells keys apart, and nothing about them."""
    return hashlib.sha256(b"dragoman sealing key" + key).digest()[:MARK_BYTES]


def _cannot_open(purpose: str, reason: str) -> DragomanError:
    return DragomanError(Kind.CONFLICT, f"{purpose} cannot be opened: {reason}.", blame="gateway")
