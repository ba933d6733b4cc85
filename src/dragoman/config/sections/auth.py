"""Who may use the gateway."""

from __future__ import annotations

from typing import Literal

import msgspec

from dragoman.model.secret import Secret


class KeySettings(msgspec.Struct, frozen=True):
    """A key that clients show to the gateway. May be written as just the secret."""

    secret: Secret
    """The key itself, at least 16 characters; best as `${A_VARIABLE}`."""

    name: str = ""
    """What logs call it; `key-1`, `key-2`, … if left out."""

    role: Literal["admin", "viewer", "team_admin", "member"] = "admin"
    """What it may do in the admin API: `admin` everything, `viewer` look, `team_admin` see to the keys of its team,
    `member` nothing. All may ask for models."""

    team: str = ""
    """The team that its requests count for; a `team_admin` needs one."""


class AuthSettings(msgspec.Struct, frozen=True):
    """Who may use the gateway."""

    keys: list[KeySettings] = []
    """Keys that clients may use. Without any, everyone who can reach the port may, so it has to be loopback."""
