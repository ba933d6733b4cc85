"""An identity provider, asked over the gateway's own transport: where its pages are, its keys, a token for a code.

Spec: OpenID Connect Discovery §4, RFC 6749 §4.1.3, RFC 7636. What it publishes is kept for an hour; a token that names a
key which is not among those kept makes us look again, once a minute at most, so that nobody can have us ask on and on.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Sequence
from typing import Literal, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from dragoman.clock import Clock
from dragoman.config.oidc import find_address_fault
from dragoman.config.sections.oidc import OidcSettings
from dragoman.errors import DragomanError, Kind
from dragoman.routing.target import Origin
from dragoman.service.oidc.keys import KeySet, PublicKey, select_keys
from dragoman.service.oidc.tokens import IdToken, refuse_token
from dragoman.upstream.transport import Headers, OutgoingRequest, Transport

WELL_KNOWN = "/.well-known/openid-configuration"
KEPT_SECONDS = 3600.0
AGAIN_SECONDS = 60.0
ANSWER_SECONDS = 10.0
MAX_ANSWER_BYTES = 512 * 1024
FORM = (b"content-type", b"application/x-www-form-urlencoded")

T = TypeVar("T")

IsSigned = Callable[[IdToken, Sequence[PublicKey]], bool]
"""Whether one of the keys has signed a token."""


class Discovery(msgspec.Struct, frozen=True):
    """Where the provider's pages are."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: list[str] = []

    @property
    def takes_basic(self) -> bool:
        """Whether it wants a client's secret in a header, which is what it says by saying nothing."""
        methods = self.token_endpoint_auth_methods_supported
        return not methods or "client_secret_basic" in methods


class Tokens(msgspec.Struct, frozen=True):
    """What a code is exchanged for."""

    id_token: str

    def __repr__(self) -> str:
        return "<Tokens ****>"


class Issuer:
    """One provider, and us as a client of it."""

    def __init__(self, settings: OidcSettings, transport: Transport, clock: Clock, is_signed: IsSigned) -> None:
        self.settings = settings
        self._transport = transport
        self._clock = clock
        self._is_signed = is_signed
        self._discovery: Discovery | None = None
        self._discovered = 0.0
        self._keys: list[PublicKey] = []
        self._keys_read: float | None = None

    def __repr__(self) -> str:
        return f"<Issuer {self.settings.issuer}>"

    async def discover(self) -> Discovery:
        """Its pages; raises where they cannot be had, or are not those of this issuer."""
        now = self._clock.monotonic()
        if self._discovery is None or now - self._discovered > KEPT_SECONDS:
            address = self.settings.issuer.rstrip("/") + WELL_KNOWN
            found = await self._ask(build_request("GET", address), Discovery)
            if found.issuer != self.settings.issuer:
                raise _not_usable("says that it is another issuer than `console.oidc.issuer`")
            check_address(found.authorization_endpoint)
            self._discovery, self._discovered = found, now
        return self._discovery

    async def exchange(self, code: str, verifier: str, redirect_uri: str) -> str:
        """The ID token for a code."""
        found = await self.discover()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self.settings.client_id,
        }
        headers: Headers = [FORM]
        secret = self.settings.client_secret
        if secret is not None:
            if found.takes_basic:
                headers.append((b"authorization", build_basic(self.settings.client_id, secret.reveal())))
            else:
                form["client_secret"] = secret.reveal()
        request = build_request("POST", found.token_endpoint, headers, urlencode(form).encode())
        return (await self._ask(request, Tokens)).id_token

    async def check_signature(self, token: IdToken) -> None:
        """Raises unless one of the issuer's keys has signed it."""
        keys = select_keys(await self._read_keys(KEPT_SECONDS), token.head.kid)
        if not keys:
            keys = select_keys(await self._read_keys(AGAIN_SECONDS), token.head.kid)
        if token.head.crit is not None or not self._is_signed(token, keys):
            raise refuse_token("none of the issuer's keys has signed it")

    async def _read_keys(self, kept_seconds: float) -> list[PublicKey]:
        now = self._clock.monotonic()
        if self._keys_read is None or now - self._keys_read >= kept_seconds:
            found = await self._ask(build_request("GET", (await self.discover()).jwks_uri), KeySet)
            self._keys, self._keys_read = found.keys, now
        return self._keys

    async def _ask(self, request: OutgoingRequest, kind: type[T]) -> T:
        """What the provider answers; why it refuses is told by its own short code alone."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self._transport.send(request)
                try:
                    status, body = answer.status, await answer.read_all(MAX_ANSWER_BYTES)
                finally:
                    answer.close()
        except (DragomanError, TimeoutError) as error:
            raise _not_usable("cannot be reached") from error
        if status != 200:
            raise _not_usable(f"has answered with status {status}")
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.MsgspecError, UnicodeError):
            raise _not_usable("has answered with something else than was asked for") from None


def build_request(
    method: Literal["GET", "POST"], url: str, headers: Headers | None = None, body: bytes = b""
) -> OutgoingRequest:
    """A request to a page of the provider's, none of which may be asked in the clear."""
    check_address(url)
    parts = urlsplit(url)
    scheme: Literal["http", "https"] = "http" if parts.scheme == "http" else "https"
    port = parts.port or (80 if scheme == "http" else 443)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return OutgoingRequest(
        Origin(scheme, parts.hostname or "", port),
        method.encode(),
        target.encode(),
        [(b"accept", b"application/json"), *(headers or [])],
        body,
    )


def check_address(url: str) -> None:
    """Raises for an address that nobody should be sent to; a query may stand in it."""
    path, _, query = url.partition("?")
    if find_address_fault(path) or not query.isascii() or not query.isprintable() or " " in query:
        raise _not_usable("names an address that is not safe to ask")


def build_basic(client_id: str, secret: str) -> bytes:
    """Name and secret in a header, each of them escaped first (RFC 6749 §2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return b"Basic " + base64.b64encode(pair.encode())


def _not_usable(what: str) -> DragomanError:
    return DragomanError(Kind.UNAVAILABLE, f"The identity provider {what}.", blame="gateway", code="oidc_provider")
