"""ID tokens: taken apart, and judged by what they claim. Pure; the signature is judged by whoever has the keys.

Spec: RFC 7519 and OpenID Connect Core §3.1.3.7. Invariant: whatever is wrong with a token, the answer is one refusal that
repeats nothing of it.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from dragoman.errors import DragomanError, Kind

LEEWAY_SECONDS = 60.0
MAX_TOKEN_CHARACTERS = 65_536
MAX_NAME_CHARACTERS = 120


class TokenHead(msgspec.Struct, frozen=True):
    """How a token is signed, and with which key. What a reader must understand (`crit`), we do not."""

    alg: str = ""
    kid: str = ""
    crit: Any = None


class Claims(msgspec.Struct, frozen=True):
    """Those that are judged, and those that give a name."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    iat: float
    nonce: str = ""
    azp: str = ""
    email: str = ""
    preferred_username: str = ""


class IdToken(NamedTuple):
    """A token taken apart. Nothing of it is to be believed before its signature was verified."""

    head: TokenHead
    claims: Claims
    everything: Mapping[str, Any]
    signed: bytes
    signature: bytes


class Expected(NamedTuple):
    """What the token has to say."""

    issuer: str
    client_id: str
    nonce: str


def parse_id_token(text: str) -> IdToken:
    """Takes a token apart; raises for what is none."""
    pieces = text.split(".")
    if len(pieces) != 3 or len(text) > MAX_TOKEN_CHARACTERS:
        raise refuse_token("it has not the form of one")
    try:
        head, body, signature = (decode_part(piece) for piece in pieces)
        everything = msgspec.json.decode(body, type=dict[str, Any])
        return IdToken(
            msgspec.json.decode(head, type=TokenHead),
            msgspec.convert(everything, Claims),
            everything,
            text.rpartition(".")[0].encode("ascii"),
            signature,
        )
    except (msgspec.MsgspecError, ValueError):
        raise refuse_token("it has not the form of one") from None


def check_claims(claims: Claims, expected: Expected, now_unix: float) -> None:
    """Raises unless the token is from whom, for whom and for what it has to be, and still good."""
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if claims.iss != expected.issuer:
        raise refuse_token("another issuer has made it")
    if expected.client_id not in audience:
        raise refuse_token("it is meant for another client")
    if (len(audience) > 1 or claims.azp) and claims.azp != expected.client_id:
        raise refuse_token("it was given to another client")
    if not hmac.compare_digest(claims.nonce.encode(), expected.nonce.encode()):
        raise refuse_token("it belongs to another sign-in")
    if now_unix >= claims.exp + LEEWAY_SECONDS:
        raise refuse_token("it has expired")
    if claims.iat > now_unix + LEEWAY_SECONDS:
        raise refuse_token("it comes from the future; compare the clocks")


def find_values(everything: Mapping[str, Any], claim: str) -> list[str]:
    """The values of a claim: of the one with this very name, else of the one that its dots lead to."""
    found: Any = everything.get(claim)
    if found is None:
        found = everything
        for name in claim.split("."):
            found = found.get(name) if isinstance(found, dict) else None
    values = found if isinstance(found, list) else [found]
    return [value for value in values if isinstance(value, str)]


def select_name(claims: Claims) -> str:
    """What the audit log calls somebody; what stands before it no key can be called by the provider."""
    return f"oidc:{claims.email or claims.preferred_username or claims.sub}"[:MAX_NAME_CHARACTERS]


def decode_part(piece: str) -> bytes:
    """Base64 of the web's kind, without its padding."""
    return base64.b64decode(piece + "=" * (-len(piece) % 4), altchars=b"-_", validate=True)


def refuse_token(reason: str) -> DragomanError:
    """One refusal for all."""
    message = f"The identity provider's token does not count: {reason}."
    return DragomanError(Kind.AUTHENTICATION, message, code="oidc_token")
