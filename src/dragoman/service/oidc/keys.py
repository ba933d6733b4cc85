"""The public keys of an issuer, as it publishes them (RFC 7517). Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class PublicKey(msgspec.Struct, frozen=True):
    """One key: numbers of RSA (n, e), or of a curve (crv, x, y)."""

    kty: str = ""
    kid: str = ""
    use: str = "sig"
    n: str = ""
    e: str = ""
    crv: str = ""
    x: str = ""
    y: str = ""


class KeySet(msgspec.Struct, frozen=True):
    """All of them."""

    keys: list[PublicKey] = []


def select_keys(keys: Sequence[PublicKey], kid: str) -> list[PublicKey]:
    """Those that may have signed a token that names this one; without a name, any."""
    return [key for key in keys if key.use == "sig" and (not kid or key.kid == kid)]
