"""Settings of the page of metrics."""

from __future__ import annotations

import msgspec


class MetricsSettings(msgspec.Struct, frozen=True):
    """The page `/metrics` for Prometheus and those who read the same text."""

    enabled: bool = True
    """Whether anything is counted and shown; a change counts from the next start."""

    public: bool = False
    """Whether the page may be read without a key where there are keys in `auth.keys`."""
