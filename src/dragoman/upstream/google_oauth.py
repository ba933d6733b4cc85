"""Tokens of Google's for an account: bought with a signed assertion or a refresh token, kept until they end.

Spec: https://developers.google.com/identity/protocols/oauth2/service-account (RFC 7523) and RFC 6749 §6. The accounts are
the two kinds of files that `GOOGLE_APPLICATION_CREDENTIALS` names: `service_account` and `authorized_user`.
Invariant: however many requests want one, only one of them fetches it at a time, and the others share what it got, a
refusal too; if it gives up, the next one fetches.
"""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlencode, urlsplit

import msgspec

from dragoman.clock import Clock
from dragoman.errors import DragomanError, Kind
from dragoman.routing.target import Origin
from dragoman.upstream.proxy import DEFAULT_PORTS
from dragoman.upstream.transport import OutgoingRequest, Transport

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, no secret
LIFE_SECONDS = 3600
MARGIN_SECONDS = 300
"""A token this near to its end is replaced: it has to outlive the request that it is put into."""

MAX_ANSWER_BYTES = 256 * 1024
_ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_encode = msgspec.json.Encoder().encode


class Account(msgspec.Struct, frozen=True):
    """What Google's files of credentials hold; other fields are left where they are."""

    type: Literal["service_account", "authorized_user"]
    client_email: str = ""
    private_key: str = ""
    private_key_id: str = ""
    client_id: str = ""
    client_secret: str = ""
    refresh_token: str = ""
    token_uri: str = TOKEN_URI

    def __repr__(self) -> str:
        return f"<Account {self.client_email or self.client_id}>"


class Signer(Protocol):
    """Signs assertions."""

    def sign(self, text: bytes) -> bytes: ...


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int = LIFE_SECONDS


class _Refusal(msgspec.Struct, frozen=True):
    error: str = ""


# -- at configuration load -------------------------------------------------------------------------------------------


def load_account_text(secret: str) -> str:
    """The JSON of an account: the secret itself, or the file that it names."""
    if secret.lstrip().startswith("{"):
        return secret
    try:
        return Path(secret).expanduser().read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise _bad_account("The file of Google credentials cannot be read; its path is the provider's key.") from None


def parse_account(text: str) -> Account:
    """An account, checked as far as it can be without asking Google."""
    try:
        account = msgspec.json.decode(text, type=Account)
    except (msgspec.MsgspecError, UnicodeError):
        raise _bad_account(
            "Google credentials must be the JSON of a service account or of an authorised user."
        ) from None
    if account.type == "service_account":
        needed = [account.client_email, account.private_key]
    else:
        needed = [account.client_id, account.client_secret, account.refresh_token]
    if not all(needed):
        raise _bad_account("The Google credentials lack a field; download them anew.")
    if urlsplit(account.token_uri).hostname is None:
        raise _bad_account("The token_uri of the Google credentials is no address.")
    return account


def load_signer(account: Account) -> Signer | None:
    """What signs for an account; None for one that signs nothing."""
    if account.type != "service_account":
        return None
    try:
        from dragoman.upstream.rs256 import Rs256Signer
    except ImportError:
        raise _bad_account("A Google service account needs the extra: pip install 'dragoman[google]'.") from None
    try:
        return Rs256Signer(account.private_key)
    except (ValueError, TypeError):
        raise _bad_account("The private_key of the Google credentials is no RSA key in PEM.") from None


def _bad_account(message: str) -> DragomanError:
    return DragomanError(Kind.INVALID_REQUEST, message, blame="gateway")


# -- fetching --------------------------------------------------------------------------------------------------------


def build_token_request(account: Account, signer: Signer | None, unix: float) -> OutgoingRequest:
    """The request that buys a token."""
    if signer is None:
        form = {
            "grant_type": "refresh_token",
            "client_id": account.client_id,
            "client_secret": account.client_secret,
            "refresh_token": account.refresh_token,
        }
    else:
        form = {"grant_type": _ASSERTION, "assertion": _build_assertion(account, signer, int(unix))}
    address = urlsplit(account.token_uri)
    scheme: Literal["http", "https"] = "http" if address.scheme == "http" else "https"
    return OutgoingRequest(
        Origin(scheme, address.hostname or "", address.port or DEFAULT_PORTS[scheme]),
        b"POST",
        (address.path or "/").encode(),
        [(b"content-type", b"application/x-www-form-urlencoded"), (b"accept", b"application/json")],
        urlencode(form).encode(),
    )


def _build_assertion(account: Account, signer: Signer, now: int) -> str:
    head = {"alg": "RS256", "typ": "JWT", "kid": account.private_key_id}
    claims = {
        "iss": account.client_email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": now,
        "exp": now + LIFE_SECONDS,
    }
    text = _encode_part(_encode(head)) + b"." + _encode_part(_encode(claims))
    return (text + b"." + _encode_part(signer.sign(text))).decode()


def _encode_part(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


class TokenSource:
    """The tokens of one account."""

    def __init__(self, account: Account, transport: Transport, clock: Clock) -> None:
        self._account = account
        self._signer = load_signer(account)
        self._transport = transport
        self._clock = clock
        self._token = ""
        self._ends = 0.0  # monotonic
        self._turn = asyncio.Lock()
        self._failures = 0
        self._failure: DragomanError | None = None

    def __repr__(self) -> str:
        return f"<TokenSource {self._account!r}>"

    async def read_token(self) -> str:
        """A token with some life left; raises if none can be had."""
        if self._is_fresh():
            return self._token
        seen = self._failures
        async with self._turn:
            if not self._is_fresh():
                if self._failure is not None and self._failures != seen:
                    raise self._failure  # of somebody who asked while this caller waited
                await self._fetch()
            return self._token

    def forget(self, token: str) -> None:
        """Google no longer takes this token."""
        if token == self._token:
            self._token = ""

    def _is_fresh(self) -> bool:
        return bool(self._token) and self._clock.monotonic() < self._ends

    async def _fetch(self) -> None:
        asked = self._clock.monotonic()
        try:
            token = await self._ask()
        except DragomanError as error:
            self._failure = error
            self._failures += 1
            raise
        self._token = token.access_token
        self._ends = asked + max(token.expires_in - MARGIN_SECONDS, token.expires_in / 2)

    async def _ask(self) -> _Token:
        answer = await self._transport.send(build_token_request(self._account, self._signer, self._clock.unix()))
        try:
            return _read_token(answer.status, await answer.read_all(MAX_ANSWER_BYTES))
        finally:
            answer.close()


def _read_token(status: int, body: bytes) -> _Token:
    if status >= 500 or status == 429:
        raise DragomanError(Kind.OVERLOADED, "Google gives no tokens at the moment.", blame="upstream", phase="connect")
    try:
        if status == 200:
            return msgspec.json.decode(body, type=_Token)
        refusal = msgspec.json.decode(body, type=_Refusal).error
    except (msgspec.MsgspecError, UnicodeError):
        refusal = ""
    raise DragomanError(
        Kind.AUTHENTICATION,
        "Google gives no token for the account of the gateway.",
        blame="gateway",
        code=refusal or None,
        phase="connect",
    )
