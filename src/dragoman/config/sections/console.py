"""The console, and who may stay in it."""

from __future__ import annotations

import msgspec

from dragoman.config.sections.oidc import OidcSettings
from dragoman.config.sections.types import Count


class ConsoleSettings(msgspec.Struct, frozen=True):
    """The console at `/console` and the admin API at `/admin/api`."""

    enabled: bool = True
    """Whether they are there at all. Takes effect at the next start."""

    idle_minutes: Count = 720
    """How long somebody who signed in may do nothing before they have to sign in again."""

    oidc: OidcSettings = OidcSettings()
    """Sign-in through an identity provider."""
