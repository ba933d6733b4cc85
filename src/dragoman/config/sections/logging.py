"""What is logged, and in which form."""

from __future__ import annotations

from typing import Literal

import msgspec

LogLevel = Literal["debug", "info", "warning", "error"]


class LoggingSettings(msgspec.Struct, frozen=True):
    """What is logged, and in which form."""

    level: LogLevel = "info"
    """The least that is logged."""

    format: Literal["text", "json"] = "text"
    """`text` for people, `json` with one object a line for machines."""
