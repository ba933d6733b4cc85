"""Settings of what is sent to an OpenTelemetry collector."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from dragoman.config.sections.types import Seconds
from dragoman.model.secret import Secret

Share = Annotated[float, Meta(ge=0, le=1)]


class OtelSettings(msgspec.Struct, frozen=True):
    """Spans and metrics by the GenAI conventions, sent over OTLP (HTTP); they need the extra `dragoman[otel]`. Changes
    count from the next start."""

    endpoint: str = ""
    """Address of the collector, such as `http://127.0.0.1:4318`; nothing is sent if left out."""

    headers: dict[str, Secret] = {}
    """Headers to send along, such as a key of the collector's."""

    service_name: str = "dragoman"
    """What the collector knows this gateway by."""

    traces: bool = True
    """Whether spans are sent: one for each exchange and one for each of its attempts."""

    metrics: bool = True
    """Whether metrics are sent."""

    sample: Share = 1.0
    """Share of exchanges whose spans are sent. One that belongs to a trace of its client's goes by that trace."""

    interval_seconds: Seconds = 5.0
    """How often something is sent."""
