"""Signing in to the console through an identity provider, where one is configured."""

from __future__ import annotations

from importlib.util import find_spec

from dragoman.clock import Clock
from dragoman.config.sections.oidc import OidcSettings
from dragoman.errors import DragomanError, Kind
from dragoman.service.oidc.issuer import Issuer
from dragoman.service.oidc.sign_in import OidcSignIn
from dragoman.upstream.transport import Transport


def build_oidc(settings: OidcSettings, transport: Transport, clock: Clock) -> OidcSignIn | None:
    """None where it is off. What judges signatures is heavy, and loaded here and nowhere else."""
    if not settings.issuer:
        return None
    if find_spec("cryptography") is None:
        message = "`console.oidc` needs the extra `dragoman[seal]`: install it, or remove the issuer."
        raise DragomanError(Kind.INVALID_REQUEST, message, path="console.oidc", blame="gateway")
    from dragoman.service.oidc.signatures import is_signed_by

    return OidcSignIn(Issuer(settings, transport, clock, is_signed_by), clock)
