"""Signing in with a code (OpenID Connect Core §3.1), with PKCE, state and nonce.

Theory of operation: what a sign-in has to remember goes into a cookie of the browser that began it, and nowhere else, so
that beginnings cost nothing to keep and nobody can end one that another browser began. The provider takes each code once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Literal, NamedTuple
from urllib.parse import urlencode

from dragoman.clock import Clock
from dragoman.config.sections.oidc import OidcRoleSettings, OidcSettings
from dragoman.errors import DragomanError, Kind
from dragoman.service.oidc.issuer import Issuer
from dragoman.service.oidc.tokens import Expected, IdToken, check_claims, find_values, parse_id_token, select_name

CALLBACK = "/console/oidc/callback"
RANDOM_BYTES = 32

RoleName = Literal["admin", "viewer"]
RANKED: tuple[RoleName, ...] = ("admin", "viewer")


class Beginning(NamedTuple):
    """What is remembered of a sign-in. Each is a random text."""

    state: str
    nonce: str
    verifier: str


class Return(NamedTuple):
    """What the browser brings back from the provider."""

    state: str = ""
    code: str = ""
    error: str = ""
    iss: str = ""


class Person(NamedTuple):
    """Who has signed in."""

    name: str
    role: RoleName


class OidcSignIn:
    """Begins and ends sign-ins with one issuer."""

    def __init__(self, issuer: Issuer, clock: Clock) -> None:
        self._issuer = issuer
        self._clock = clock

    def __repr__(self) -> str:
        return f"<OidcSignIn with {self._issuer!r}>"

    @property
    def settings(self) -> OidcSettings:
        return self._issuer.settings

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends browsers back to."""
        return self.settings.public_url.rstrip("/") + CALLBACK

    async def begin(self) -> tuple[Beginning, str]:
        """What to remember, and where to send the browser."""
        found = await self._issuer.discover()
        begun = Beginning(*(secrets.token_urlsafe(RANDOM_BYTES) for _ in Beginning._fields))
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.settings.scopes,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": build_challenge(begun.verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in found.authorization_endpoint else "?"
        return begun, found.authorization_endpoint + joint + urlencode(asked)

    async def finish(self, begun: Beginning | None, brought: Return) -> Person:
        """Who it is; raises for whoever may not come in."""
        if begun is None or not hmac.compare_digest(begun.state.encode(), brought.state.encode()):
            message = "This sign-in was begun in another browser, or too long ago; begin again."
            raise DragomanError(Kind.AUTHENTICATION, message, code="oidc_state")
        if brought.iss and brought.iss != self.settings.issuer:
            raise DragomanError(Kind.AUTHENTICATION, "Another provider has sent you back.", code="oidc_state")
        if brought.error or not brought.code:
            raise DragomanError(Kind.AUTHENTICATION, "The identity provider has not let you in.", code="oidc_refused")
        token = parse_id_token(await self._issuer.exchange(brought.code, begun.verifier, self.redirect_uri))
        await self._issuer.check_signature(token)
        expected = Expected(self.settings.issuer, self.settings.client_id, begun.nonce)
        check_claims(token.claims, expected, self._clock.unix())
        return Person(select_name(token.claims), select_role(token, self.settings.roles))


def build_challenge(verifier: str) -> str:
    """What shows, later, that the code comes back from who began (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def select_role(token: IdToken, roles: OidcRoleSettings) -> RoleName:
    """The greatest role that the claim's values give."""
    given = {roles.map[value] for value in find_values(token.everything, roles.claim) if value in roles.map}
    for role in RANKED:
        if role in given:
            return role
    message = "The gateway's configuration has no role for you (`console.oidc.roles`)."
    raise DragomanError(Kind.PERMISSION, message, code="role")
