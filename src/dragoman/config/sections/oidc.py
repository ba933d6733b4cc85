"""Signing in to the console through an identity provider."""

from __future__ import annotations

from typing import Literal

import msgspec

from dragoman.model.secret import Secret


class OidcRoleSettings(msgspec.Struct, frozen=True):
    """Who may do what."""

    claim: str = "groups"
    """The claim of the ID token that tells; one inside another is reached by dots, such as `realm_access.roles`."""

    map: dict[str, Literal["admin", "viewer"]] = {}
    """A role for each value of the claim that has one; the greatest counts. Whoever has none does not come in."""


class OidcSettings(msgspec.Struct, frozen=True):
    """Sign-in through an OpenID Connect provider, beside the printed link and keys. Needs the extra `dragoman[seal]`. Takes
    effect at the next start."""

    issuer: str = ""
    """The provider's address, such as `https://accounts.example.org`; off if left out."""

    client_id: str = ""
    """What the provider knows this gateway by."""

    client_secret: Secret | None = None
    """The secret that goes with it; best as `${A_VARIABLE}`. A client that has none is taken too."""

    public_url: str = ""
    """Where browsers reach this gateway, such as `https://llm.example.org`. To be registered with the provider: this
    with `/console/oidc/callback` after it."""

    scopes: str = "openid profile email"
    """What is asked for, with spaces between; `openid` is a must."""

    title: str = "single sign-on"
    """What the sign-in button calls it."""

    roles: OidcRoleSettings = OidcRoleSettings()
    """Who may do what."""
