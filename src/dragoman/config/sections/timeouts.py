"""How long to wait for a provider."""

from __future__ import annotations

import msgspec

from dragoman.config.sections.types import Seconds


class TimeoutSettings(msgspec.Struct, frozen=True):
    """How long to wait for a provider, phase by phase."""

    connect_seconds: Seconds = 5.0
    """Name lookup, connection and TLS together."""

    send_seconds: Seconds = 30.0
    """Until the provider has taken the request."""

    first_byte_seconds: Seconds = 60.0
    """From the request's last byte to the answer's first."""

    idle_seconds: Seconds = 60.0
    """Between any two bytes of an answer."""

    progress_seconds: Seconds = 180.0
    """Between any two bytes of an answer that mean something; a ping does not."""

    total_seconds: Seconds = 1200.0
    """For the whole answer."""
