"""How hard the gateway tries."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from dragoman.config.sections.types import Count


class RoutingSettings(msgspec.Struct, frozen=True):
    """How hard the gateway tries."""

    max_attempts: Annotated[int, Meta(ge=1, le=10)] = 3
    """Attempts that one request may cause."""

    max_wait_seconds: Annotated[float, Meta(ge=0, le=600)] = 5.0
    """How long a request may wait for a key while all of them rest or are busy; then it is refused with 429."""

    queue_limit: Count = 1024
    """Requests that may wait for a key at the same time; one more is refused at once with 503."""

    affinity: bool = True
    """Whether conversations stay with the key whose prompt cache they have warmed."""
