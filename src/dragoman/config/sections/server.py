"""Where the gateway listens and what it bears."""

from __future__ import annotations

import msgspec

from dragoman.config.sections.types import Count, Port, Seconds


class ServerSettings(msgspec.Struct, frozen=True):
    """Where the gateway listens and what it bears."""

    host: str = "127.0.0.1"
    """Address to listen on. Anything but loopback demands at least one key in `auth.keys`."""

    port: Port = 8642
    """Port to listen on; 0 takes any free one."""

    body_limit_bytes: Count = 32 * 1024 * 1024
    """Largest request body; a larger one is refused with 413."""

    head_timeout_seconds: Seconds = 10.0
    """How long a client may take to send its request's head."""

    body_timeout_seconds: Seconds = 30.0
    """How long a client may take to send its request's body."""

    drain_seconds: Seconds = 30.0
    """How long running answers may go on after the gateway was told to stop."""

    heartbeat_seconds: Seconds = 15.0
    """A stream that has been silent this long gets a sign of life, in dialects that allow one."""

    slow_reader_seconds: Seconds = 60.0
    """A client that takes nothing of its stream for this long is cut off."""

    max_in_flight: Count = 1024
    """Requests served at the same time; one more is refused at once with 503."""

    allowed_hosts: list[str] = []
    """Names by which clients may address the gateway, beside loopback names and the address it listens on."""

    allowed_origins: list[str] = []
    """Web origins (`https://chat.example.org`) whose pages may call the gateway and read its answers (CORS)."""
