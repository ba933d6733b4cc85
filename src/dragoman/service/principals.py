"""Who the caller is: a credential in, a principal out.

Secrets are kept only as SHA-256 digests (they are random and long, so a fast hash is right) and looked up by digest, so
that no comparison's time depends on the secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from dragoman.errors import DragomanError, Kind

ANONYMOUS = "anonymous"


def digest_secret(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


class Principals:
    """The callers that are known. Without any, every caller is the same anonymous one."""

    __slots__ = ("_names",)

    def __init__(self, names_by_digest: Mapping[bytes, str]) -> None:
        self._names = dict(names_by_digest)

    def __repr__(self) -> str:
        return f"<Principals: {len(self._names)} keys>"

    def identify(self, secret: str | None) -> str:
        """The principal's name; raises AUTHENTICATION in the same words for a missing and for a wrong credential."""
        if not self._names:
            return ANONYMOUS
        name = self._names.get(digest_secret(secret)) if secret is not None else None
        if name is None:
            raise DragomanError(
                Kind.AUTHENTICATION,
                "A valid key of this gateway is needed: send it as `Authorization: Bearer …`, `x-api-key`, "
                "`x-goog-api-key` or `api-key`.",
                code="invalid_api_key",
            )
        return name
