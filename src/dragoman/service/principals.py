"""Who the caller is: a credential in, a principal out.

Secrets are kept only as SHA-256 digests (they are random and long, so a fast hash is right) and looked up by digest, so
that no comparison's time depends on the secret; those that callers showed last are remembered with theirs. A missing, a wrong, a revoked and an expired one are told the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from dragoman.clock import Clock, SystemClock
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import Role
from dragoman.service.limits import Account
from dragoman.service.scope import Scope

VIRTUAL_PREFIX = "dgm_"
ADVICE = (
    "A valid key of this gateway is needed: send it as `Authorization: Bearer …`, `x-api-key`, "
    "`x-goog-api-key` or `api-key`."
)


class Principal(msgspec.Struct, frozen=True):
    """A caller. `name` is nobody else's, now or later: what somebody keeps here is found by it. `scope` is None and
    `accounts` are empty for one who may use everything."""

    name: str
    role: Role = "admin"
    key_id: str = ""  # of a virtual key
    team: str = ""
    user: str = ""
    tags: str = ""  # with commas between them
    expires_ms: int | None = None
    scope: Scope | None = None
    accounts: tuple[Account, ...] = ()

    def __repr__(self) -> str:
        return f"<Principal {self.name}, {self.role}>"


ANYBODY = Principal("anonymous")
"""Who calls where no key is asked for."""


@lru_cache(512)
def digest_secret(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


class Principals:
    """The callers that are known. `anybody` is who comes in without a key, None where that is nobody; `is_blind` says
    that the virtual keys cannot be read, so that nobody can tell a wrong one. `edition` is another object after each
    change of them."""

    __slots__ = ("_by_digest", "_clock", "_guests", "anybody", "edition", "is_blind")

    def __init__(self, by_digest: Mapping[bytes, Principal], clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._guests: dict[bytes, Principal] = {}
        self.is_blind = False
        self.change(by_digest, None if by_digest else ANYBODY)

    def __repr__(self) -> str:
        return f"<Principals: {len(self._by_digest)} keys>"

    def change(self, by_digest: Mapping[bytes, Principal], anybody: Principal | None) -> None:
        """Other callers from now on."""
        self._by_digest = {**by_digest, **self._guests}
        self.anybody = anybody
        self.edition = object()

    def admit(self, digest: bytes, principal: Principal) -> None:
        """Another caller, whom the gateway itself vouches for as long as it lives."""
        if digest not in self._guests:
            self._guests[digest] = principal
            self._by_digest = {**self._by_digest, digest: principal}
            self.edition = object()

    def identify(self, secret: str | None) -> Principal:
        """The caller; raises AUTHENTICATION in the same words whatever is wrong with the credential."""
        if self.anybody is not None:
            return self.anybody
        principal = self._by_digest.get(digest_secret(secret)) if secret is not None else None
        if principal is None:
            raise self._refuse(secret)
        if principal.expires_ms is not None and self._clock.unix() * 1000 >= principal.expires_ms:
            raise self._refuse(secret)
        return principal

    def _refuse(self, secret: str | None) -> DragomanError:
        if self.is_blind and (not self._by_digest or (secret or "").startswith(VIRTUAL_PREFIX)):
            return DragomanError(
                Kind.OVERLOADED,
                "The gateway cannot read its keys now; its log says why.",
                blame="gateway",
                retry_after_seconds=1.0,
            )
        return DragomanError(Kind.AUTHENTICATION, ADVICE, code="invalid_api_key")
